use super::*;
use std::collections::BTreeSet;

fn course() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().nth(2).unwrap().to_owned()
}

fn sample(name: &str) -> Assignment {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("samples")
        .join(name);
    Assignment::load(&course(), &folder).unwrap()
}

/// The files that `student` is handed, as texts.
fn handed_out(assignment: &Assignment, student: &str) -> Vec<(PathBuf, String)> {
    let instance = assignment.for_student(student).unwrap();
    let contents = Contents::of(assignment, &instance).unwrap();
    let text = |text: &Vec<u8>| String::from_utf8(text.clone()).unwrap();
    let files = contents.files().map(|(path, it)| (path.clone(), text(it)));
    files.collect()
}

fn file<'f>(files: &'f [(PathBuf, String)], path: &str) -> &'f str {
    let found = files.iter().find(|(it, _)| it == Path::new(path));
    &found.unwrap_or_else(|| panic!("there is no {path}")).1
}

#[test]
fn no_hidden_script_no_answer_and_no_lesson_but_the_starter_is_handed_out() {
    for name in ["quota-echo", "key-value"] {
        let assignment = sample(name);
        let files = handed_out(&assignment, "ada");
        let instance = assignment.for_student("ada").unwrap();
        assert!(instance.hidden().count() > 2);
        for script in instance.hidden() {
            let last = script.text.trim_end();
            let steps = &last[last.len() - 60..];
            for (path, text) in &files {
                assert!(!text.contains(steps), "{} is in {path:?}", script.name);
            }
            assert!(file(&files, "README.md").contains(&script.title));
        }
        let answer = match name {
            "quota-echo" => "fn is_used_up",
            _ => "fn tell_watchers",
        };
        let reference = std::fs::read_to_string(assignment.folder.join("reference/main.rs"));
        assert!(reference.unwrap().contains(answer));
        for (path, text) in &files {
            assert!(!text.contains(answer), "{path:?}");
            let parts: BTreeSet<_> = path.iter().filter_map(|it| it.to_str()).collect();
            for private in [
                "bugs",
                "reference",
                "hidden",
                "lessons",
                "right",
                "tasks",
                "samples",
            ] {
                assert!(!parts.contains(private), "{path:?}");
            }
            assert!(
                path.extension().is_none_or(|ending| ending != "patch"),
                "{path:?}"
            );
        }
    }
}

#[test]
fn the_student_begins_with_the_starter_the_public_scripts_and_their_own_values() {
    let assignment = sample("quota-echo");
    let files = handed_out(&assignment, "ada");
    let main = file(&files, "src/main.rs");
    assert!(main.contains("cargo xtask run\n"), "{main}");
    assert!(!main.contains("ANCHOR"));
    let limit = &assignment.values("ada")["limit"];
    let script = file(&files, "scripts/quota.script");
    assert!(
        script.contains(&format!("ada sends \"again\\n\" {limit} times")),
        "{script}"
    );
    assert!(file(&files, "README.md").contains(&format!("Of each client {limit} lines")));
    assert!(file(&files, "scripts/ctrl-c.script").contains("dies of SIGINT"));
    for (path, text) in &files {
        let is_text = path.starts_with("scripts") || path == Path::new("README.md");
        assert!(!is_text || !text.contains("<<"), "{path:?}");
    }
}

#[test]
fn the_students_work_is_tracked_and_checked_at_every_push() {
    let files = handed_out(&sample("key-value"), "");
    assert_eq!(
        file(&files, ".gitignore")
            .lines()
            .filter(|it| !it.starts_with('#'))
            .collect::<Vec<_>>(),
        ["/target/"]
    );
    for page in [".github/workflows/verify.yml", ".gitlab-ci.yml"] {
        assert!(file(&files, page).contains("cargo xtask verify"), "{page}");
    }
    assert!(file(&files, "AGENTS.md").contains("Explain; do not solve."));
    assert!(file(&files, "harness/LICENSE-MIT").contains("Permission is hereby granted"));
    assert!(file(&files, "src/main.rs").contains("todo!(\"README.md says what it is to do\")"));
}

#[test]
fn a_hole_is_handed_out_without_its_answer() {
    let mut assignment = sample("key-value");
    assignment.starter = crate::assignment::Starter::Lesson {
        lesson: "05".into(),
        holes: Some(vec!["receive".into()]),
    };
    let sources = assignment.starting_sources().unwrap();
    let main = &sources[Path::new("src/main.rs")];
    assert_eq!(main.matches("todo!(").count(), 1, "{main}");
    assert!(
        main.contains("todo!(\"queue what one recv brings\")"),
        "{main}"
    );
}

#[test]
fn a_folder_with_something_in_it_is_left_alone() {
    let out = tempfile::tempdir().unwrap();
    std::fs::write(out.path().join("work.txt"), "weeks of it").unwrap();
    let asked = Handout {
        assignment: sample("key-value").folder,
        out: out.path().to_owned(),
        students: Vec::new(),
        roster: None,
        vendor: false,
    };
    let wrong = hand_out(&course(), &asked).unwrap_err().to_string();
    assert!(
        wrong.contains("is there already; name a folder that is not"),
        "{wrong}"
    );
    let entries = std::fs::read_dir(out.path()).unwrap();
    assert_eq!(entries.count(), 1);
}

#[test]
fn values_of_each_students_own_take_a_student() {
    let asked = |students: &[&str]| Handout {
        assignment: sample("quota-echo").folder,
        out: PathBuf::from("/nowhere"),
        students: students.iter().map(|it| (*it).to_owned()).collect(),
        roster: None,
        vendor: false,
    };
    let wrong = hand_out(&course(), &asked(&[])).unwrap_err().to_string();
    assert!(
        wrong.contains("name the students, --student ada"),
        "{wrong}"
    );
    let list = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(list.path(), "id,name\n../ada,Ada\n").unwrap();
    let listed = Handout {
        roster: Some(list.path().to_owned()),
        ..asked(&[])
    };
    let wrong = hand_out(&course(), &listed).unwrap_err().to_string();
    assert!(wrong.contains("becomes the name of a folder"), "{wrong}");
    let wrong = hand_out(&course(), &asked(&["../ada"]))
        .unwrap_err()
        .to_string();
    assert!(wrong.contains("becomes the name of a folder"), "{wrong}");
}
