use super::*;
use std::path::PathBuf;
use tempfile::TempDir;

/// The workspace that this package is in.
fn course() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().nth(2).unwrap().to_owned()
}

const TOML: &str = r#"
name = "quota-echo"
title = "An echo with a quota"
starter = "empty"
judged_as = "10"
seed = "autumn"
parameters.limit = { from = 3, to = 9 }
crates.nix.workspace = true

[[scripts]]
file = "scripts/quota.script"
weight = 3
hidden = true

[[scripts]]
lesson = "10"
names = ["hello"]
"#;
const BRIEF_TEXT: &str = "# Quota\n\nDear <<student>>, answer <<limit>> times.\n";
const SCRIPT: &str = "# After <<limit>> lines\n\nada connects\nada sends \"<<limit + 1>>\"\n";

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("scripts")).unwrap();
    std::fs::write(folder.path().join("scripts/quota.script"), SCRIPT).unwrap();
    std::fs::write(folder.path().join("brief.md"), BRIEF_TEXT).unwrap();
    folder
}

fn load(folder: &TempDir, toml: &str) -> Result<Assignment> {
    std::fs::write(folder.path().join("assignment.toml"), toml).unwrap();
    Assignment::load(&course(), folder.path())
}

/// What is said of an `assignment.toml` in which `from` is `to`.
fn complaint(from: &str, to: &str) -> String {
    assert!(TOML.contains(from), "{from}");
    let wrong = load(&folder(), &TOML.replacen(from, to, 1)).unwrap_err();
    format!("{wrong:#}")
}

#[test]
fn each_student_has_values_of_their_own_in_brief_and_scripts() {
    let assignment = load(&folder(), TOML).unwrap();
    assert!(assignment.is_personal());
    let of_ada = assignment.for_student(" ada ").unwrap();
    let limit = &of_ada.values["limit"];
    assert_eq!(
        of_ada.brief,
        format!("# Quota\n\nDear ada, answer {limit} times.\n")
    );
    let hidden: Vec<_> = of_ada.hidden().collect();
    assert_eq!(hidden.len(), 1);
    assert_eq!(hidden[0].title, format!("After {limit} lines"));
    let next = limit.parse::<u32>().unwrap() + 1;
    assert!(hidden[0].text.contains(&format!("ada sends \"{next}\"")));
    assert_eq!(of_ada.public().next().unwrap().name, "hello");
    let limits = (0..50).map(|id| assignment.for_student(&id.to_string()).unwrap());
    let limits: std::collections::BTreeSet<_> =
        limits.map(|it| it.values["limit"].clone()).collect();
    assert_eq!(limits.len(), 7, "{limits:?}");
}

#[test]
fn scripts_have_weights_and_are_read_by_the_rules_of_a_lesson() {
    let assignment = load(&folder(), TOML).unwrap();
    assert_eq!(assignment.points(), 4);
    let base = assignment.lesson_base();
    assert_eq!(base.about.waits_in, "epoll_wait");
    assert_eq!(base.about.title, "An echo with a quota");
    for script in assignment.for_student("bob").unwrap().scripts {
        let parsed = script.parse(base).unwrap();
        assert_eq!(parsed[0].name, script.name);
        assert_eq!(parsed[0].path, script.path);
    }
}

#[test]
fn an_empty_main_is_one_hole() {
    let assignment = load(&folder(), TOML).unwrap();
    let [hole] = &assignment.lesson_base().about.holes[..] else {
        panic!("there is one thing to do");
    };
    let main = &assignment.starting_sources().unwrap()[&hole.file];
    assert!(main.contains(&format!(
        "fn {}() {{\n    todo!(\"{}\")",
        hole.function, hole.todo
    )));
}

#[test]
fn an_assignment_may_wait_elsewhere_than_its_lesson() {
    let toml = format!("waits_in = \"poll\"\ndefault_addresses = [\"127.0.0.1:7\"]\n{TOML}");
    let assignment = load(&folder(), &toml).unwrap();
    let about = &assignment.lesson_base().about;
    assert_eq!(about.waits_in, "poll");
    assert_eq!(about.may_sleep_in, ["poll"]);
    assert_eq!(about.default_addresses, ["127.0.0.1:7"]);
}

