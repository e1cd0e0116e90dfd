//! What book/src/cost.md says in words of the recorded figures is so.

use bench_results::{Level, RECORDED, Results, ratio};
use std::path::Path;

fn recorded() -> Results {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3);
    let path = root
        .expect("the workspace is three folders up")
        .join(RECORDED);
    Results::read(&path).expect("`cargo xtask bench --record` has written it")
}

/// What an echo costs, in nanoseconds.
fn cost(results: &Results, server: &str, busy: usize, idle: usize) -> f64 {
    let cell = results.cell(server, Level { busy, idle });
    cell.unwrap_or_else(|| panic!("{server} was measured with {busy} busy and {idle} silent"))
        .cost()
}

#[test]
fn it_is_a_whole_run() {
    let results = recorded();
    assert!(!results.quick, "the short run is not for the book");
    let missing: Vec<_> = results
        .servers
        .iter()
        .filter(|it| it.missing.is_some())
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(
        results.cells.iter().all(|cell| cell.cpu.len() >= 9),
        "medians of nine pairs and more"
    );
}

#[test]
fn with_nobody_silent_the_ways_to_wait_cost_about_the_same() {
    let results = recorded();
    let epoll = cost(&results, "10", 16, 0);
    for server in ["03", "05", "08-select", "08-poll", "11"] {
        let ratio = cost(&results, server, 16, 0) / epoll;
        assert!((0.85..1.8).contains(&ratio), "{server}: {ratio:.2}");
    }
    let ratio = cost(&results, "03", 64, 0) / cost(&results, "10", 64, 0);
    assert!((0.85..1.15).contains(&ratio), "03 at 64: {ratio:.2}");
}

#[test]
fn select_and_poll_grow_with_who_is_silent() {
    let results = recorded();
    for server in ["03", "05", "07", "08-select", "08-poll"] {
        let none = cost(&results, server, 16, 0);
        let (hundred, thousand) = (
            cost(&results, server, 16, 100),
            cost(&results, server, 16, 1000),
        );
        assert!(
            hundred > none * 1.1,
            "with 100 that shows already: {server}"
        );
        assert!(
            thousand > none * 2.0,
            "with 1,000 it is most of an echo: {server}"
        );
        let slope = ratio::slope(&results, server).expect("measured");
        assert!(
            (10.0..100.0).contains(&slope),
            "some tens of nanoseconds: {server}, {slope:.1}"
        );
    }
    for server in ["07", "08-poll"] {
        let twice = cost(&results, server, 16, 10_000) / cost(&results, server, 16, 5000);
        assert!(
            (1.6..3.0).contains(&twice),
            "twice as much or a little more: {server}, {twice:.2}"
        );
    }
}

#[test]
fn epoll_stays_flat() {
    let results = recorded();
    for server in ["10", "11"] {
        let growth = ratio::growth(&results, server).expect("measured").is.median;
        assert!(growth <= 1.15, "{server}: {growth:.2}");
    }
    let growth = ratio::growth(&results, "08-default")
        .expect("measured")
        .is
        .median;
    assert!(growth <= 1.25, "08-default: {growth:.2}");
}

#[test]
fn a_silent_connection_takes_less_than_a_kibibyte_of_lesson_10() {
    let results = recorded();
    let memory = |server| results.memory_per_idle(server).expect("measured");
    assert!(memory("10") < 1024.0, "{}", memory("10"));
    assert!(
        memory("tokio") > 4.0 * memory("10"),
        "its task owns a buffer: {}",
        memory("tokio")
    );
}

#[test]
fn with_one_connection_the_calls_are_those_that_the_chapter_counts() {
    let results = recorded();
    let one = Level { busy: 1, idle: 0 };
    let expected = [
        ("03", 3.0),
        ("05", 4.0),
        ("07", 5.0),
        ("08-select", 4.0),
        ("08-poll", 4.0),
        ("08-default", 14.0),
        ("10", 3.0),
        ("11", 4.0),
        ("mio", 4.0),
        ("C", 3.0),
        ("asyncio", 6.0),
    ];
    for (server, calls) in expected {
        let counted = results.cell(server, one).and_then(|cell| cell.calls);
        let counted = counted.expect("the system calls were counted");
        assert!((counted - calls).abs() < 0.05, "{server}: {counted}");
    }
}

#[test]
fn lesson_10_stands_to_others_as_the_chapter_says() {
    let results = recorded();
    for ratio in ratio::all(&results) {
        let median = ratio.is.median;
        match (ratio.of.as_str(), ratio.to.as_str()) {
            ("10 at 64 connections" | "10 at 512 connections", "C" | "mio" | "tokio") => {
                assert!((0.85..1.15).contains(&median), "{ratio:?}");
            }
            (_, "asyncio") => assert!(median < 0.3, "{ratio:?}"),
            _ => {}
        }
    }
    let one = cost(&results, "10", 1, 0) / cost(&results, "10", 64, 0);
    assert!(
        one > 2.0,
        "several times as much with one connection: {one:.2}"
    );
    let printing = cost(&results, "07", 64, 0) / cost(&results, "08-poll", 64, 0);
    assert!(
        printing > 1.05,
        "what a line of output costs: {printing:.2}"
    );
}
