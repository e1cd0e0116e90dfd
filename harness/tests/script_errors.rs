//! What a script's author is told, and where.

use harness::script::parse::parse;
use std::path::Path;

/// Each block: the steps, with the wrong bytes between « and »; what is wrong; what would be right.
const CASES: &str = include_str!("script/errors.txt");

/// The place between the markers, and the source without them.
fn unmarked(marked: &str) -> (std::ops::Range<usize>, String) {
    let start = marked.find('«').expect("a case has an opening mark");
    let end = marked.find('»').expect("a case has a closing mark");
    (start..end - '«'.len_utf8(), marked.replace(['«', '»'], ""))
}

/// The source with its error marked, and both sentences: what a case in the file looks like.
fn reported(source: &str) -> String {
    match parse(Path::new("a/b.script"), source) {
        Ok(script) => format!("{source}= no error, {} steps\n", script.steps.len()),
        Err(error) => {
            let (before, after) = (&source[..error.span.start], &source[error.span.end..]);
            let wrong = &source[error.span];
            format!(
                "{before}«{wrong}»{after}= {}\n= {}\n",
                error.message, error.help
            )
        }
    }
}

#[test]
fn each_error_has_its_place_its_words_and_its_help() {
    let mut wrong = Vec::new();
    for case in CASES.split("\n\n") {
        let expected = format!("# Title\n{}\n", case.trim_end());
        let marked: String = expected
            .split_inclusive('\n')
            .filter(|line| !line.starts_with("= "))
            .collect();
        let (_, source) = unmarked(&marked);
        let reported = reported(&source);
        if reported != expected {
            wrong.push(format!("expected:\n{expected}reported:\n{reported}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_file_needs_a_title_and_steps() {
    let no_title = "this script has no title";
    let empty_title = "the title is empty";
    let title_help = "the first line names the situation: # A slow reader";
    let no_steps = "this script has no steps";
    let steps_help = "add what clients do and must see, one step a line: ada connects";
    for (marked, message, help) in [
        ("«»", no_title, title_help),
        ("«»\n# Title\nada connects\n", no_title, title_help),
        ("«ada connects»\n", no_title, title_help),
        ("«#»\nada connects\n", empty_title, title_help),
        ("# Title«»", no_steps, steps_help),
        ("# Title\n\nhint: try«»\n\n\n", no_steps, steps_help),
    ] {
        let (span, source) = unmarked(marked);
        let error = parse(Path::new("a/b.script"), &source).expect_err(marked);
        assert_eq!(error.span, span, "{marked}");
        assert_eq!((&*error.message, &*error.help), (message, help), "{marked}");
        assert_eq!(error.path, Path::new("a/b.script"));
        assert_eq!(error.source, source);
    }
}

#[test]
fn an_error_does_not_write_to_the_terminal() {
    let error = parse(Path::new("x"), "# Title\nada \x1b[31mred\n").expect_err("no verb");
    assert_eq!(error.message, "unknown verb \"\u{fffd}[31mred\"");
}
