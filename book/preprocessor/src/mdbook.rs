//! The way through mdBook: as a program that it calls, and with mdBook as a library.

use crate::book::{PAGES, Settings, TheBook};
use crate::check::{Figures, check};
use crate::trouble::Trouble;
use anyhow::{Context, Result, bail};
use mdbook_driver::MDBook;
use mdbook_driver::book::Book;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext, parse_input};
use std::cell::RefCell;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// What book.toml calls this preprocessor.
const NAME: &str = "one-thread";

/// Checks the book and puts in what its directives ask for.
#[derive(Default)]
struct OneThread {
    /// What was found in the book.
    figures: Rc<RefCell<Option<Figures>>>,
}

impl Preprocessor for OneThread {
    fn name(&self) -> &str {
        NAME
    }

    fn run(&self, context: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let settings = context
            .config
            .get::<Settings>(&format!("preprocessor.{NAME}"))?;
        let root = workspace(&context.root)?;
        let the_book = read(&root, settings.unwrap_or_default(), &book)?;
        let checked = match check(&the_book) {
            Ok(checked) => checked,
            Err(troubles) => return tell(&troubles),
        };
        book.for_each_chapter_mut(|chapter| {
            let path = chapter
                .source_path
                .as_deref()
                .map(|path| Path::new(PAGES).join(path));
            let mut pages = checked.pages.iter();
            if let Some((_, text)) = pages.find(|(page, _)| Some(page) == path.as_ref()) {
                chapter.content.clone_from(text);
            }
        });
        self.figures.replace(Some(checked.figures));
        Ok(book)
    }
}

/// The workspace that the book in `folder` belongs to.
fn workspace(folder: &Path) -> Result<PathBuf> {
    let folder = folder
        .canonicalize()
        .with_context(|| format!("cannot find {}", folder.display()))?;
    let root = folder.parent().context("the book is not in a workspace")?;
    Ok(root.to_owned())
}

fn read(root: &Path, settings: Settings, book: &Book) -> Result<TheBook> {
    let pages = book.chapters().filter_map(|chapter| {
        let path = chapter.source_path.as_deref()?;
        Some((path, chapter.content.as_str()))
    });
    TheBook::of(root, settings, pages)
}

fn tell<T>(troubles: &[Trouble]) -> Result<T> {
    let told: Vec<String> = troubles.iter().map(Trouble::told).collect();
    // The error alone would be shown in mdBook's way, in one line.
    writeln!(io::stderr(), "{}\n", told.join("\n\n"))?;
    match troubles.len() {
        1 => bail!("one thing in the book is wrong"),
        number => bail!("{number} things in the book are wrong"),
    }
}

/// What mdBook calls: the book comes from stdin and goes to stdout, as JSON.
///
/// # Errors
/// mdBook did not send a book, or something in it is wrong, which stderr has told.
pub(crate) fn preprocess() -> Result<()> {
    let (context, book) = parse_input(io::stdin())?;
    let book = OneThread::default().run(&context, book)?;
    serde_json::to_writer(io::stdout(), &book)?;
    Ok(())
}

/// Builds the book of the workspace at `root`; returns where its first page is, and what is in it.
///
/// # Errors
/// Something in the book is wrong, which stderr has told, or it cannot be written.
pub(crate) fn build(root: &Path) -> Result<(PathBuf, Option<Figures>)> {
    let mut mdbook = MDBook::load(root.join("book"))?;
    let preprocessor = OneThread::default();
    let figures = Rc::clone(&preprocessor.figures);
    // It takes the place of the command of the same name.
    mdbook.with_preprocessor(preprocessor);
    mdbook.build()?;
    let figures = figures.take();
    Ok((mdbook.build_dir_for("html").join("index.html"), figures))
}

/// The book of the workspace at `root` as it is written.
///
/// # Errors
/// It cannot be read.
pub(crate) fn load(root: &Path) -> Result<TheBook> {
    let mdbook = MDBook::load(root.join("book"))?;
    let settings = mdbook
        .config
        .get::<Settings>(&format!("preprocessor.{NAME}"))?;
    read(root, settings.unwrap_or_default(), &mdbook.book)
}
