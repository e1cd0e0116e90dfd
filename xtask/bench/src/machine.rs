//! What a run was made on.

use crate::process::Places;
use anyhow::Result;
use bench_results::Machine;
use std::fs;
use std::path::Path;
use std::process::Command;

/// This machine.
pub(crate) fn machine(places: &Places) -> Result<Machine> {
    let system = rustix::system::uname();
    let word = |word: &std::ffi::CStr| word.to_string_lossy().into_owned();
    let release = word(system.release());
    Ok(Machine {
        cpu: cpu(&fs::read_to_string("/proc/cpuinfo").unwrap_or_default())
            .unwrap_or_else(|| word(system.machine())),
        cpus: places.count,
        kernel: format!("{} {release}", word(system.sysname())),
        pinned: places.in_words(),
    })
}

/// The model that /proc/cpuinfo names, if it does: not all architectures do.
fn cpu(information: &str) -> Option<String> {
    let line = information
        .lines()
        .find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The commit of the workspace, with `+` after it if files have changed since; `unknown` without git.
pub(crate) fn commit(root: &Path) -> String {
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        printed(command.arg("-C").arg(root).args(arguments))
    };
    // The results themselves are what changes when they are recorded.
    let changes = ["status", "--porcelain", "--", ".", ":!book/bench"];
    let changed = git(&changes).is_some_and(|changes| !changes.is_empty());
    let commit = git(&["rev-parse", "--short=10", "HEAD"]);
    let commit = commit.unwrap_or_else(|| "unknown".into());
    if changed { commit + "+" } else { commit }
}

/// The compiler's name and version.
pub(crate) fn rustc() -> String {
    let version = printed(Command::new("rustc").arg("--version"));
    let version = version.unwrap_or_else(|| "an unknown rustc".into());
    let mut words = version.split_whitespace();
    match (words.next(), words.next()) {
        (Some(name), Some(number)) => format!("{name} {number}"),
        _ => version,
    }
}

/// What a command that succeeds prints.
fn printed(command: &mut Command) -> Option<String> {
    let output = command
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_named_where_the_system_knows_its_name() {
        let text = "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\n\nprocessor\t: 1\n";
        assert_eq!(cpu(text).as_deref(), Some("Some CPU @ 2 GHz"));
        assert_eq!(cpu("processor\t: 0\n"), None);
    }
}
