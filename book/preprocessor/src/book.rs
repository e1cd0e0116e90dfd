//! The whole book as it is written: its pages, and the lessons that they are about.

use crate::page::Page;
use crate::source::Source;
use anyhow::{Context, Result};
use harness::lesson::Lesson;
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

/// What book.toml says below `[preprocessor.one-thread]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    /// Lessons that have no chapter yet: `05-select-read-write`.
    pub(crate) unwritten: Vec<String>,
    /// Concepts that a reader brings along.
    pub(crate) known_before: Vec<String>,
}

/// Where things are.
pub(crate) const PAGES: &str = "book/src";

/// The book.
pub(crate) struct TheBook {
    /// The workspace's root, absolute.
    pub(crate) root: PathBuf,
    pub(crate) settings: Settings,
    pub(crate) lessons: Vec<Lesson>,
    /// For each lesson its sources, main.rs among them.
    pub(crate) sources: Vec<Vec<Source>>,
    pub(crate) pages: Vec<Page>,
}

impl TheBook {
    /// The book of the workspace at `root`, with these pages: their names below `book/src`, and their text.
    ///
    /// # Errors
    /// A lesson, or a source of one, cannot be read.
    pub(crate) fn of<'p>(
        root: &Path,
        settings: Settings,
        pages: impl Iterator<Item = (&'p Path, &'p str)>,
    ) -> Result<TheBook> {
        let lessons = Lesson::all(root)?;
        let sources = lessons.iter().map(|lesson| sources(root, lesson));
        let sources = sources.collect::<Result<Vec<_>>>()?;
        let of_lesson = |name: &Path| {
            let stem = name.file_stem().and_then(|stem| stem.to_str());
            let mut names = lessons.iter().map(Lesson::full_name);
            names.position(|name| Some(name.as_str()) == stem)
        };
        let page = |(name, text)| Page::new(&Path::new(PAGES).join(name), text, of_lesson(name));
        let pages = pages.map(page).collect();
        Ok(TheBook {
            root: root.to_owned(),
            settings,
            lessons,
            sources,
            pages,
        })
    }

    /// The lesson that somebody calls `word`, as an index.
    pub(crate) fn lesson(&self, word: &str) -> Option<usize> {
        self.lessons.iter().position(|it| it.is_called(word))
    }

    /// Whether there is a chapter for the lesson with this index.
    pub(crate) fn has_chapter(&self, lesson: usize) -> bool {
        self.pages.iter().any(|page| page.lesson == Some(lesson))
    }
}

fn sources(root: &Path, lesson: &Lesson) -> Result<Vec<Source>> {
    let folder = lesson.folder.join("src");
    let entries = fs::read_dir(root.join(&folder));
    let entries = entries.with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(folder.join(entry?.file_name()));
    }
    paths.retain(|path| path.extension().is_some_and(|it| it == "rs"));
    paths.sort();
    paths.iter().map(|path| Source::read(root, path)).collect()
}
