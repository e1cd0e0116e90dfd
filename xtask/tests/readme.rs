//! The README tells the truth: its report is what is printed, its links lead somewhere, its ladder is complete.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

mod linked;

use assert_cmd::Command;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const LESSON: &str = "lessons/03-select-one-port";
const PATCH: &str = "bugs/reads-at-accept.patch";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// The README's `console` block: the commands, and what the last of them prints.
fn session() -> (Vec<String>, String) {
    let readme = readme();
    let (_, rest) = readme.split_once("```console\n").unwrap();
    let (block, _) = rest.split_once("```\n").unwrap();
    let is_command = |line: &&str| line.starts_with("$ ");
    let commands = block.lines().take_while(is_command);
    let commands: Vec<String> = commands.map(|line| line[2..].to_owned()).collect();
    let printed: Vec<&str> = block.lines().skip_while(is_command).collect();
    (commands, printed.join("\n") + "\n")
}

/// The workspace as it would be after the README's `git apply`, of links but for the one lesson.
fn broken_workspace() -> TempDir {
    let copy = linked::without_lessons();
    let link = |path: &Path| symlink(root().join(path), copy.path().join(path)).unwrap();
    fs::create_dir_all(copy.path().join(LESSON)).unwrap();
    for lesson in names_in(&root().join("lessons")) {
        let lesson = Path::new("lessons").join(lesson);
        if lesson != Path::new(LESSON) {
            link(&lesson);
        }
    }
    for name in names_in(&root().join(LESSON)) {
        if name != "src" {
            link(&Path::new(LESSON).join(name));
        }
    }
    let patch = fs::read_to_string(root().join(LESSON).join(PATCH)).unwrap();
    let source = fs::read_to_string(root().join(LESSON).join("src/main.rs")).unwrap();
    let patch = diffy::Patch::from_str(&patch).unwrap();
    let broken = diffy::apply(&source, &patch).unwrap();
    fs::create_dir(copy.path().join(LESSON).join("src")).unwrap();
    fs::write(copy.path().join(LESSON).join("src/main.rs"), broken).unwrap();
    copy
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// The text with what differs from run to run replaced: port numbers after an address, and seconds.
fn without_chance(text: &str) -> String {
    let mut pieces = text.split("127.0.0.1:");
    let mut normal = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        normal.push_str("127.0.0.1:PORT");
        normal.push_str(piece.trim_start_matches(|char: char| char.is_ascii_digit()));
    }
    let is_seconds = |word: &str| word.parse::<f64>().is_ok() && word.contains('.');
    let lines = normal.lines().map(|line| {
        let words = line.split(' ');
        let words = words.map(|word| if is_seconds(word) { "TIME" } else { word });
        words.collect::<Vec<_>>().join(" ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
#[cfg_attr(
    not(target_os = "linux"),
    ignore = "what the server is doing is asked of /proc"
)]
fn the_report_is_what_the_readmes_commands_print() {
    let (commands, printed) = session();
    let [apply, verify] = &commands[..] else {
        panic!("two commands: {commands:?}");
    };
    assert_eq!(
        *apply,
        format!("git apply --directory={LESSON} {LESSON}/{PATCH}")
    );
    let words = verify.strip_prefix("cargo xtask ").unwrap();
    let copy = broken_workspace();
    let output = Command::cargo_bin("xtask")
        .unwrap()
        .current_dir(copy.path())
        .env(
            "CARGO_TARGET_DIR",
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("readme"),
        )
        .args(words.split(' '))
        .assert()
        .code(1);
    let really = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    assert_eq!(
        without_chance(&printed),
        without_chance(&really),
        "what is printed now:\n{really}"
    );
}

#[test]
fn the_exercise_begins_as_the_readme_says() {
    let readme = readme();
    let (_, rest) = readme.split_once("```text\nchecking YOUR program").unwrap();
    let (block, _) = rest.split_once("```\n").unwrap();
    let [_, error, place] = block.lines().collect::<Vec<_>>()[..] else {
        panic!("three lines: {block}");
    };
    let about = fs::read_to_string(root().join(LESSON).join("lesson.toml")).unwrap();
    let (_, first) = about.split_once("[[holes]]").unwrap();
    let value = |key: &str| {
        let mut lines = first.lines();
        let line = lines.find_map(|line| line.strip_prefix(&format!("{key} = \"")));
        line.unwrap().trim_end_matches('"').to_owned()
    };
    let holes = about.matches("[[holes]]").count();
    let (function, todo) = (value("function"), value("todo"));
    assert_eq!(
        error,
        format!("error: hole 1 of {holes}: {function}: {todo}")
    );
    let copy = broken_workspace();
    Command::cargo_bin("xtask")
        .unwrap()
        .current_dir(copy.path())
        .args(["exercise", "start", "03"])
        .assert()
        .success();
    let file = "exercises/03-select-one-port/src/main.rs";
    let text = fs::read_to_string(copy.path().join(file)).unwrap();
    let line = text
        .lines()
        .position(|line| line.contains("todo!("))
        .unwrap()
        + 1;
    assert_eq!(place, format!("   --> {file}:{line}:5"));
}

#[test]
fn only_ports_and_times_are_left_to_chance() {
    assert_eq!(
        without_chance(
            "on 127.0.0.1:38415 · 127.0.0.1:1 (ada)\n0 of 1 script   0.01 s\nnc 127.0.0.1 8002"
        ),
        "on 127.0.0.1:PORT · 127.0.0.1:PORT (ada)\n0 of 1 script   TIME s\nnc 127.0.0.1 8002"
    );
}

#[test]
fn the_ladder_links_every_lesson() {
    let readme = readme();
    for lesson in names_in(&root().join("lessons")) {
        let Some((number, name)) = lesson.split_once('-') else {
            continue; // what the lessons have in common
        };
        let row = format!("| [{number}](lessons/{lesson}) | {name} |");
        assert!(readme.contains(&row), "the ladder has no row {row}");
    }
}

#[test]
fn relative_links_lead_to_files() {
    let readme = readme();
    let links: Vec<&str> = readme
        .split("](")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once(')')?.0))
        .filter(|link| !link.contains("://"))
        .collect();
    assert!(links.len() > 3, "{links:?}");
    for link in links {
        assert!(root().join(link).exists(), "{link} leads nowhere");
    }
}

#[test]
fn the_container_begins_with_a_command_of_the_readme() {
    let text = fs::read_to_string(root().join(".devcontainer/devcontainer.json")).unwrap();
    let container: serde_json::Value = serde_json::from_str(&text).unwrap();
    let first = container["postCreateCommand"].as_str().unwrap();
    assert!(readme().contains(&format!("`{first}`")), "{first}");
}

#[test]
fn the_oldest_rust_is_the_one_that_cargo_demands() {
    let promise = format!("**Rust {} or newer.**", env!("CARGO_PKG_RUST_VERSION"));
    assert!(readme().contains(&promise), "not there: {promise}");
}

#[test]
fn the_sentence_for_other_systems_is_the_compilers() {
    let source = fs::read_to_string(root().join("harness/src/lib.rs")).unwrap();
    let (_, rest) = source.split_once("compile_error!(").unwrap();
    let sentence = rest.split('"').nth(1).unwrap();
    assert!(
        readme().contains(&format!("\nerror: {sentence}\n")),
        "not there: {sentence}"
    );
}
