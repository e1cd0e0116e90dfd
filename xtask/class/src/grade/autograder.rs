//! The zip file that Gradescope makes an autograder from.
//!
//! It has the course, so that the harness is built where it grades; the assignment, hidden scripts too, which stay with Gradescope;
//! and the two scripts that Gradescope runs.
//!
//! Source: <https://gradescope-autograders.readthedocs.io/en/latest/specs/>.

use crate::assignment::Assignment;
use anyhow::{Context, Result};
use std::fs::{self, File};
use std::io::{Seek, Write};
use std::path::Path;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Makes the machine ready, once.
const SETUP: &str = include_str!("autograder/setup.sh");
/// Grades one submission.
const RUN: &str = include_str!("autograder/run_autograder");
/// What of the course is made by tools, or is of no use for grading.
const LEFT: [&str; 5] = [".git", "target", "exercises", "node_modules", "book/src"];

/// Writes the zip file to `path`.
///
/// # Errors
/// The disk.
pub fn write(assignment: &Assignment, path: &Path) -> Result<()> {
    let within = || format!("cannot write {}", path.display());
    let file = File::create(path).with_context(within)?;
    let mut zip = ZipWriter::new(file);
    let program = SimpleFileOptions::default().unix_permissions(0o755);
    for (name, text) in [("setup.sh", SETUP), ("run_autograder", RUN)] {
        zip.start_file(name, program).with_context(within)?;
        zip.write_all(text.as_bytes()).with_context(within)?;
    }
    add(&mut zip, &assignment.course, Path::new("course"), &LEFT)?;
    add(&mut zip, &assignment.folder, Path::new("assignment"), &[])?;
    zip.finish().with_context(within)?;
    Ok(())
}

/// Adds what is in the folder `from`, but for what is `left`, as the folder `at`.
fn add<W: Write + Seek>(
    zip: &mut ZipWriter<W>,
    from: &Path,
    at: &Path,
    left: &[&str],
) -> Result<()> {
    let within = || format!("cannot read {}", from.display());
    let mut entries: Vec<_> = fs::read_dir(from)
        .with_context(within)?
        .collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        let to = at.join(&name);
        let inside = to.iter().skip(1).collect::<std::path::PathBuf>();
        if left.iter().any(|it| inside == Path::new(it)) {
            continue;
        }
        if kind.is_dir() {
            add(zip, &entry.path(), &to, left)?;
        } else if kind.is_file() {
            let bytes = fs::read(entry.path()).with_context(within)?;
            zip.start_file_from_path(&to, SimpleFileOptions::default())
                .with_context(within)?;
            zip.write_all(&bytes).with_context(within)?;
        }
    }
    Ok(())
}
