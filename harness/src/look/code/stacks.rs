//! The stacks that a thread is met with again and again.

use super::modules::{self, Module};
use super::stack::Walker;
use super::{CodeLine, code_line, lines};
use nix::unistd::Pid;
use std::collections::HashMap;

/// Takes note of a process's stacks, each once: a loop has few, and to name their lines is dear.
pub struct Stacks {
    modules: Vec<Module>,
    walker: Walker,
    known: HashMap<Vec<u64>, usize>,
}

impl Stacks {
    /// For a process, with the files that it has in its memory by now; `None` if it may not be looked at.
    pub fn of(pid: i32) -> Option<Stacks> {
        let modules = modules::of(pid)?;
        Some(Stacks {
            walker: Walker::new(&modules),
            modules,
            known: HashMap::new(),
        })
    }

    /// Takes note of the stack of a stopped thread. The number is that of its line in [`Stacks::lines`].
    pub fn note(&mut self, thread: Pid) -> Option<usize> {
        let stack = self.walker.walk(thread)?;
        let next = self.known.len();
        Some(*self.known.entry(stack).or_insert(next))
    }

    /// For each stack the innermost line of the program's own source, by the number of the stack; `None` where that is not known.
    pub fn lines(&self) -> Vec<Option<CodeLine>> {
        let own = lines::of(&self.modules, self.known.keys().flatten());
        let mut lines = vec![None; self.known.len()];
        for (stack, number) in &self.known {
            let innermost = stack.iter().find_map(|address| own.get(address));
            lines[*number] = innermost.cloned().map(code_line);
        }
        lines
    }
}
