//! Finds the line of its own source that a program is in.
//!
//! [`stopped`] halts a thread for a moment, [`stack`] finds from its [`registers`] who called whom, [`debug_info`] names the
//! lines of the files in its memory ([`modules`]), each file's once ([`lines`]). Where one of them does not know, nothing is said: a line is never guessed.

mod debug_info;
mod lines;
mod modules;
mod registers;
mod stack;
mod stacks;
mod stopped;

pub use registers::{entered, is_entering, returned};
pub use stacks::Stacks;

use super::code_line::CodeLine;
use modules::Module;
use stack::Walker;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, iter};

/// The lines of its own sources that a sleeping thread is in, from the innermost call outwards. What lies in the standard library or
/// in a crate of somebody else's is left out.
///
/// Empty where the thread may not be stopped, the program has no debug information, or its files are not here. To be stopped
/// interrupts the call that the thread is in, as a signal would.
pub fn own_calls(pid: i32, tid: i32) -> Vec<CodeLine> {
    let Some(modules) = modules::of(pid) else {
        return Vec::new();
    };
    let stacks = stacks(tid, 0, &modules);
    let lines = own_lines(&modules, stacks.keys()).into_iter().flatten();
    lines.map(code_line).collect()
}

/// The lines of its own sources from which a thread that runs enters or leaves its next `calls` / 2 system calls, the most frequent
/// ones first. Empty where [`own_calls`] is; to be stopped means the same.
pub fn own_turns(pid: i32, tid: i32, calls: usize) -> Vec<CodeLine> {
    let Some(modules) = modules::of(pid) else {
        return Vec::new();
    };
    let stacks = stacks(tid, calls, &modules);
    let mut met: BTreeMap<(PathBuf, u32), usize> = BTreeMap::new();
    for (lines, times) in iter::zip(own_lines(&modules, stacks.keys()), stacks.values()) {
        if let Some(line) = lines.into_iter().next() {
            *met.entry(line).or_default() += times;
        }
    }
    let mut met: Vec<_> = met.into_iter().collect();
    met.sort_by_key(|(_, times)| Reverse(*times));
    met.into_iter().map(|(line, _)| code_line(line)).collect()
}

/// Whether a thread may be stopped for a moment, as [`own_calls`] does. It needs no debug information.
pub fn may_be_stopped(tid: i32) -> bool {
    let mut stopped = false;
    stopped::while_stopped(tid, 0, |_| stopped = true);
    stopped
}

/// The stacks that a thread is found with, and how often.
fn stacks(tid: i32, calls: usize, modules: &[Module]) -> BTreeMap<Vec<u64>, usize> {
    let mut walker = Walker::new(modules);
    let mut stacks = BTreeMap::new();
    stopped::while_stopped(tid, calls, |thread| {
        if let Some(stack) = walker.walk(thread) {
            *stacks.entry(stack).or_default() += 1;
        }
    });
    stacks
}

/// For each of these stacks its own lines, from the innermost call outwards.
fn own_lines<'s>(
    modules: &[Module],
    stacks: impl Iterator<Item = &'s Vec<u64>> + Clone,
) -> Vec<Vec<(PathBuf, u32)>> {
    let own = lines::of(modules, stacks.clone().flatten());
    let lines = |stack: &Vec<u64>| stack.iter().filter_map(|it| own.get(it).cloned()).collect();
    stacks.map(lines).collect()
}

fn code_line((file, line): (PathBuf, u32)) -> CodeLine {
    let text = text_of(&file, line).unwrap_or_default();
    CodeLine { file, line, text }
}

fn text_of(file: &Path, line: u32) -> Option<String> {
    let source = fs::read_to_string(file).ok()?;
    let index = usize::try_from(line).ok()?.checked_sub(1)?;
    Some(source.lines().nth(index)?.trim().to_owned())
}
