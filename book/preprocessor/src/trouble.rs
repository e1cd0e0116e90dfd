//! What is wrong in the book, and where.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Something in a file that is not true, or cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// The file, relative to the workspace's root.
    pub(crate) path: PathBuf,
    /// The file's whole text.
    pub(crate) text: String,
    /// The bytes of `text` that it is about.
    pub(crate) span: Range<usize>,
    /// What is wrong, as rustc would say it: no capital, no full stop.
    pub(crate) message: String,
    /// What would be right; may be empty.
    pub(crate) help: String,
}

impl Trouble {
    pub(crate) fn new(
        path: &Path,
        text: &str,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Trouble {
        Trouble {
            path: path.to_owned(),
            text: text.to_owned(),
            span,
            message: message.into(),
            help: help.into(),
        }
    }

    /// Something that is wrong with a line of a file, counted from 1.
    pub(crate) fn of_line(
        path: &Path,
        text: &str,
        line: usize,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Trouble {
        Trouble::new(path, text, line_span(text, line), message, help)
    }

    /// The line that it is on, counted from 1.
    pub(crate) fn line(&self) -> usize {
        self.text[..self.span.start].matches('\n').count() + 1
    }

    /// File, line, column, a caret and what would be right.
    pub(crate) fn told(&self) -> String {
        let start = self.span.start.min(self.text.len());
        // The first line of what is wrong is enough to find it.
        let end = self.text[start..]
            .find('\n')
            .map_or(self.text.len(), |length| start + length);
        let span = start..self.span.end.clamp(start, end);
        let snippet = Snippet::source(&self.text)
            .path(self.path.display().to_string())
            .annotation(AnnotationKind::Primary.span(span));
        let help = (!self.help.is_empty()).then(|| Level::HELP.message(self.help.as_str()));
        let group = Level::ERROR
            .primary_title(self.message.as_str())
            .element(snippet)
            .elements(help);
        Renderer::plain().render(&[group])
    }
}

/// The bytes of a line of `text`, counted from 1.
pub(crate) fn line_span(text: &str, line: usize) -> Range<usize> {
    let start = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let length = text[start..].find('\n').unwrap_or(text.len() - start);
    start..start + length
}
