//! What is not so in a book is found, with its place.

use crate::book::{Settings, TheBook};
use crate::check::check;
use harness::lesson::Lesson;
use harness::trace::recording::Recording;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const MAIN: &str = "//! A server.

// ANCHOR: main
fn main() {
    serve();
}
// ANCHOR_END: main

fn serve() {}
";

const CHAPTER: &str = "# The first lesson

{{#lesson read=1 do=1}}

{{#code head}}

{{#code main}}

{{#code serve}}

{{#script hello}}

```console
$ cargo xtask verify 01 --script hello
```

[the next page](glossary.md#socket)
";

const GLOSSARY: &str = "# Glossary\n\nsocket\n: One end.\n\nprocess\n: A program.\n";

/// A workspace with one lesson, and a book of two pages about it.
struct Sample {
    root: TempDir,
    chapter: String,
    settings: Settings,
}

impl Sample {
    fn new() -> Sample {
        let root = TempDir::new().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let about = "title = \"The first lesson\"\nidea = \"One.\"\nintroduces = [\"socket\"]\nassumes = [\"process\"]\n\
                     default_addresses = [\"127.0.0.1:1\"]\nwaits_in = \"accept\"\nmay_sleep_in = [\"accept\"]\n";
        write("lessons/01-first/lesson.toml", about);
        write("lessons/01-first/src/main.rs", MAIN);
        write(
            "lessons/01-first/scripts/hello.script",
            "# Hello\nada connects\n",
        );
        write("book/book.toml", "unwritten = []\n");
        Sample {
            root,
            chapter: CHAPTER.to_owned(),
            settings: Settings {
                unwritten: Vec::new(),
                known_before: vec!["process".to_owned()],
            },
        }
    }

    /// The same, with `new` in the place of `old` in its chapter.
    fn with(mut self, old: &str, new: &str) -> Sample {
        assert!(self.chapter.contains(old), "{old}");
        self.chapter = self.chapter.replace(old, new);
        self
    }

    fn with_file(self, path: &str, text: &str) -> Sample {
        fs::write(self.root.path().join(path), text).unwrap();
        self
    }

    /// The same with a recording in its chapter, of the lesson as it is now.
    fn with_recording(self) -> Sample {
        let root = self.root.path();
        let lesson = &Lesson::all(root).unwrap()[0];
        let script = lesson.scripts().unwrap().remove(0).unwrap();
        let story = serde_json::from_str(STORY).unwrap();
        let recording = Recording::new(lesson, &script, story).unwrap();
        fs::create_dir(root.join("book/recordings")).unwrap();
        fs::write(root.join(recording.path()), recording.to_json().unwrap()).unwrap();
        self.with("[the", "{{#recording 01-hello}}\n\n[the")
    }

    /// The chapter as mdBook is to get it.
    fn expanded(self) -> String {
        let checked = check(&self.book()).unwrap_or_else(|wrong| panic!("{wrong:?}"));
        checked.pages[0].1.clone()
    }

    fn book(&self) -> TheBook {
        let pages = [
            ("01-first.md", self.chapter.as_str()),
            ("glossary.md", GLOSSARY),
        ];
        let pages = pages.map(|(path, text)| (Path::new(path), text));
        TheBook::of(self.root.path(), self.settings.clone(), pages.into_iter()).unwrap()
    }

    /// What is found to be wrong: file, line and message of each.
    fn wrong(self) -> Vec<String> {
        match check(&self.book()) {
            Ok(_) => Vec::new(),
            Err(troubles) => troubles
                .iter()
                .map(|it| {
                    let line = it.line();
                    assert!(
                        it.told()
                            .contains(&format!("{}:{line}:", it.path.display()))
                    );
                    format!("{}:{line}: {}", it.path.display(), it.message)
                })
                .collect(),
        }
    }
}

#[test]
fn a_book_that_tells_the_truth_is_left_alone() {
    assert_eq!(Sample::new().wrong(), [""; 0]);
}

#[test]
fn each_line_of_a_lesson_is_quoted_once() {
    assert_eq!(
        Sample::new().with("{{#code serve}}\n", "").wrong(),
        ["lessons/01-first/src/main.rs:9: book/src/01-first.md does not quote `serve`"]
    );
    assert_eq!(
        Sample::new()
            .with("{{#code serve}}", "{{#code serve, main}}")
            .wrong(),
        ["book/src/01-first.md:9: `main` is quoted twice"]
    );
}

#[test]
fn anchors_are_used_and_names_exist() {
    let wrong = Sample::new()
        .with("{{#code main}}", "{{#code name}}")
        .wrong();
    assert_eq!(
        wrong,
        [
            "book/src/01-first.md:7: lessons/01-first/src/main.rs has no \"name\", or more than one",
            "lessons/01-first/src/main.rs:4: book/src/01-first.md does not quote `main`",
            "lessons/01-first/src/main.rs:3: book/src/01-first.md does not use the anchor main",
        ]
    );
}

#[test]
fn blocks_say_what_they_are() {
    for (tag, message) in [
        ("", "this block does not say what it is"),
        (
            "rust",
            "Rust is not written here, but quoted from what is compiled",
        ),
        ("java", "nobody checks a block of \"java\""),
    ] {
        let block = format!("```{tag}\nwords\n```\n\n[the");
        let wrong = Sample::new().with("[the", &block).wrong();
        assert_eq!(wrong, [format!("book/src/01-first.md:17: {message}")]);
    }
    let wrong = Sample::new().with("[the", "    words\n\n[the").wrong();
    assert_eq!(wrong, ["book/src/01-first.md:17: this is indented code"]);
}

#[test]
fn what_commands_name_exists() {
    for (command, message) in [
        ("verify 02", "there is no lesson 02"),
        (
            "verify 01 --script bye",
            "there is no script bye in this lesson",
        ),
        (
            "prove 01 --bug some",
            "there is no patch some in this lesson",
        ),
        (
            "verify --nonsense",
            "`cargo xtask` does not understand this: unexpected argument '--nonsense' found",
        ),
        (
            "verify 01 --program lessons/no.py",
            "there is no lessons/no.py",
        ),
    ] {
        let wrong = Sample::new()
            .with("verify 01 --script hello", command)
            .wrong();
        assert_eq!(wrong, [format!("book/src/01-first.md:14: {message}")]);
    }
    let wrong = Sample::new()
        .with("[the", "`cargo run -p third` [the")
        .wrong();
    assert_eq!(
        wrong,
        ["book/src/01-first.md:17: there is no package third"]
    );
}

#[test]
fn links_lead_somewhere() {
    for (link, message) in [
        (
            "nowhere.md",
            "book/src/nowhere.md is not a page of the book",
        ),
        ("../../lessons/02", "there is no lessons/02"),
        (
            "glossary.md#pocket",
            "book/src/glossary.md has no #pocket; it has glossary, process, socket",
        ),
        (
            "#here",
            "book/src/01-first.md has no #here; it has the-first-lesson",
        ),
    ] {
        let wrong = Sample::new().with("glossary.md#socket", link).wrong();
        assert_eq!(wrong, [format!("book/src/01-first.md:17: {message}")]);
    }
    let good = Sample::new().with("glossary.md#socket", "../../lessons/01-first/src/main.rs");
    assert_eq!(good.wrong(), [""; 0]);
}

#[test]
fn nothing_is_assumed_that_was_not_introduced() {
    let mut sample = Sample::new();
    sample.settings.known_before.clear();
    assert_eq!(
        sample.wrong(),
        [
            "lessons/01-first/lesson.toml:4: \"process\" is assumed, and no earlier lesson has introduced it"
        ]
    );
}

#[test]
fn what_lessons_introduce_is_explained() {
    let about = "title = \"The first lesson\"\nidea = \"One.\"\nintroduces = [\"select\"]\nassumes = []\n\
                 default_addresses = []\nwaits_in = \"accept\"\nmay_sleep_in = []\n";
    let wrong = Sample::new()
        .with_file("lessons/01-first/lesson.toml", about)
        .wrong();
    assert_eq!(
        wrong,
        ["lessons/01-first/lesson.toml:3: the glossary does not explain \"select\""]
    );
}

#[test]
fn chapters_are_written_or_listed_as_unwritten() {
    let mut sample = Sample::new();
    sample.settings.unwritten.push("01-first".to_owned());
    assert_eq!(sample.wrong(), ["book/book.toml:1: 01-first has a chapter"]);
    let mut sample = Sample::new();
    sample.settings.unwritten.push("07-none".to_owned());
    assert_eq!(
        sample.wrong(),
        ["book/book.toml:1: there is no lesson 07-none"]
    );
}

#[test]
fn chapters_are_called_as_their_lessons() {
    let wrong = Sample::new().with("# The first", "# My first").wrong();
    assert_eq!(
        wrong,
        ["book/src/01-first.md:1: the chapter is not called as its lesson"]
    );
}

#[test]
fn scripts_sessions_and_directives_are_understood() {
    for (block, line, message) in [
        (
            "{{#script bye}}",
            17,
            "there is no script lessons/01-first/scripts/bye.script",
        ),
        ("{{#picture x}}", 17, "there is no directive \"picture\""),
        (
            "{{#recording 01-hello}}",
            17,
            "cannot read book/recordings/01-hello.json",
        ),
        (
            "```steps 01\nada connects\nada recieves \"x\"\n```",
            19,
            "unknown verb \"recieves\"",
        ),
        ("```steps 09\nada connects\n```", 17, "of which lesson?"),
        (
            "```terminals\nada < hi\n```",
            18,
            "no command was given in terminal \"ada\"",
        ),
        ("```console\nhello\n```", 17, "this session has no command"),
    ] {
        let wrong = Sample::new()
            .with("[the", &format!("{block}\n\n[the"))
            .wrong();
        assert_eq!(wrong, [format!("book/src/01-first.md:{line}: {message}")]);
    }
}

const STORY: &str = r#"{"scenes": [{"who": "ada", "text": "ada connects", "line": 2, "events": [
    {"call": {"name": "accept", "on": "listener", "result": {"new": "ada"},
              "code": {"file": "src/main.rs", "line": 5, "text": "serve();"}}}]}]}"#;

#[test]
fn a_recording_is_a_player_with_the_same_as_text_in_it() {
    let chapter = Sample::new().with_recording().expanded();
    for part in [
        "  2 ada connects\n    accept(listener) = ada    ",
        "main.rs:5  serve();\n```",
        "\"words\":[[[\"accept(listener) = ada\"]]]",
        "\"sources\":{\"src/main.rs\":{\"path\":\"lessons/01-first/src/main.rs\",\"lines\":[\"//! A server.\"",
    ] {
        assert!(chapter.contains(part), "{part}\n{chapter}");
    }
}

#[test]
fn markup_in_a_source_does_not_end_the_script_that_it_is_in() {
    let main = MAIN.replace("A server.", "</script>");
    let sample = Sample::new().with_file("lessons/01-first/src/main.rs", &main);
    let chapter = sample.with_recording().expanded();
    assert!(chapter.contains("\"//! \\u003c/script>\""), "{chapter}");
}

#[test]
fn a_recording_of_another_program_or_script_is_stale() {
    let stale = |path: &str, text: &str| {
        let sample = Sample::new().with_recording().with_file(path, text);
        sample.wrong()
    };
    let told = "book/src/01-first.md:17: book/recordings/01-hello.json is stale:";
    let script = "# Hello\nada connects\nada closes\n";
    assert_eq!(
        stale("lessons/01-first/scripts/hello.script", script),
        [format!("{told} the script has changed since")]
    );
    assert_eq!(
        stale(
            "lessons/01-first/src/main.rs",
            &MAIN.replace("serve() {}", "serve() { }")
        ),
        [format!("{told} the lesson's program has changed since")]
    );
}

#[test]
fn a_program_in_another_language_is_run_by_a_session() {
    let sample = || Sample::new().with_file("book/echo.py", "print(1)\n");
    let shown =
        |more: &str| sample().with("[the", &format!("{{{{#file book/echo.py}}}}\n\n{more}[the"));
    assert_eq!(
        shown("").wrong(),
        ["book/src/01-first.md:17: no terminal session of the book runs book/echo.py"]
    );
    let run = shown("```console\n$ python3 book/echo.py\n1\n```\n\n");
    assert!(run.expanded().contains("```python\nprint(1)\n```"));
}

#[test]
fn a_program_that_cargo_builds_is_run_by_its_name() {
    let program = "//! Says hi.\n// ANCHOR: all\nfn main() {}\n// ANCHOR_END: all\n";
    let sample = || Sample::new().with_file("book/say_hi.rs", program);
    let shown = |more: &str| {
        sample().with(
            "[the",
            &format!("{{{{#file book/say_hi.rs}}}}\n\n{more}[the"),
        )
    };
    assert_eq!(
        shown("").wrong(),
        ["book/src/01-first.md:17: no terminal session of the book runs book/say_hi.rs"]
    );
    let run = shown("```console\n$ cargo run -p examples --bin say-hi\nhi\n```\n\n");
    let quoted = "```rust\n//! Says hi.\nfn main() {}\n```";
    assert!(run.expanded().contains(quoted));
}

#[test]
fn a_chapter_tells_of_the_bugs_that_can_be_hunted() {
    let bug = "why: it forgets\npitfall: none\ncaught by: hello: nothing\n\n\
               --- a/src/main.rs\n+++ b/src/main.rs\n@@ -1 +1 @@\n-a\n+b\n";
    let sample = || {
        let sample = Sample::new();
        fs::create_dir(sample.root.path().join("lessons/01-first/bugs")).unwrap();
        sample.with_file("lessons/01-first/bugs/forgets.patch", bug)
    };
    assert_eq!(
        sample().wrong(),
        ["book/src/01-first.md:1: the lesson has bugs to hunt, and its chapter does not say so"]
    );
    let told = sample().with("[the", "{{#hunts}}\n\n[the").expanded();
    assert!(told.contains("There are 1 such mistakes"), "{told}");
    assert!(told.contains("cargo xtask hunt 01 "), "{told}");
    let none = Sample::new().with("[the", "{{#tasks}}\n\n[the").wrong();
    assert_eq!(none, ["book/src/01-first.md:17: this lesson has no tasks"]);
}

#[test]
fn a_chapter_tells_of_each_task_and_of_its_scripts() {
    let sample = Sample::new();
    let folder = sample.root.path().join("lessons/01-first/tasks/timer");
    fs::create_dir_all(folder.join("scripts")).unwrap();
    fs::write(folder.join("scripts/late.script"), "# Late\nada connects\n").unwrap();
    fs::write(
        folder.join("task.toml"),
        "title = \"Later\"\nidea = \"Time.\"\n",
    )
    .unwrap();
    let told = sample.with("[the", "{{#tasks}}\n\n[the").expanded();
    assert!(
        told.contains(
            "**`timer`: Later.** Time. It has 1 script, and 1 of the lesson's scripts still holds."
        ),
        "{told}"
    );
    assert!(
        told.contains("cargo xtask verify 01 --task timer --mine"),
        "{told}"
    );
}