#[test]
fn starters_are_holes_tasks_chat_or_a_folder() {
    for (starter, judged_as) in [
        (r#"{ lesson = "05" }"#, "select"),
        (r#"{ lesson = "05", holes = ["wait"] }"#, "select"),
        (r#"{ lesson = "05", task = "idle-timeout" }"#, "select"),
        (r#""chat""#, "epoll_wait"),
    ] {
        let toml = TOML
            .replace("\"empty\"", starter)
            .replace("judged_as = \"10\"\n", "");
        let assignment = load(&folder(), &toml).unwrap();
        assert_eq!(assignment.lesson_base().about.waits_in, judged_as);
    }
    let folder = folder();
    let toml = TOML.replace("\"empty\"", "{ folder = \"starter\" }");
    let wrong = format!("{:#}", load(&folder, &toml).unwrap_err());
    assert!(wrong.contains("starter.folder: there is no "), "{wrong}");
    std::fs::create_dir(folder.path().join("starter")).unwrap();
    std::fs::write(folder.path().join("starter/main.rs"), "fn main() {}\n").unwrap();
    load(&folder, &toml).unwrap();
}

#[test]
fn what_is_wrong_is_told_with_the_file_the_key_and_what_would_be_right() {
    for (from, to, said) in [
        (
            "quota-echo",
            "Quota",
            "name = \"Quota\": it becomes a package",
        ),
        ("title", "titel", "unknown field `titel`"),
        (
            "\"empty\"",
            "\"nothing\"",
            "starter = \"nothing\": a starter is {",
        ),
        (
            "\"empty\"",
            "{ lesson = \"77\" }",
            "starter: there is no lesson 77; there are 01-blocking-echo",
        ),
        (
            "\"empty\"",
            "{ lesson = \"05\", holes = [\"wiat\"] }",
            "starter.holes: wiat is no hole of lesson 05; its holes are [\"wait\"",
        ),
        ("judged_as = \"10\"", "", "judged_as: name the lesson"),
        (
            "seed = \"autumn\"",
            "",
            "parameters.limit is chosen for each student, which takes a seed",
        ),
        ("from = 3", "from = 30", "parameters.limit: "),
        (
            "limit =",
            "limits =",
            "line 3: <<limit>> is no parameter; there are limits",
        ),
        (
            "parameters.",
            "parameters.port = 7\nparameters.",
            "parameters.port: <<port>> is neither in brief.md",
        ),
        (
            "quota.script",
            "quotas.script",
            "scripts, entry 1: cannot read ",
        ),
        (
            "quota.script",
            "quota.txt",
            "a script's file is called NAME.script",
        ),
        (
            "\"hello\"",
            "\"helo\"",
            "scripts, entry 2: names: there is no script helo; there are ",
        ),
        (
            "\"hello\"",
            "\"hello\", \"hello\"",
            "a script hello is there already",
        ),
        (
            "crates",
            "may_change = [\"../x\"]\ncrates",
            "may_change: ../x is not inside",
        ),
    ] {
        let complaint = complaint(from, to);
        assert!(
            complaint.contains("assignment.toml does not say"),
            "{complaint}"
        );
        assert!(complaint.contains(said), "{to}: {complaint}");
    }
    let nowhere = Assignment::load(&course(), Path::new("/nowhere")).unwrap_err();
    assert!(
        format!("{nowhere:#}")
            .starts_with("cannot read /nowhere/assignment.toml: an assignment is")
    );
}

#[test]
fn a_script_that_is_none_with_the_values_is_told_with_its_line() {
    let folder = folder();
    let script = SCRIPT.replace("connects", "<<word>>");
    std::fs::write(folder.path().join("scripts/quota.script"), script).unwrap();
    let toml = TOML.replace("seed", "parameters.word = \"dances\"\nseed");
    let wrong = format!("{:#}", load(&folder, &toml).unwrap_err());
    assert!(wrong.contains("scripts/quota.script, line 3"), "{wrong}");
    assert!(wrong.contains("ada dances"), "{wrong}");
}
