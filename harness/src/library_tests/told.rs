//! What a test says when it fails.

use crate::script::Script;
use crate::verdict::Fact;
use std::ops::Range;

/// What the default panic hook prints.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Panic<'a> {
    /// The file, as the compiler was told it.
    pub(super) file: &'a str,
    /// Counted from 1.
    pub(super) line: usize,
    /// What `assert!` and its kin say, in one or more lines.
    pub(super) said: Vec<&'a str>,
}

impl<'a> Panic<'a> {
    /// Reads `thread 'epoll::a' (7) panicked at tests/suite/keys.rs:9:5:` and the lines that follow.
    ///
    /// Source: Rust's standard library, the default panic hook and the macro `assert_eq`.
    pub(super) fn read(stderr: &'a str) -> Option<Panic<'a>> {
        let mut lines = stderr.lines();
        let place = lines.find_map(|line| Some(line.split_once("panicked at ")?.1))?;
        let mut pieces = place.trim_end_matches(':').rsplitn(3, ':');
        let line = pieces.nth(1)?.parse().ok()?;
        let file = pieces.next()?;
        let is_of_it = |line: &&str| !line.is_empty() && !line.starts_with("note: ");
        let said = lines.take_while(is_of_it).collect();
        Some(Panic { file, line, said })
    }

    /// What is wrong, in one line.
    pub(super) fn message(&self) -> &'a str {
        self.said.first().map_or("it panics", |said| said.trim())
    }

    /// What `assert_eq!` compares.
    pub(super) fn facts(&self) -> Vec<Fact> {
        let value = |label: &'static str| {
            let mut lines = self.said.iter().skip(1);
            let text =
                lines.find_map(|line| line.trim().strip_prefix(label)?.strip_prefix(": "))?;
            let text = text.to_owned();
            Some(Fact { label, text })
        };
        ["left", "right"].into_iter().filter_map(value).collect()
    }
}

/// The line of this number in the source of `test`, if `file` is that source: a path that ends as its own does.
pub(super) fn place(test: &Script, file: &str, line: usize) -> Option<Range<usize>> {
    let path = test.path.to_string_lossy();
    let (_, inside) = path.rsplit_once("/tests/")?;
    file.ends_with(&format!("tests/{inside}")).then_some(())?;
    let lines = test.source.split_inclusive('\n');
    let start: usize = lines.take(line.checked_sub(1)?).map(str::len).sum();
    let text = test.source.get(start..)?.lines().next()?;
    let indent = text.len() - text.trim_start().len();
    Some(start + indent..start + text.trim_end().len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    const STDERR: &str = "\nthread 'epoll::both' (71) panicked at a--b/tests/suite/waiting.rs:2:5:\nassertion `left == right` failed\n  left: []\n right: [1]\nnote: run with `RUST_BACKTRACE=1`\n";

    #[test]
    fn what_an_assertion_says_is_read() {
        let panic = Panic::read(STDERR).unwrap();
        assert_eq!(panic.file, "a--b/tests/suite/waiting.rs");
        assert_eq!(panic.line, 2);
        assert_eq!(panic.message(), "assertion `left == right` failed");
        let facts: Vec<_> = panic
            .facts()
            .into_iter()
            .map(|it| (it.label, it.text))
            .collect();
        assert_eq!(facts, [("left", "[]".into()), ("right", "[1]".into())]);
        assert_eq!(Panic::read("error: no such test"), None);
    }

    #[test]
    fn the_line_is_found_in_the_tests_own_source_and_in_no_other() {
        let mut test = samples::slow_reader().script;
        test.path = "lessons/08-x/tests/suite/waiting.rs".into();
        test.source = "fn both() {\n    assert_eq!([], [1]);\n}\n".into();
        let span = place(&test, "a--b/tests/suite/waiting.rs", 2).unwrap();
        assert_eq!(&test.source[span], "assert_eq!([], [1]);");
        assert_eq!(place(&test, "a--b/tests/suite/mod.rs", 2), None);
        assert_eq!(place(&test, "a--b/tests/suite/waiting.rs", 99), None);
    }
}
