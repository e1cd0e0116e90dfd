//! A workspace in which a learner works, and what they type there.

#[path = "../linked/mod.rs"]
mod linked;

use assert_cmd::Command;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;

/// A workspace of links, so that exercises in it are nobody's.
pub(crate) fn workspace() -> TempDir {
    let copy = linked::without_lessons();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    symlink(root.join("lessons"), copy.path().join("lessons")).unwrap();
    copy
}

/// Where all of them are built.
pub(crate) fn target() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("exercises")
}

/// One test builds at a time, from its `start` on: to cargo, packages at the same place of two workspaces are the same,
/// and a file that is older than the last build has not changed.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static BUILDS: Mutex<()> = Mutex::new(());
    BUILDS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `cargo xtask` with these words, which are parted by spaces.
pub(crate) fn xtask(root: &TempDir, words: &str) -> assert_cmd::assert::Assert {
    Command::cargo_bin("xtask")
        .unwrap()
        .current_dir(root.path())
        .env("CARGO_TARGET_DIR", target())
        .env("CARGO_NET_OFFLINE", "true")
        .args(words.split(' '))
        .assert()
}
