//! The book as readers have it: built, and opened from the file system.

use crate::chromium::Chromium;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A built book, in a folder of its own.
pub(crate) struct TheBook {
    folder: TempDir,
}

/// How a page is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    /// Pixels.
    pub(crate) width: u32,
    /// `light` or `dark`, which the book follows.
    pub(crate) scheme: &'static str,
    /// `screen` or `print`.
    pub(crate) media: &'static str,
}

pub(crate) const WIDE: View = View {
    width: 1200,
    scheme: "light",
    media: "screen",
};

impl TheBook {
    /// Builds it.
    ///
    /// # Errors
    /// Something in it is wrong.
    pub(crate) fn build() -> Result<TheBook> {
        let folder = TempDir::new()?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_book"));
        command
            .arg("build")
            .env("MDBOOK_BUILD__BUILD_DIR", folder.path());
        let output = command.output().context("cannot run the book's program")?;
        let told = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "the book is not built:\n{told}");
        Ok(TheBook { folder })
    }

    /// Its pages, and the page on which all are, for printing.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub(crate) fn pages(&self) -> Result<Vec<PathBuf>> {
        let mut pages = Vec::new();
        for entry in fs::read_dir(self.folder.path())? {
            let path = entry?.path();
            // The two are not read: the list of chapters is a part of other pages, and 404 is for servers.
            let is_part = path.ends_with("toc.html") || path.ends_with("404.html");
            if path.extension().is_some_and(|it| it == "html") && !is_part {
                pages.push(path);
            }
        }
        pages.sort();
        ensure!(pages.len() > 5, "the book has only {pages:?}");
        Ok(pages)
    }

    /// The page of that name.
    pub(crate) fn page(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The pages that have a player, but for the one on which all are.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn pages_with_player(&self) -> Result<Vec<PathBuf>> {
        let mut pages = self.pages()?;
        pages.retain(|page| {
            let text = fs::read_to_string(page).unwrap_or_default();
            text.contains("<kernel-player>") && !page.ends_with("print.html")
        });
        ensure!(!pages.is_empty(), "no page has a player");
        Ok(pages)
    }
}

impl Chromium {
    /// Opens a page from the file system and waits until it is there.
    ///
    /// # Errors
    /// It cannot be opened.
    pub(crate) fn open(&mut self, page: &Path, view: View) -> Result<()> {
        let View {
            width,
            scheme,
            media,
        } = view;
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false}),
        )?;
        let scheme = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        let media = json!({"media": media, "features": scheme});
        self.ask("Emulation.setEmulatedMedia", media)?;
        self.events();
        let url = format!("file://{}", page.display());
        let opened = self.ask("Page.navigate", json!({"url": url}))?;
        ensure!(opened["errorText"].is_null(), "{url}: {opened}");
        self.wait_for("Page.loadEventFired")
    }
}

/// What is wrong in what the browser has told of a page: errors, and requests for what is not in the book.
pub(crate) fn complaints(events: &[Value]) -> Vec<String> {
    let complaint = |event: &Value| {
        let params = &event["params"];
        match event["method"].as_str()? {
            "Runtime.exceptionThrown" => Some(format!("throws: {}", params["exceptionDetails"])),
            "Runtime.consoleAPICalled" if params["type"] == "error" => {
                Some(format!("console: {}", params["args"]))
            }
            "Log.entryAdded" if params["entry"]["level"] == "error" => {
                Some(format!("log: {}", params["entry"]))
            }
            "Network.loadingFailed" => Some(format!("a request fails: {params}")),
            "Network.requestWillBeSent" => {
                let url = params["request"]["url"].as_str()?;
                let is_here = url.starts_with("file:") || url.starts_with("data:");
                (!is_here).then(|| format!("asks for {url}"))
            }
            _ => None,
        }
    };
    events.iter().filter_map(complaint).collect()
}
