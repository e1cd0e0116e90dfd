use super::*;
use crate::report::samples;
use crate::verdict::Outcome;
use std::sync::{Barrier, Mutex};
use std::time::Duration;

fn passed() -> Verdict {
    Verdict {
        outcome: Outcome::Passed,
        took: Duration::ZERO,
    }
}

fn plan(repeat: u32, jobs: usize) -> Plan {
    Plan {
        repeat: NonZero::new(repeat).unwrap(),
        jobs: NonZero::new(jobs).unwrap(),
    }
}

#[test]
fn runs_are_told_in_the_order_of_the_cases() {
    // The first case ends only after the second has: it is told first all the same.
    let (first_may_end, second_ended) = mpsc::channel();
    let (first_may_end, second_ended) = (Mutex::new(first_may_end), Mutex::new(second_ended));
    let mut order = Vec::new();
    run(
        &["first", "second"],
        plan(1, 2),
        |case| {
            match *case {
                "first" => second_ended.lock().unwrap().recv().unwrap(),
                _ => first_may_end.lock().unwrap().send(()).unwrap(),
            }
            passed()
        },
        |event| {
            if let Event::Played { case, .. } = event {
                order.push(*case);
            }
            ControlFlow::Continue(())
        },
    )
    .unwrap();
    assert_eq!(order, ["first", "second"]);
}

#[test]
fn each_case_is_played_as_often_as_asked() {
    let mut order = Vec::new();
    let mut progress = Vec::new();
    run(
        &['a', 'b'],
        plan(3, 2),
        |_| passed(),
        |event| {
            match event {
                Event::Played { case, run, .. } => order.push((*case, run)),
                Event::Progress { ended, of } => progress.push((ended, of)),
            }
            ControlFlow::Continue(())
        },
    )
    .unwrap();
    let expected = [('a', 1), ('a', 2), ('a', 3), ('b', 1), ('b', 2), ('b', 3)];
    assert_eq!(order, expected);
    assert_eq!(progress, (1..=6).map(|n| (n, 6)).collect::<Vec<_>>());
}

#[test]
fn as_many_cases_as_there_are_jobs_run_side_by_side() {
    // Nobody passes the barrier before all four are there.
    let barrier = Barrier::new(4);
    let mut count = 0;
    run(
        &[(); 8],
        plan(1, 4),
        |()| {
            barrier.wait();
            passed()
        },
        |event| {
            count += usize::from(matches!(event, Event::Played { .. }));
            ControlFlow::Continue(())
        },
    )
    .unwrap();
    assert_eq!(count, 8);
}

#[test]
fn long_cases_are_begun_first_and_told_in_their_place() {
    let begun = Mutex::new(Vec::new());
    let mut told = Vec::new();
    run_long_ones_first(
        &["short", "long", "also short"],
        plan(1, 1),
        |case| *case == "long",
        |case| {
            begun.lock().unwrap().push(*case);
            passed()
        },
        |event| {
            if let Event::Played { case, .. } = event {
                told.push(*case);
            }
            ControlFlow::Continue(())
        },
    )
    .unwrap();
    assert_eq!(begun.into_inner().unwrap(), ["long", "short", "also short"]);
    assert_eq!(told, ["short", "long", "also short"]);
}

#[test]
fn nothing_more_is_started_when_nobody_listens() {
    let played = AtomicUsize::new(0);
    run(
        &[(); 1000],
        plan(1, 1),
        |()| {
            played.fetch_add(1, Ordering::Relaxed);
            passed()
        },
        |_| ControlFlow::Break(()),
    )
    .unwrap();
    // One that was told, one that waits in the channel, one under way; and no race decides how many.
    assert!(played.into_inner() <= 3);
}

#[test]
fn no_cases_are_no_work() {
    run(
        &[] as &[()],
        plan(1, 4),
        |()| passed(),
        |_| unreachable!("nothing can have ended"),
    )
    .unwrap();
}

#[test]
fn a_program_that_never_gets_ready_is_waited_for_once() {
    let hopeless = Hopeless::default();
    let undecided = || {
        let finding = samples::never_listened("hello").finding;
        Verdict {
            outcome: Outcome::Undecided(finding),
            took: Duration::from_secs(60),
        }
    };
    let first = hopeless.or_play(Path::new("slow"), undecided);
    assert_eq!(first.took, Duration::from_secs(60));
    let second = hopeless.or_play(Path::new("slow"), || unreachable!("it is known"));
    assert!(matches!(second.outcome, Outcome::Undecided(_)));
    assert_eq!(second.took, Duration::ZERO);
    let other = hopeless.or_play(Path::new("other"), passed);
    assert!(matches!(other.outcome, Outcome::Passed));
}
