//! Who a program runs as.

use anyhow::{Context, Result};
use rustix::process::{Gid, Uid, geteuid};
use rustix::thread::{
    CapabilitiesSecureBits, CapabilitySet, capabilities, configure_capability_in_ambient_set,
    set_capabilities, set_capabilities_secure_bits, set_thread_groups, set_thread_res_gid,
    set_thread_res_uid,
};
use std::{fs, io};

/// The first of the users that submissions run as where the grader is root. They have no name, and nobody else uses them.
const FIRST: u32 = 64_000;

/// The user of the submission that is graded in a slot, if this process is root. Root's processes are not counted, and root's files
/// are everywhere: a submission must not be root.
pub fn own_user(slot: usize) -> Option<u32> {
    let slot = u32::try_from(slot).unwrap_or(u32::MAX - FIRST);
    is_root().then_some(FIRST + slot)
}

/// Whether this process is root.
pub fn is_root() -> bool {
    geteuid().is_root()
}

/// Makes this process, which has one thread and is root, one that is `user` too, beside being root: so it may change the limits of
/// that user's processes (prlimit(2), which asks for the real user's number) where root is not allowed to, as in containers.
///
/// # Errors
/// It is not root.
pub fn be_also(user: u32) -> io::Result<()> {
    set_thread_res_gid(Gid::from_raw(user), None, None)?;
    Ok(set_thread_res_uid(Uid::from_raw(user), None, None)?)
}

/// In a new user namespace, stays who it was before.
pub(super) fn stay(user: Uid, group: Gid) -> io::Result<()> {
    let (user, group) = (user.as_raw(), group.as_raw());
    fs::write("/proc/self/setgroups", "deny")?; // else nobody but root may write the next but one
    fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
    fs::write("/proc/self/gid_map", format!("{group} {group} 1"))
}

/// Makes this process, which has one thread and is root, one of `user`.
///
/// # Errors
/// It is not root.
pub(super) fn become_user(user: u32) -> Result<()> {
    keep_reading().context("cannot give up being root")?;
    let (uid, gid) = (Uid::from_raw(user), Gid::from_raw(user));
    set_thread_groups(&[]).context("cannot leave the groups")?;
    set_thread_res_gid(gid, gid, gid).context("cannot change the group")?;
    set_thread_res_uid(uid, uid, uid).context("cannot change the user")
}

/// Root's toolchain often lies where only root can read it, below /root. So the right to read is kept over the change of the user
/// and the exec that follows, as the only one (capabilities(7)); *what* may be read, Landlock says. Where there is no Landlock,
/// it is not kept.
fn keep_reading() -> io::Result<()> {
    if !super::fences::has_landlock() {
        return Ok(());
    }
    set_capabilities_secure_bits(CapabilitiesSecureBits::NO_SETUID_FIXUP)?;
    let mut sets = capabilities(None)?;
    sets.inheritable = CapabilitySet::DAC_READ_SEARCH;
    set_capabilities(None, sets)?;
    Ok(configure_capability_in_ambient_set(
        CapabilitySet::DAC_READ_SEARCH,
        true,
    )?)
}
