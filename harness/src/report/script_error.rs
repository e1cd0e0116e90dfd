//! Words for a script that cannot be played, in the same shape as a failure.

use super::human::{render, within};
use super::plain::sentence;
use super::visible;
use crate::script::ScriptError;
use annotate_snippets::{AnnotationKind, Level, Snippet};

/// File, line, column, a caret, and what would be right; without a line feed at its end.
pub fn human(error: &ScriptError, colour: bool) -> String {
    let group = Level::ERROR.primary_title(visible(&error.message)).element(
        Snippet::source(&error.source)
            .path(error.path.display().to_string())
            .annotation(AnnotationKind::Primary.span(within(&error.source, &error.span))),
    );
    let help = (!error.help.is_empty()).then(|| Level::HELP.message(visible(&error.help)));
    render(group.elements(help), colour)
}

/// The same in sentences, one a line; without a line feed at its end.
pub fn plain(error: &ScriptError) -> String {
    let start = within(&error.source, &error.span).start;
    let before = &error.source[..start];
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |text| text.chars().count())
        + 1;
    let mut lines = vec![sentence(&format!(
        "{}, line {line}, column {column}: {}",
        error.path.display(),
        visible(&error.message)
    ))];
    if let Some(words) = error.source.lines().nth(line - 1)
        && !words.trim().is_empty()
    {
        lines.push(format!("The line is: {}", visible(words.trim())));
    }
    if !error.help.is_empty() {
        lines.push(sentence(&format!(
            "help: {}",
            visible(&error.help).replace('\n', " ")
        )));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn unclosed() -> ScriptError {
        let source = "# A title\n\nada connects\nada sends \"hü\nada closes\n";
        let start = source.find('"').unwrap();
        ScriptError {
            path: PathBuf::from("lessons/01-x/scripts/a.script"),
            source: source.into(),
            span: start..start + 4,
            message: "this text is not closed".into(),
            help: "end it with a second `\"` on the same line".into(),
        }
    }

    #[test]
    fn a_script_error_points_at_its_place() {
        assert_eq!(
            human(&unclosed(), false),
            r#"error: this text is not closed
 --> lessons/01-x/scripts/a.script:4:11
  |
4 | ada sends "hü
  |           ^^^
  |
  = help: end it with a second `"` on the same line"#
        );
    }

    #[test]
    fn a_script_error_can_be_read_out() {
        assert_eq!(
            plain(&unclosed()),
            "lessons/01-x/scripts/a.script, line 4, column 11: this text is not closed.\n\
             The line is: ada sends \"hü\n\
             help: end it with a second `\"` on the same line."
        );
    }

    #[test]
    fn a_place_outside_the_file_is_no_panic() {
        for span in [14..14, 3..500, 500..600, 15..16] {
            for source in ["", "x", "ada sends \"hü\n"] {
                let mut error = unclosed();
                error.source = source.into();
                error.span = span.clone();
                assert!(human(&error, true).contains("not closed"));
                assert!(plain(&error).contains("not closed"));
            }
        }
    }
}
