//! The folders that are written to.

use super::Check;
use crate::mounts::{has_other_writers, kind_of};
use crate::{build, exercise};
use rustix::fs::statvfs;
use std::fs;
use std::path::{Path, PathBuf};

const GIB: u64 = 1 << 30;
/// What is built for everything together takes about so much.
const ENOUGH: u64 = 3 * GIB;
/// What `verify` alone takes.
const LITTLE: u64 = GIB / 2;

/// Checks the folder that the workspace at `root` is built in.
pub(super) fn check(root: &Path, tell: &mut impl FnMut(Check)) {
    // Without cargo it is where cargo would have it if nobody wants it elsewhere.
    let target = build::target_folder(root).unwrap_or_else(|_| root.join("target"));
    let elsewhere = "export CARGO_TARGET_DIR=$HOME/.cache/sockets   (in ~/.profile, to keep it so)";
    tell(place(
        "build folder",
        &target,
        &mounts(),
        "building there is slow",
        elsewhere,
    ));
    tell(disk(&target));
}

/// Checks the folder of exercises.
pub(super) fn check_exercises(root: &Path, tell: &mut impl FnMut(Check)) {
    let move_it = format!("cp -r {} ~/sockets && cd ~/sockets", root.display());
    tell(place(
        "exercises",
        &root.join(exercise::FOLDER),
        &mounts(),
        "`watch` looks for changes by the clock there",
        &move_it,
    ));
}

/// What is mounted where; nothing, where the system does not say.
fn mounts() -> String {
    fs::read_to_string("/proc/self/mountinfo").unwrap_or_default()
}

fn place(what: &'static str, folder: &Path, mounts: &str, slow: &str, remedy: &str) -> Check {
    let there = existing(folder);
    let kind = kind_of(mounts, &there);
    let is_foreign = kind.is_some_and(is_foreign);
    let shown = match kind {
        Some(kind) => format!("{} ({kind})", folder.display()),
        None => folder.display().to_string(),
    };
    if rustix::fs::access(&there, rustix::fs::Access::WRITE_OK).is_err() {
        let remedy = format!("sudo chown -R $USER {}", there.display());
        return Check::needed(what, format!("{shown} may not be written to"), remedy);
    }
    match is_foreign {
        true => Check::optional(
            what,
            format!("{shown}: a Windows drive or a network folder; {slow}"),
            remedy,
        ),
        false => Check::well(what, shown),
    }
}

fn disk(target: &Path) -> Check {
    const WHAT: &str = "disk";
    let Ok(about) = statvfs(existing(target)) else {
        return Check::well(WHAT, "the system does not say how much is free");
    };
    let free = about.f_bavail.saturating_mul(about.f_frsize);
    let is = format!(
        "{:.1} GiB free for the build folder",
        free as f64 / GIB as f64
    );
    let remedy = "cargo clean   (or CARGO_TARGET_DIR on another disk)";
    match free {
        0..LITTLE => Check::needed(WHAT, is, remedy),
        LITTLE..ENOUGH => {
            Check::optional(WHAT, format!("{is}; all together takes about 3"), remedy)
        }
        _ => Check::well(WHAT, is),
    }
}

/// The folder, or the nearest around it that is there already.
fn existing(folder: &Path) -> PathBuf {
    let mut around = folder.ancestors();
    let there = around.find(|folder| folder.is_dir()).unwrap_or(folder);
    fs::canonicalize(there).unwrap_or_else(|_| there.to_owned())
}

/// Whether a file system of this type is a Windows drive, on the network, or the host's of a virtual machine.
fn is_foreign(kind: &str) -> bool {
    has_other_writers(kind) || matches!(kind, "exfat" | "ntfs3")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Found;

    #[test]
    fn a_windows_drive_is_told_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let folder = fs::canonicalize(folder.path()).unwrap();
        let on = |kind: &str| {
            let mounts = format!(
                "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 22 0:30 / {} rw - {kind} C:\\134 rw\n",
                folder.display()
            );
            place(
                "build folder",
                &folder.join("not/there/yet"),
                &mounts,
                "slow",
                "cp",
            )
            .found
        };
        assert!(matches!(on("ext4"), Found::Well(is) if is.ends_with("(ext4)")));
        let Found::Optional { without, remedy } = on("9p") else {
            panic!("a Windows drive is well");
        };
        assert!(without.contains("(9p): a Windows drive"), "{without}");
        assert_eq!(remedy, "cp");
    }
}
