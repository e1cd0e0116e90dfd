//! What cargo says while it builds: words for people, and messages for programs.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;

/// Passes on what cargo says as it says it, but for its closing word of success, which would head every report.
pub(super) fn pass_on(said: impl Read, to: &mut impl Write) {
    let mut said = BufReader::new(said);
    let mut line = Vec::new();
    while said
        .read_until(b'\n', &mut line)
        .is_ok_and(|length| length > 0)
    {
        if !is_closing_word(&String::from_utf8_lossy(&line)) {
            // A stderr that is closed is no reason to build nothing.
            let _ = to.write_all(&line);
        }
        line.clear();
    }
}

/// Whether `line` is "    Finished `dev` profile …", in colour or not.
fn is_closing_word(line: &str) -> bool {
    // Colour is `ESC [ numbers m`, before and after a word.
    let without_colour = |part| {
        let (_, text) = str::strip_prefix(part, '[')?.split_once('m')?;
        Some(text)
    };
    let bare: String = line
        .split('\u{1b}')
        .map(|part| without_colour(part).unwrap_or(part))
        .collect();
    bare.trim_start().starts_with("Finished `")
}

/// What is read of cargo's messages.
///
/// Source: The Cargo Book, "External tools", "Artifact messages".
#[derive(Deserialize)]
struct Message {
    reason: String,
    target: Option<Target>,
    executable: Option<PathBuf>,
    message: Option<Diagnostic>,
}

#[derive(Deserialize)]
struct Diagnostic {
    rendered: String,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// What the compiler has said, as it would have been shown.
pub(super) fn diagnostics(messages: &[u8]) -> Vec<String> {
    let messages = messages.lines().map_while(Result::ok);
    messages
        .filter_map(|line| serde_json::from_str::<Message>(&line).ok())
        .filter_map(|message| Some(message.message?.rendered))
        .collect()
}

/// The programs that cargo's messages tell of, those of tests too, by their name.
pub(super) fn executables(messages: impl Read) -> BTreeMap<String, PathBuf> {
    BufReader::new(messages)
        .lines()
        .map_while(Result::ok)
        // What is no message was printed by somebody else, and is not about a program.
        .filter_map(|line| serde_json::from_str::<Message>(&line).ok())
        .filter(|message| message.reason == "compiler-artifact")
        .filter_map(|message| {
            let is_run = |it: &Target| it.kind == ["bin"] || it.kind == ["test"];
            let target = message.target.filter(is_run)?;
            Some((target.name, message.executable?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_in_cargos_messages() {
        let messages = r#"not a message
{"reason":"compiler-artifact","package_id":"registry+x#nix@0.31.0","target":{"kind":["lib"],"name":"nix"},"executable":null}
{"reason":"build-script-executed","package_id":"x"}
{"reason":"compiler-artifact","package_id":"path+x#select@0.1.0","target":{"kind":["bin"],"name":"select"},"executable":"/t/select","fresh":true}
{"reason":"build-finished","success":true}
"#;
        let expected = BTreeMap::from([("select".to_owned(), PathBuf::from("/t/select"))]);
        assert_eq!(executables(messages.as_bytes()), expected);
    }

    #[test]
    fn warnings_are_found_in_cargos_messages() {
        let messages = br#"{"reason":"compiler-message","target":{"kind":["bin"],"name":"a"},"message":{"level":"warning","rendered":"warning: unused\n"}}
{"reason":"build-finished","success":true}
"#;
        assert_eq!(diagnostics(messages), ["warning: unused\n"]);
    }

    #[test]
    fn cargos_words_are_passed_on_without_the_last() {
        let said = "   Compiling a v0.1.0\nwarning: Finished is not used\n    Finished `dev` profile [x] in 0.1s\n";
        let coloured = "\u{1b}[1m\u{1b}[92m    Finished\u{1b}[0m `dev` profile [x] in 0.1s\n";
        let mut passed = Vec::new();
        pass_on(format!("{said}{coloured}").as_bytes(), &mut passed);
        assert_eq!(
            String::from_utf8(passed).unwrap(),
            "   Compiling a v0.1.0\nwarning: Finished is not used\n"
        );
    }
}
