//! What the model makes is always a script, whatever is taken away from it, and the same for the same seed.

use super::clients::amount;
use super::*;
use crate::operation::Words;
use crate::root;
use crate::script::Source;
use harness::lesson::Lesson;

/// Each lesson that has a contract, with it.
fn all() -> Vec<(Lesson, Contract)> {
    let lessons = Lesson::all(&root().unwrap()).unwrap();
    let all: Vec<_> = lessons
        .into_iter()
        .filter_map(|lesson| Contract::of(lesson.number).map(|contract| (lesson, contract)))
        .collect();
    assert!(all.len() >= 8, "{} lessons", all.len());
    all
}

fn source<'a>((lesson, contract): &'a (Lesson, Contract), seed: u64) -> Source<'a> {
    Source {
        lesson,
        contract,
        seed,
    }
}

fn text(source: &Source, number: u64) -> String {
    let drawn = source.draw(number).unwrap();
    drawn[0].script.source.clone()
}

#[test]
fn what_is_drawn_is_a_script() {
    for lesson in all() {
        let source = source(&lesson, 7);
        let drawn = (0..100).flat_map(|number| source.draw(number).unwrap());
        let operations: u32 = drawn.map(|drawn| drawn.operations).sum();
        // Enough of what is drawn makes sense.
        assert!(operations > 100 * 20, "{operations} operations");
    }
}

#[test]
fn what_is_left_is_a_script_whatever_is_taken_away() {
    for lesson in all() {
        let source = source(&lesson, 8);
        for number in 0..100 {
            let mut operations = source.operations(number);
            let mut at = number as usize % 7;
            while at < operations.len() {
                operations.remove(at);
                at += number as usize % 5;
            }
            let steps = source.steps(&operations);
            if !steps.lines.is_empty() {
                let text = source.text(number, None, &steps);
                source.read("shrunk.script".as_ref(), &text).unwrap();
            }
        }
    }
}

#[test]
fn a_seed_is_the_same_scripts_again_and_no_others() {
    let lesson = all().remove(3);
    let (seven, eight) = (source(&lesson, 7), source(&lesson, 8));
    assert_eq!(text(&seven, 3), text(&seven, 3));
    assert_ne!(text(&seven, 3), text(&seven, 4));
    let steps = |text: String| text.split_once("\n\n").unwrap().1.to_owned();
    assert_ne!(steps(text(&seven, 3)), steps(text(&eight, 3)));
}

fn lines(lesson: u32, operations: &[Operation]) -> String {
    let contract = Contract::of(lesson).unwrap();
    steps(&contract, operations).lines.join("\n")
}

#[test]
fn what_came_at_once_is_answered_once() {
    use Operation::*;
    let batch = [
        Connect(0, 0),
        Freeze,
        Say(0, Words::Line),
        Pour(0, 1020),
        Thaw,
        Say(0, Words::Line),
    ];
    let expected = "ada connects\nserver freezes\nada sends \"ada 1\\n\"\nada sends 1020 bytes of counters\n\
         server thaws\nada receives \"ada 1\\n\"\nada receives 1018 bytes of counters\nada receives \"Roger that.\"\n\
         ada receives 2 bytes of counters\nada receives \"Roger that.\"\nada sends \"ada 2\\n\"";
    let lines = lines(3, &batch);
    assert!(lines.starts_with(expected), "{lines}");
}

#[test]
fn who_comes_second_waits_where_one_is_served_at_a_time() {
    use Operation::*;
    let two = [
        Connect(0, 0),
        Connect(1, 0),
        Say(1, Words::Line),
        ReadAll(1),
        HasNothing(1),
        Leave(0),
        ReadAll(1),
    ];
    let expected = "ada connects\nbob connects\nbob sends \"bob 1\\n\"\nbob receives nothing\nada closes\nbob receives \"bob 1\\n\"";
    let lines = lines(1, &two);
    assert!(lines.starts_with(expected), "{lines}");
}

#[test]
fn nothing_is_expected_of_the_accept_of_one_who_was_gone_before() {
    use Operation::*;
    let gone = [
        Freeze,
        Connect(0, 0),
        Reset(0),
        Thaw,
        IsAccepted(0),
        IsClosed(0),
    ];
    let expected = "server freezes\nada connects\nada resets\nserver thaws";
    assert_eq!(lines(10, &gone), expected);
}

#[test]
fn amounts_are_told_in_the_largest_unit_that_is_exact() {
    assert_eq!(amount(1), "1 byte");
    assert_eq!(amount(1023), "1023 bytes");
    assert_eq!(amount(3 << 10), "3 KiB");
    assert_eq!(amount(2 << 20), "2 MiB");
}
