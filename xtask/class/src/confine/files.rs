//! The files that a program can reach, by Landlock (landlock(7)).

use super::{Confinement, Network};
use anyhow::{Context, Result};
use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr,
    RulesetCreatedAttr, Scope, path_beneath_rules,
};
use std::path::PathBuf;

/// The newest rights that are asked for. An older kernel is asked for those that it has.
const NEWEST: ABI = ABI::V6;

/// What a program that is linked dynamically needs to begin.
const LIBRARIES: [&str; 8] = [
    "/lib",
    "/lib32",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/etc/ld.so.cache",
    "/nix/store",
    "/gnu/store",
];

/// What a compiler and a linker need beside the Rust toolchain.
const TOOLS: [&str; 5] = [
    "/bin",
    "/usr",
    "/etc/alternatives",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
];

/// Devices that hold nothing.
const DEVICES: [&str; 2] = ["/dev/null", "/dev/zero"];

/// Chance.
const RANDOM: [&str; 2] = ["/dev/random", "/dev/urandom"];

/// What every program may read.
pub fn libraries() -> impl Iterator<Item = PathBuf> {
    LIBRARIES.iter().chain(&RANDOM).map(PathBuf::from)
}

/// What compilers and linkers may read beside that.
pub fn tools() -> impl Iterator<Item = PathBuf> {
    TOOLS.iter().map(PathBuf::from)
}

/// Restricts this process to the files of `asked`, and to no other process: it can signal and trace only its own
/// descendants and peers. Where the kernel has no Landlock this does nothing.
///
/// # Errors
/// The kernel has Landlock and refuses.
pub(super) fn restrict(asked: &Confinement) -> Result<()> {
    let all = AccessFs::from_all(NEWEST);
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(all)?
        .scope(Scope::from_all(NEWEST))?;
    if asked.network != Network::Shared {
        // No rule allows any port.
        rules = rules.handle_access(AccessNet::from_all(NEWEST))?;
    }
    // What is not there needs no rule.
    rules
        .create()
        .context("the kernel makes no Landlock rules")?
        .add_rules(path_beneath_rules(
            &asked.reads,
            AccessFs::from_read(NEWEST),
        ))?
        .add_rules(path_beneath_rules(&asked.writes, all))?
        .add_rules(path_beneath_rules(DEVICES, AccessFs::from_file(NEWEST)))?
        .restrict_self()
        .context("Landlock does not take its rules")?;
    Ok(())
}
