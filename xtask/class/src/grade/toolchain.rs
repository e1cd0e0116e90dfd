//! The cargo and the rustc that submissions are built with, and what they need.

use crate::cargo;
use anyhow::{Context, Result, bail};
use harness::build::forget_own_package;
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A toolchain, without rustup around it.
#[derive(Debug)]
pub struct Toolchain {
    /// Its folder, with `bin/` and `lib/`.
    pub root: PathBuf,
    /// The folder of the crates that were downloaded.
    registry: PathBuf,
    /// Where crates are had from, if not from crates.io, as cargo's configuration says it.
    sources: Option<String>,
}

impl Toolchain {
    /// The one that is used in the folder `course`.
    ///
    /// # Errors
    /// There is none.
    pub fn of(course: &Path) -> Result<Toolchain> {
        let mut command = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        command.args(["--print", "sysroot"]).current_dir(course);
        forget_own_package(&mut command);
        let output = command.output().context("cannot run rustc")?;
        let root = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        if !root.join("bin/cargo").is_file() {
            bail!(
                "there is no cargo beside rustc, in {}",
                root.join("bin").display()
            );
        }
        let home = home().context("neither CARGO_HOME nor HOME is set")?;
        Ok(Toolchain {
            registry: home.join("registry"),
            sources: sources(&home),
            root,
        })
    }

    /// The cargo.
    pub fn cargo(&self) -> PathBuf {
        self.root.join("bin/cargo")
    }

    /// What a build must be able to read: no settings of the instructor's, no tokens.
    pub fn reads(&self) -> [PathBuf; 2] {
        [self.root.clone(), self.registry.clone()]
    }

    /// Makes a cargo home in `folder`: the crates that were downloaded, and nothing else.
    ///
    /// # Errors
    /// The disk.
    pub fn make_home(&self, folder: &Path) -> Result<()> {
        let made = fs::create_dir_all(folder)
            .and_then(|()| symlink(&self.registry, folder.join("registry")))
            .and_then(|()| match &self.sources {
                Some(sources) => fs::write(folder.join("config.toml"), sources),
                None => Ok(()),
            });
        made.with_context(|| format!("cannot make {}", folder.display()))
    }

    /// Downloads and unpacks what the package with this Cargo.toml depends on, and writes its Cargo.lock. What it runs is no
    /// student's.
    ///
    /// # Errors
    /// It cannot be had.
    pub fn fetch(&self, manifest: &Path) -> Result<()> {
        let mut command = Command::new(self.cargo());
        command
            .args(["fetch", "--quiet", "--manifest-path"])
            .arg(manifest);
        forget_own_package(&mut command);
        cargo::output(&mut command, "get what students may depend on").map(drop)
    }

    /// The environment of a build in `folder`, which has `tmp/` and `target/`, with the cargo home `home`. That is the same for
    /// all: by the path of a crate cargo knows whether it is built.
    pub fn environment(&self, folder: &Path, home: &Path) -> BTreeMap<String, String> {
        let below = |name: &str| folder.join(name).display().to_string();
        let bin = self.root.join("bin").display().to_string();
        let variables = [
            ("PATH", format!("{bin}:/usr/local/bin:/usr/bin:/bin")),
            ("HOME", below("tmp")),
            ("CARGO_HOME", home.display().to_string()),
            ("CARGO_TARGET_DIR", below("target")),
            ("TMPDIR", below("tmp")),
            ("CARGO_INCREMENTAL", "0".into()),
            ("CARGO_TERM_COLOR", "never".into()),
            ("RUSTC", format!("{bin}/rustc")),
        ];
        variables
            .map(|(name, value)| (name.to_owned(), value))
            .into()
    }
}

fn home() -> Option<PathBuf> {
    let home = || Some(PathBuf::from(env::var_os("HOME")?).join(".cargo"));
    env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home)
}

/// `[source]` of the instructor's own settings, as for a mirror or vendored crates.
fn sources(home: &Path) -> Option<String> {
    let settings: toml::Table = fs::read_to_string(home.join("config.toml"))
        .ok()?
        .parse()
        .ok()?;
    let sources = settings.get("source")?.clone();
    toml::to_string(&toml::Table::from_iter([("source".to_owned(), sources)])).ok()
}
