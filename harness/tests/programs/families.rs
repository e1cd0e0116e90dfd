//! Whom a program starts: that they are seen, and that nobody is left.

use crate::actors;
use crate::support::{Test, Witness, await_ends, await_exit, await_readable, pids, start};
use harness::program::Exit;
use libtest_mimic::Failed;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, kill_process_group, pidfd_open};
use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// The tests of this file.
pub(crate) const TESTS: &[(&str, Test)] = &[
    ("a_signal_reaches_the_program", a_signal_reaches_the_program),
    (
        "stubborn_children_end_with_the_program",
        stubborn_children_end_with_the_program,
    ),
    (
        "children_of_a_program_that_ended_end_too",
        children_of_a_program_that_ended_end_too,
    ),
    (
        "a_daemon_ends_with_the_program",
        a_daemon_ends_with_the_program,
    ),
    (
        "a_program_that_runs_away_is_caught",
        a_program_that_runs_away_is_caught,
    ),
    (
        "descendants_are_seen_as_they_come_and_go",
        descendants_are_seen_as_they_come_and_go,
    ),
    (
        "an_orphan_is_a_descendant_and_a_thread_is_none",
        an_orphan_is_a_descendant_and_a_thread_is_none,
    ),
    (
        "nothing_outlives_a_harness_that_was_killed",
        nothing_outlives_a_harness_that_was_killed,
    ),
    (
        "nothing_outlives_a_harness_that_was_interrupted",
        nothing_outlives_a_harness_that_was_interrupted,
    ),
    (
        "nothing_outlives_a_keeper_that_was_killed",
        nothing_outlives_a_keeper_that_was_killed,
    ),
    (
        "a_keeper_obeys_no_signal_but_kill",
        a_keeper_obeys_no_signal_but_kill,
    ),
];

fn a_signal_reaches_the_program() -> Result<(), Failed> {
    let witness = Witness::new()?;
    let mut program = start(&["stays", witness.path()])?;
    witness.await_living(1)?;
    assert_eq!(program.exit(), None);
    program.signal(Signal::INT)?;
    let by_int = Exit::Signal(Signal::INT.as_raw());
    assert_eq!(await_exit(&mut program)?, by_int);
    Ok(())
}

fn stubborn_children_end_with_the_program() -> Result<(), Failed> {
    let witness = Witness::new()?;
    let program = start(&["parent", witness.path()])?;
    let living = witness.await_living(4)?;
    drop(program);
    witness.assert_nobody_left();
    await_ends(living)
}

fn children_of_a_program_that_ended_end_too() -> Result<(), Failed> {
    let witness = Witness::new()?;
    let mut program = start(&["daemon's starter", witness.path()])?;
    let living = witness.await_living(1)?;
    assert_eq!(await_exit(&mut program)?, Exit::Status(0));
    drop(program);
    witness.assert_nobody_left();
    await_ends(living)
}

fn a_daemon_ends_with_the_program() -> Result<(), Failed> {
    let witness = Witness::new()?;
    let program = start(&["daemon's parent", witness.path()])?;
    let living = witness.await_living(2)?;
    drop(program);
    witness.assert_nobody_left();
    await_ends(living)
}

fn a_program_that_runs_away_is_caught() -> Result<(), Failed> {
    let witness = Witness::new()?;
    let program = start(&["runaway", witness.path()])?;
    for _ in 0..20 {
        await_readable(witness.listener.as_fd())?;
        witness.listener.accept()?;
    }
    drop(program);
    witness.assert_nobody_left();
    Ok(())
}

fn descendants_are_seen_as_they_come_and_go() -> Result<(), Failed> {
    let witness = Witness::new()?;
    let mut program = start(&["parent", witness.path()])?;
    program.descendants(); // Whoever is there now must be found, and whoever comes later, too.
    let mut expected = pids(&witness.await_living(4)?);
    expected.remove(&program.pid());
    let seen = |pids: Vec<Pid>| pids.into_iter().collect::<HashSet<_>>();
    assert_eq!(seen(program.descendants()), expected);

    let goes = *expected.iter().next().ok_or("no descendant")?;
    expected.remove(&goes);
    let end = pidfd_open(goes, PidfdFlags::empty())?;
    kill_process(goes, Signal::KILL)?;
    await_readable(end.as_fd())?;
    assert_eq!(seen(program.descendants()), expected);
    Ok(())
}

fn an_orphan_is_a_descendant_and_a_thread_is_none() -> Result<(), Failed> {
    let witness = Witness::new()?;
    let mut program = start(&["daemon's parent", witness.path()])?;
    let mut expected = pids(&witness.await_living(2)?);
    expected.remove(&program.pid());
    let seen: HashSet<Pid> = program.descendants().into_iter().collect();
    assert_eq!(seen, expected);

    let mut program = start(&["threads", witness.path()])?;
    witness.await_living(1)?;
    assert_eq!(program.descendants(), []);
    Ok(())
}

/// A harness in a process of its own, with a process group as a shell gives it, and the keeper of its program.
fn start_harness(witness: &Witness) -> Result<(Child, OwnedFd), Failed> {
    let command = actors::command(&["harness", witness.path()]);
    let mut harness = Command::new(&command[0])
        .args(&command[1..])
        .process_group(0)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut keeper = String::new();
    BufReader::new(harness.stdout.take().ok_or("no pipe")?).read_line(&mut keeper)?;
    let keeper = Pid::from_raw(keeper.trim().parse()?).ok_or("no keeper")?;
    Ok((harness, pidfd_open(keeper, PidfdFlags::empty())?))
}

fn nothing_outlives_a_harness_that_gets(signal: Signal) -> Result<(), Failed> {
    let witness = Witness::new()?;
    let (mut harness, keeper) = start_harness(&witness)?;
    let living = witness.await_living(4)?;
    kill_process_group(Pid::from_child(&harness), signal)?;
    harness.wait()?;
    await_ends(living)?;
    await_readable(keeper.as_fd())
}

fn nothing_outlives_a_harness_that_was_killed() -> Result<(), Failed> {
    nothing_outlives_a_harness_that_gets(Signal::KILL)
}

fn nothing_outlives_a_harness_that_was_interrupted() -> Result<(), Failed> {
    nothing_outlives_a_harness_that_gets(Signal::INT)
}

fn nothing_outlives_a_keeper_that_was_killed() -> Result<(), Failed> {
    for (part, count) in [("parent", 4), ("daemon's parent", 2)] {
        let witness = Witness::new()?;
        let mut program = start(&[part, witness.path()])?;
        let living = witness.await_living(count)?;
        kill_process(program.keeper_pid(), Signal::KILL)?;
        assert_eq!(await_exit(&mut program)?, Exit::Lost);
        drop(program);
        witness.assert_nobody_left();
        await_ends(living)?;
    }
    Ok(())
}

fn a_keeper_obeys_no_signal_but_kill() -> Result<(), Failed> {
    let witness = Witness::new()?;
    let mut program = start(&["stays", witness.path()])?;
    witness.await_living(1)?;
    for signal in [Signal::TERM, Signal::INT, Signal::HUP, Signal::CHILD] {
        kill_process(program.keeper_pid(), signal)?;
    }
    program.signal(Signal::KILL)?;
    let by_kill = Exit::Signal(Signal::KILL.as_raw());
    assert_eq!(await_exit(&mut program)?, by_kill);
    Ok(())
}
