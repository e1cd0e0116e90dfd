//! Which line of which file an instruction comes from (DWARF 5, section 6.2).

use addr2line::Context;
use addr2line::gimli::{DwarfSections, EndianSlice, Error, Reader, RunTimeEndian, SectionId};
use object::{File, Object, ObjectSection};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// Where compilers say that the sources of others lie: the standard library's (with and without a copy of its sources), crates
/// from a registry, from git or from where `cargo vendor` has put them, the system's.
const OTHERS: [&str; 6] = [
    "/rustc/",
    "/lib/rustlib/",
    "/registry/src/",
    "/git/checkouts/",
    "/vendor/",
    "/usr/",
];

/// For each of these instructions, by their addresses in the file, the line of the program's own source that it comes from; `None` if
/// it comes from elsewhere.
pub(super) fn own_lines(file: &File<'_>, addresses: &[u64]) -> Option<Vec<Option<(PathBuf, u32)>>> {
    let endian = match file.is_little_endian() {
        true => RunTimeEndian::Little,
        false => RunTimeEndian::Big,
    };
    let load = |id: SectionId| {
        let section = file.section_by_name(id.name());
        let bytes = section.and_then(|it| it.uncompressed_data().ok());
        Ok::<Cow<'_, [u8]>, Error>(bytes.unwrap_or_default())
    };
    let sections = DwarfSections::load(load).ok()?;
    let dwarf = sections.borrow(|bytes| EndianSlice::new(bytes, endian));
    let context = Context::from_dwarf(dwarf).ok()?;
    let lines = addresses.iter().map(|&address| own_line(&context, address));
    Some(lines.collect())
}

/// The line that the instruction at this address comes from; the innermost one, where functions were put into their callers.
fn own_line<R: Reader>(context: &Context<R>, address: u64) -> Option<(PathBuf, u32)> {
    let mut frames = context.find_frames(address).skip_all_loads().ok()?;
    while let Ok(Some(frame)) = frames.next() {
        let place = frame.location.and_then(|it| it.file.zip(it.line));
        if let Some((path, line)) = place
            && is_own(path)
        {
            return Some((path.into(), line));
        }
    }
    None
}

/// Whether a source file is the program's own, and here to be read.
fn is_own(path: &str) -> bool {
    !OTHERS.iter().any(|place| path.contains(place)) && Path::new(path).is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_library_and_other_crates_are_not_ones_own() {
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs");
        assert!(is_own(here));
        assert!(!is_own(
            "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/std/src/net/tcp.rs"
        ));
        assert!(!is_own(
            "/home/ada/.cargo/registry/src/index.crates.io-1/nix-0.31.3/src/sys/select.rs"
        ));
        let vendored = tempfile::tempdir().unwrap();
        let file = vendored.path().join("vendor/nix/src/poll.rs");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "").unwrap();
        assert!(!is_own(&file.display().to_string()));
        assert!(!is_own("/home/ada/server/src/gone.rs"));
    }
}
