//! The program files and libraries that a process has in its memory (proc(5): `/proc/PID/maps`).

use super::debug_info;
use object::{Object, ObjectSection, ObjectSegment};
use std::fs;
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// Which file it is, and which of its states: device, number, and when it was changed (seconds and nanoseconds).
pub(super) type FileId = (u64, u64, i64, i64);

/// A file with code that a process has in its memory.
pub(super) struct Module {
    pub(super) id: FileId,
    path: PathBuf,
    bytes: Vec<u8>,
    /// Where it lies in the process's memory, from its first to its last byte.
    pub(super) range: Range<u64>,
    /// What is added to an address in the file to get the one in memory.
    bias: u64,
}

/// A part of a file: its addresses as the file has them, and its bytes.
pub(super) struct Section {
    pub(super) addresses: Range<u64>,
    pub(super) bytes: Vec<u8>,
}

/// The modules of a process; `None` if it may not be looked at.
pub(super) fn of(pid: i32) -> Option<Vec<Module>> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
    let mut files: Vec<(PathBuf, Range<u64>, u64)> = Vec::new();
    for (range, offset, path) in maps.lines().filter_map(mapped_file) {
        match files.iter_mut().find(|(known, ..)| *known == path) {
            Some((_, known, _)) => known.end = known.end.max(range.end),
            None => files.push((path, range, offset)),
        }
    }
    let module = |(path, range, offset)| Module::read(path, range, offset);
    Some(files.into_iter().filter_map(module).collect())
}

/// `start-end rwxp offset dev inode path`; `None` for memory that no file is behind.
fn mapped_file(line: &str) -> Option<(Range<u64>, u64, PathBuf)> {
    let mut fields = line.splitn(6, ' ');
    let (start, end) = fields.next()?.split_once('-')?;
    let number = |text| u64::from_str_radix(text, 16).ok();
    let offset = number(fields.nth(1)?)?;
    let path = fields.nth(2)?.trim_start();
    path.starts_with('/')
        .then(|| Some((number(start)?..number(end)?, offset, path.into())))?
}

impl Module {
    /// Reads the file that lies at `range`, of which the first mapped byte is the one at `offset`.
    fn read(path: PathBuf, range: Range<u64>, offset: u64) -> Option<Module> {
        let about = fs::metadata(&path).ok()?;
        let bytes = fs::read(&path).ok()?;
        let file = object::File::parse(&*bytes).ok()?;
        let is_first = |segment: &object::Segment<'_, '_>| {
            let (start, size) = segment.file_range();
            (start..start + size).contains(&offset) || start == offset
        };
        let first = file.segments().find(is_first)?;
        let address = first.address() - first.file_range().0 + offset;
        let bias = range.start.wrapping_sub(address);
        Some(Module {
            id: (about.dev(), about.ino(), about.mtime(), about.mtime_nsec()),
            path,
            bytes,
            range,
            bias,
        })
    }

    /// What it is called.
    pub(super) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Where its address 0 would lie in the process's memory.
    pub(super) fn base(&self) -> u64 {
        self.bias
    }

    /// One of its sections.
    pub(super) fn section(&self, name: &str) -> Option<Section> {
        let file = object::File::parse(&*self.bytes).ok()?;
        let section = file.section_by_name(name)?;
        let start = section.address();
        Some(Section {
            addresses: start..start + section.size(),
            bytes: section.uncompressed_data().ok()?.into_owned(),
        })
    }

    /// For each of these instructions, by their addresses in the file, the line of the program's own source that it comes from;
    /// `None` if it comes from elsewhere, or if that is not known.
    pub(super) fn own_lines(&self, addresses: &[u64]) -> Vec<Option<(PathBuf, u32)>> {
        let file = object::File::parse(&*self.bytes).ok();
        file.and_then(|file| debug_info::own_lines(&file, addresses))
            .unwrap_or_else(|| vec![None; addresses.len()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_memory_with_a_file_behind_it_is_a_module() {
        let line =
            "55d0c000-55d0d000 r-xp 00001000 fe:00 1234                       /opt/my server";
        let read = mapped_file(line);
        assert_eq!(
            read,
            Some((0x55d0_c000..0x55d0_d000, 0x1000, "/opt/my server".into()))
        );
        assert_eq!(
            mapped_file("7ffd000-7ffe000 rw-p 00000000 00:00 0   [stack]"),
            None
        );
        assert_eq!(mapped_file("7ffd000-7ffe000 rw-p 00000000 00:00 0 "), None);
    }
}
