//! Folders with all that is in them.

use anyhow::{Context, Result};
use std::fs::{self, File, FileTimes};
use std::io;
use std::os::unix::fs::{chown, lchown};
use std::path::Path;

/// Copies the folder `from` to `to`, which may be there. The times of its files stay: by them cargo knows what is built.
///
/// # Errors
/// The disk.
pub(super) fn copy(from: &Path, to: &Path) -> Result<()> {
    copy_folder(from, to)
        .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        let file = entry.metadata()?;
        if file.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else if file.is_file() {
            fs::copy(entry.path(), &target)?;
            let times = FileTimes::new().set_modified(file.modified()?);
            File::options()
                .write(true)
                .open(&target)?
                .set_times(times)?;
        }
    }
    Ok(())
}

/// Makes everything in `folder`, and the folder, that of `user`.
///
/// # Errors
/// This process is not root.
pub(super) fn give_to(folder: &Path, user: u32) -> Result<()> {
    give(folder, user).with_context(|| format!("cannot give {} away", folder.display()))
}

fn give(folder: &Path, user: u32) -> io::Result<()> {
    chown(folder, Some(user), Some(user))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => give(&entry.path(), user)?,
            false => lchown(entry.path(), Some(user), Some(user))?,
        }
    }
    Ok(())
}
