use super::super::samples::{self, Sample, wording};
use super::*;
use crate::report::Program;
use crate::verdict::Fact;

#[test]
fn a_failure_explains_itself() {
    let sample = samples::slow_reader();
    assert_eq!(
        entry(&sample.failed(1), &wording()).unwrap(),
        r#"error: bob did not receive "hi\n": the server is asleep in send
  --> lessons/05-select-read-write/scripts/slow-reader.script:15:1
   |
15 | bob receives "hi\n"
   | ^^^^^^^^^^^^^^^^^^^
   |
   = server: asleep in send, writing to ada, who leaves 2.6 MiB unread; it should wait in select
   = unread: 3 bytes from bob
   = clients: ada sent 4.1 of 16 MiB, received 0 · bob sent "hi\n", received nothing
   = server printed: accepted 127.0.0.1:50112 (bob) · accepted 127.0.0.1:50114 (ada)
   = why: ada asks for a lot and does not read it. What she is owed must wait in her own queue: bob must not
          notice.
   = hint: Which call is the server sitting in? It should be select, whatever ada does. (2 more: --hints)
   = by hand: cargo xtask run 05  ·  cargo xtask connect 05"#
    );
}

#[test]
fn facts_of_several_lines_line_up() {
    let mut sample = samples::slow_reader();
    sample.finding.facts = vec![
        Fact {
            label: "expected",
            text: "\"hi\\n\"\n   ^ here it differs".into(),
        },
        Fact {
            label: "stderr",
            text: "one\n  two\x1b[31m\n".into(),
        },
    ];
    let report = entry(&sample.failed(1), &wording()).unwrap();
    let facts = r#"
   = expected: "hi\n"
                  ^ here it differs
   = stderr: one
               two\u{1b}[31m
   = why:"#;
    assert!(report.contains(facts), "{report}");
}

#[test]
fn all_hints_are_numbered() {
    let sample = samples::slow_reader();
    let mut wording = wording();
    wording.hints = true;
    let report = entry(&sample.failed(1), &wording).unwrap();
    let hints = "
   = hints: 1. Which call is the server sitting in? It should be select, whatever ada does.
            2. A socket is ready to *read*; nobody said that it is ready to write.
            3. Keep a queue per client, and put the client in the write set only while its queue is not empty.
   = by hand";
    assert!(report.contains(hints), "{report}");
}

#[test]
fn a_finding_beside_the_steps_names_the_script() {
    let sample = samples::never_listened("one");
    let mut wording = wording();
    wording.program = Program::Yours("python3 server.py".into());
    assert_eq!(
        entry(&sample.failed(1), &wording).unwrap(),
        r#"error: the server never said `listening on`
--> lessons/05-select-read-write/scripts/one.script
 |
 = asked: beside the script's own steps, as in every script
 = stderr: Traceback
             File "server.py", line 3
           NameError
 = by hand: python3 server.py 127.0.0.1:10000  ·  cargo xtask connect 05"#
    );
}

#[test]
fn what_several_scripts_have_in_common_is_not_explained_by_one_of_them() {
    let mut first = samples::never_listened("first");
    first.script.hints = vec!["Who was closed?".into()];
    let others = ["second", "third"].map(samples::never_listened);
    let entries = [first.failed(1), others[0].failed(1), others[1].failed(1)];
    let text = lesson(&entries, &wording(), 0);
    assert!(
        text.contains("= also: 2 more scripts end the same way: second, third\n"),
        "{text}"
    );
    assert!(!text.contains("hint"), "{text}");
}

#[test]
fn who_ends_as_the_first_one_is_named_after_it() {
    let samples = ["first", "second", "third"].map(samples::never_listened);
    let entries = [0, 1, 2].map(|index: usize| samples[index].failed(1));
    let mut wording = wording();
    wording.program = Program::Mine;
    assert_eq!(
        summary_after_first(&entries, &wording, 0),
        "2 more scripts end the same way: second, third\n\
         05-select-read-write   0 of 3 scripts pass\n"
    );
}

#[test]
fn a_run_that_is_undecided_is_no_error() {
    let sample = samples::slow_reader();
    let report = entry(&sample.undecided(1), &wording()).unwrap();
    assert!(report.starts_with("undecided: bob did not"), "{report}");
    assert_eq!(entry(&sample.passed(1), &wording()), None);
}

#[test]
fn a_green_lesson_is_one_line() {
    let sample = samples::slow_reader();
    assert_eq!(
        lesson(&[sample.passed(1)], &wording(), 22),
        "05-select-read-write     1 of 1 script passes\n"
    );
}

#[test]
fn a_script_that_was_skipped_says_why() {
    let (one, two) = (samples::slow_reader(), samples::never_listened("two"));
    assert_eq!(
        lesson(&[one.skipped(1), two.passed(1)], &wording(), 0),
        "skipped slow-reader: the limit is 64\n\
         05-select-read-write   1 of 2 scripts pass, 1 skipped\n"
    );
}

#[test]
fn a_script_that_fails_in_some_of_many_runs_is_reported_once() {
    let sample = samples::slow_reader();
    let mut entries: Vec<_> = (1..=200).map(|run| sample.passed(run)).collect();
    for run in [7, 8, 150] {
        entries[run - 1] = sample.failed(run as u32);
    }
    let text = lesson(&entries, &wording(), 0);
    assert_eq!(text.matches("error: ").count(), 1);
    assert!(
        text.contains("= repeated: failed in 3 of 200 runs\n"),
        "{text}"
    );
    assert!(
        text.contains("0 of 1 script passes, 200 runs each"),
        "{text}"
    );
}

#[test]
fn colour_is_only_where_it_is_asked_for() {
    let sample = samples::slow_reader();
    let mut wording = wording();
    assert!(!entry(&sample.failed(1), &wording).unwrap().contains('\x1b'));
    wording.colour = true;
    assert!(entry(&sample.failed(1), &wording).unwrap().contains('\x1b'));
}

#[test]
fn a_hole_is_shown_where_it_is_with_what_is_to_be_done() {
    let samples = ["one", "two"].map(|name| samples::unwritten(name, 1));
    let entries: Vec<_> = samples.iter().map(|sample| sample.failed(1)).collect();
    let wording = Wording {
        program: Program::Mine,
        ..wording()
    };
    assert_eq!(
        lesson(&entries, &wording, 0),
        r#"error: hole 1 of 3: wait: sleep
 --> exercises/05-select-read-write/src/main.rs:2:5
  |
2 |     todo!("sleep")
  |     ^^^^^^^^^^^^^^
  |
  = task: Sleep until somebody is ready.
  = hint: Who is to be watched? (1 more: cargo xtask exercise hint 05)
  = also: 1 more script comes this far

05-select-read-write   hole 1 of 3, 0 of 2 scripts pass
"#
    );
}

#[test]
fn a_title_is_broken_between_words_where_the_terminal_ends() {
    let sample = samples::slow_reader();
    let mut wording = wording();
    wording.columns = 40;
    let report = entry(&sample.failed(1), &wording).unwrap();
    let first = report.lines().take(2).collect::<Vec<_>>();
    assert!(first.iter().all(|line| line.len() <= 40), "{first:?}");
    let words: Vec<&str> = first
        .iter()
        .flat_map(|line| line.split_whitespace())
        .collect();
    let told = words.join(" ");
    assert_eq!(told, format!("error: {}", sample.finding.message));
}

#[test]
fn a_script_is_no_reason_for_what_goes_wrong_beside_its_steps() {
    let mut sample = samples::slow_reader();
    let told = |sample: &Sample| entry(&sample.failed(1), &wording()).unwrap();
    assert!(told(&sample).contains(" = why: ") && told(&sample).contains(" = hint: "));
    sample.finding.step = None;
    assert!(!told(&sample).contains(" = why: ") && !told(&sample).contains(" = hint: "));
}
