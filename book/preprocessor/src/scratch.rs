//! A copy of the workspace, in which sessions may do what they like: apply patches, build, begin exercises.

use anyhow::{Context, Result, bail};
use harness::build::forget_own_package;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

/// The copy. It stays for the next time, so that little has to be built then.
pub(crate) struct Scratch {
    root: PathBuf,
    /// Where the copy is.
    pub(crate) folder: PathBuf,
}

impl Scratch {
    /// A copy of the workspace at `root`, built.
    ///
    /// # Errors
    /// It cannot be copied, or does not build.
    pub(crate) fn open(root: &Path) -> Result<Scratch> {
        let target =
            env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        let folder = root.join(target).join("book/one-thread");
        let scratch = Scratch {
            root: root.to_owned(),
            folder,
        };
        scratch.restore()?;
        let status = scratch.shell("cargo build --quiet --locked").status()?;
        if !status.success() {
            bail!(
                "the workspace does not build in {}",
                scratch.folder.display()
            );
        }
        Ok(scratch)
    }

    /// Makes the copy what the workspace is. What has not changed is not touched, so that it need not be built again.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub(crate) fn restore(&self) -> Result<()> {
        fs::create_dir_all(&self.folder)?;
        let wanted = names(&self.root, is_source)?;
        for name in names(&self.folder, |name| name != "target")?.difference(&wanted) {
            remove(&self.folder.join(name))?;
        }
        for name in &wanted {
            copy(&self.root.join(name), &self.folder.join(name))
                .with_context(|| format!("cannot copy {}", name.display()))?;
        }
        Ok(())
    }

    /// A shell that runs `line` here, with what it says on stderr and what it reads left to the caller.
    pub(crate) fn shell(&self, line: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", line]).current_dir(&self.folder);
        command.env_remove("CARGO_TARGET_DIR").stdin(Stdio::null());
        // Git must not take the copy for a part of the repository that it lies in.
        command.env(
            "GIT_CEILING_DIRECTORIES",
            self.folder.parent().unwrap_or(&self.folder),
        );
        command.env("NO_COLOR", "1");
        forget_own_package(&mut command);
        command
    }
}

/// Whether what has this name belongs to the sources: neither git's, nor built, nor the learner's own.
fn is_source(name: &OsStr) -> bool {
    let others = [".git", ".vscode", "exercises", "target"];
    !others.iter().any(|other| name == *other)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        let new = fs::read(from)?;
        if fs::read(to).ok().as_ref() != Some(&new) {
            fs::write(to, new)?;
        }
        return Ok(());
    }
    fs::create_dir_all(to)?;
    let wanted = names(from, |_| true)?;
    for name in names(to, |_| true)?.difference(&wanted) {
        remove(&to.join(name))?;
    }
    wanted
        .iter()
        .try_for_each(|name| copy(&from.join(name), &to.join(name)))
}

/// The names in a folder that are wanted.
fn names(folder: &Path, wanted: impl Fn(&OsStr) -> bool) -> Result<BTreeSet<OsString>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        names.insert(entry?.file_name());
    }
    names.retain(|name| wanted(name));
    Ok(names)
}

fn remove(path: &Path) -> Result<()> {
    match path.is_dir() {
        true => fs::remove_dir_all(path)?,
        false => fs::remove_file(path)?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    #[test]
    fn a_copy_is_made_equal_and_nothing_more_is_touched() {
        let (from, to) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        fs::create_dir(from.path().join("folder")).unwrap();
        for name in ["same", "folder/changed"] {
            fs::write(from.path().join(name), name).unwrap();
        }
        copy(from.path(), to.path()).unwrap();
        let time = || {
            fs::metadata(to.path().join("same"))
                .unwrap()
                .modified()
                .unwrap()
        };
        let before = time();
        fs::write(to.path().join("folder/changed"), "otherwise").unwrap();
        fs::write(to.path().join("folder/new"), "").unwrap();
        copy(from.path(), to.path()).unwrap();
        let now = fs::read_to_string(to.path().join("folder/changed")).unwrap();
        assert_eq!(now, "folder/changed");
        assert!(!to.path().join("folder/new").exists());
        assert_eq!(time(), before);
    }
}
