//! The lines of instructions, remembered: a suite asks again and again about the same few places of one program.

use super::modules::{FileId, Module};
use std::collections::{BTreeSet, HashMap};
use std::iter;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// For each file, by the addresses in it, what was found; `None` for what is not the program's own.
type Known = HashMap<FileId, HashMap<u64, Option<(PathBuf, u32)>>>;

/// It is kept while debug information is read, too, which can be many times the size of the program: one at a time is enough.
static KNOWN: Mutex<Option<Known>> = Mutex::new(None);

/// Of these instructions of a process those that are the program's own, each with its line. `modules` are the process's.
pub(super) fn of<'a>(
    modules: &[Module],
    addresses: impl Iterator<Item = &'a u64>,
) -> HashMap<u64, (PathBuf, u32)> {
    let addresses: BTreeSet<u64> = addresses.copied().collect();
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    let mut own = HashMap::new();
    for module in modules {
        let known = known.entry(module.id).or_default();
        let in_file = |address: &u64| address.wrapping_sub(module.base());
        let inside: Vec<u64> = addresses.range(module.range.clone()).copied().collect();
        let fresh: Vec<u64> = inside.iter().map(in_file).collect();
        let fresh: Vec<u64> = fresh
            .into_iter()
            .filter(|it| !known.contains_key(it))
            .collect();
        if !fresh.is_empty() {
            let lines = module.own_lines(&fresh);
            known.extend(iter::zip(fresh, lines));
        }
        let line = |address: u64| Some((address, known.get(&in_file(&address))?.clone()?));
        own.extend(inside.into_iter().filter_map(line));
    }
    own
}

#[cfg(test)]
mod tests {
    use super::super::{code_line, modules};
    use super::*;

    #[test]
    fn the_line_of_an_instruction_is_found_and_remembered() {
        let modules = modules::of(std::process::id().cast_signed()).expect("this process");
        let address = the_line_of_an_instruction_is_found_and_remembered as *const () as u64;
        let found = of(&modules, [address].iter())[&address].clone();
        let text = code_line(found.clone()).text;
        assert!(
            text.starts_with("fn the_line_of_an_instruction_is_found"),
            "{found:?}: {text}"
        );
        let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.as_ref().expect("what was asked");
        let mut remembered = known.values().flat_map(HashMap::values).flatten();
        assert!(remembered.any(|it| *it == found));
    }

    #[test]
    fn an_address_that_no_file_is_behind_has_no_line() {
        let modules = modules::of(std::process::id().cast_signed()).expect("this process");
        assert!(of(&modules, [8].iter()).is_empty());
    }
}
