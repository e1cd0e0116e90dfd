use super::*;
use crate::report::script_error;

const SPINS: &str = "\
why: The author takes 0 bytes for \"nothing yet\": and asks again.
pitfall: 31
caught by: half-close: it spins
caught by: hello: received: nothing

--- a/src/main.rs
+++ b/src/main.rs
@@ -1 +1 @@
-one
+two
";

fn parse(source: &str) -> Result<Bug, ScriptError> {
    let path = Path::new("lessons/01-x/bugs/eof-ignored.patch");
    Bug::parse(path, source, &["half-close", "hello"])
}

/// Reads [`SPINS`] with `from` replaced by `to`, and returns what is said about it.
fn complaint(from: &str, to: &str) -> String {
    let source = SPINS.replace(from, to);
    assert_ne!(source, SPINS);
    script_error::plain(&parse(&source).unwrap_err())
}

#[test]
fn a_header_says_why_and_who_catches_it() {
    let bug = parse(SPINS).unwrap();
    assert_eq!(bug.name(), "eof-ignored");
    assert_eq!(
        bug.why,
        "The author takes 0 bytes for \"nothing yet\": and asks again."
    );
    assert_eq!(bug.pitfall, Some(31));
    let catch = |script: &str, words: &str| Catch {
        script: script.into(),
        words: words.into(),
    };
    assert_eq!(
        bug.caught_by,
        [
            catch("half-close", "it spins"),
            catch("hello", "received: nothing")
        ]
    );
    assert!(bug.patch.diff().starts_with("--- a/src/main.rs\n"));
}

#[test]
fn a_mistake_need_not_be_a_pitfall() {
    let bug = parse(&SPINS.replace("31", "none")).unwrap();
    assert_eq!(bug.pitfall, None);
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_what_is_right() {
    let place = "lessons/01-x/bugs/eof-ignored.patch, line";
    assert_eq!(
        complaint("pitfall: 31", "pitfall: many"),
        format!(
            "{place} 2, column 1: `many` is no pitfall.\n\
             The line is: pitfall: many\n\
             help: a pitfall is called by its number: `pitfall: 31`; \
             a mistake that is none of them has `pitfall: none`."
        )
    );
    assert_eq!(
        complaint("hello:", "helo:"),
        format!(
            "{place} 4, column 1: the lesson has no script helo.\n\
             The line is: caught by: helo: received: nothing\n\
             help: its scripts are half-close, hello."
        )
    );
    assert_eq!(
        complaint(": it spins", ""),
        format!(
            "{place} 3, column 1: nothing says what half-close must find.\n\
             The line is: caught by: half-close\n\
             help: say a few words that its report must contain: \
             `caught by: half-close: asleep in recv`."
        )
    );
}

#[test]
fn a_header_that_is_not_whole_is_answered_with_a_whole_one() {
    for (from, to, message) in [
        (
            "why: ",
            "because: ",
            "line 1, column 1: `because:` is unknown",
        ),
        (
            "why: The author",
            "The author",
            "line 1, column 1: `The author takes 0 bytes",
        ),
        (
            "pitfall: 31",
            "pitfall 31",
            "line 2, column 1: this is no header line",
        ),
        (
            "pitfall: 31",
            "pitfall:",
            "line 2, column 1: `pitfall:` says nothing",
        ),
        (
            "pitfall: 31",
            "why: twice",
            "line 2, column 1: a second `why:`",
        ),
        (
            "pitfall: 31\n",
            "",
            "line 1, column 1: `pitfall:` is missing",
        ),
        (
            "caught by: half-close: it spins\ncaught by: hello: received: nothing\n",
            "",
            "line 1, column 1: `caught by:` is missing",
        ),
    ] {
        let said = complaint(from, to);
        assert!(said.contains(message), "{said}");
        assert!(said.contains(HEADER), "{said}");
    }
}

#[test]
fn a_patch_without_a_diff_is_told_at_its_end() {
    let said = complaint(&SPINS[SPINS.find("---").unwrap()..], "");
    assert!(
        said.contains("line 4, column 36: there is no diff"),
        "{said}"
    );
}
