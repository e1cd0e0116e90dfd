//! What kind of file system a folder is on.

use std::path::Path;

/// The type of the file system that `folder` is on, by the text of /proc/self/mountinfo; `None` if that does not tell.
///
/// Source: proc_pid_mountinfo(5).
pub fn kind_of<'m>(mounts: &'m str, folder: &Path) -> Option<&'m str> {
    let mounts = mounts.lines().filter_map(|line| {
        let (place, kind) = line.split_once(" - ")?;
        // A space in it is written \040. A folder with one is then taken for what it is in, which is no harm.
        let point = Path::new(place.split(' ').nth(4)?);
        folder
            .starts_with(point)
            .then_some((point, kind.split(' ').next()?))
    });
    // A later mount covers an earlier one at the same place.
    mounts
        .max_by_key(|(point, _)| point.components().count())
        .map(|(_, kind)| kind)
}

/// Whether a file system of this type has other writers than this system: WSL's Windows drives, the network, the host of
/// a virtual machine.
pub fn has_other_writers(kind: &str) -> bool {
    const KINDS: [&str; 11] = [
        "9p", "afs", "ceph", "cifs", "drvfs", "nfs", "nfs4", "prl_fs", "smb3", "vboxsf", "virtiofs",
    ];
    KINDS.contains(&kind) || kind.starts_with("fuse")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
30 22 0:30 / /mnt/c rw,noatime shared:5 - 9p C:\\134 rw,dirsync
31 22 0:31 / /home/ada/net rw - nfs4 server:/x rw
";

    #[test]
    fn a_windows_drive_and_a_network_folder_have_other_writers() {
        for (folder, kind, silent) in [
            ("/home/ada/sockets", "ext4", false),
            ("/mnt/c/sockets", "9p", true),
            ("/mnt/cd", "ext4", false),
            ("/home/ada/net/sockets", "nfs4", true),
        ] {
            assert_eq!(kind_of(MOUNTS, Path::new(folder)), Some(kind), "{folder}");
            assert_eq!(has_other_writers(kind), silent, "{kind}");
        }
        assert!(has_other_writers("fuse.sshfs"));
    }
}
