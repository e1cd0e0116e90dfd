use super::*;
use crate::prove::apply::sources;

fn lessons() -> Vec<Lesson> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    Lesson::all(root).unwrap()
}

#[test]
fn every_survivor_that_is_known_is_of_a_line_of_its_lesson_and_has_a_reason() {
    let mut count = 0;
    for lesson in lessons() {
        let Known { equivalent, tested } = Known::of_lesson(&lesson).unwrap();
        let sources = sources(&lesson).unwrap();
        let mut lines = sources.values().flat_map(|text| text.lines());
        for Survivor { mutant, line, why } in equivalent.iter().chain(&tested) {
            let name = lesson.full_name();
            assert!(
                lines.clone().any(|it| it.trim() == line),
                "{name}: no line is `{line}`"
            );
            assert!(!why.trim().is_empty(), "{name}: {mutant}: no reason");
            count += 1;
        }
        assert!(lines.next().is_some());
    }
    assert!(count > 0);
}

#[test]
fn a_survivor_is_known_by_its_change_and_its_line() {
    let patch = PatchFile {
        path: "mutants/mutant-000".into(),
        name: "mutant-000".into(),
        diff_at: 0,
        source: String::new(),
    };
    let mutant = Mutant {
        patch,
        title: "src/main.rs:1: replace < with <= in wait".into(),
        change: "replace < with <= in wait".into(),
        line: "if a < b {".into(),
    };
    let mut known = Survivor {
        mutant: mutant.change.clone(),
        line: mutant.line.clone(),
        why: "a is never b".into(),
    };
    assert!(known.is(&mutant));
    known.line = "while a < b {".into();
    assert!(!known.is(&mutant));
}
