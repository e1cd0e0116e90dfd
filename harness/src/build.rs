//! Builds the lessons' programs, and knows where cargo put them.

mod messages;

use crate::library_tests;
use anyhow::{Context, Result, bail};
use messages::{diagnostics, executables, pass_on};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, io, thread};

/// What was built of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The program of its name.
    pub program: PathBuf,
    /// The program of its tests, if there are some that [judge](crate::library_tests) its library.
    pub tests: Option<PathBuf>,
}

impl Built {
    /// What there is of `package` among all that was built; nothing, if its program is not.
    pub fn of(all: &BTreeMap<String, PathBuf>, package: &str) -> Option<Built> {
        Some(Built {
            program: all.get(package)?.clone(),
            tests: all.get(&library_tests::program_of(package)).cloned(),
        })
    }
}

/// Adds to a build the tests that judge libraries, beside the programs.
fn add_tests(command: &mut Command) {
    let all = library_tests::program_of("*");
    command.args(["--bins", "--test", &all]);
}

/// Builds the program of each of `packages` of the workspace at `root` in one go; each package's program has the
/// package's name. What cargo says goes to stderr; nothing is said when there was nothing to do.
///
/// # Errors
/// There is no cargo, or the program does not build; cargo has said why.
pub fn programs(root: &Path, packages: &[&str]) -> Result<BTreeMap<String, PathBuf>> {
    let command = cargo_build_of(root, packages);
    let (succeeded, built) = build(command, Said::PassedOn)?;
    if !succeeded {
        match packages {
            [one] => bail!("the lesson's program {one} does not build"),
            _ => bail!("the lessons' programs do not build"),
        }
    }
    for package in packages {
        if !built.contains_key(*package) {
            bail!("the package {package} has no program of its own name");
        }
    }
    Ok(built)
}

/// Builds the program of one package of the workspace at `root`, as [`programs`] does.
///
/// # Errors
/// Those of [`programs`].
pub fn program(root: &Path, package: &str) -> Result<PathBuf> {
    let mut built = programs(root, &[package])?;
    built
        .remove(package)
        .with_context(|| format!("cargo did not say where {package} is"))
}

/// Builds the programs of the exercises `packages` in the workspace of exercises in the folder `workspace`, and the tests that
/// judge them, if they `have_tests`.
///
/// # Errors
/// There is no cargo, or the program does not build; cargo has said why.
pub fn exercises(
    workspace: &Path,
    packages: &[&str],
    have_tests: bool,
) -> Result<BTreeMap<String, PathBuf>> {
    // In its own folder, since that says where it is built.
    let mut command = cargo_build_of(workspace, packages);
    if have_tests {
        add_tests(&mut command);
    }
    match build(command, Said::PassedOn)? {
        (true, built) => Ok(built),
        (false, _) if packages.len() == 1 => bail!("your program does not build"),
        (false, _) => bail!("your programs do not build"),
    }
}

/// Builds the workspace with the Cargo.toml `manifest` as [`whatever_builds`] does. Returns the programs that were built,
/// and what the compiler has to say, warnings too.
///
/// # Errors
/// There is no cargo, or it cannot read the workspace; it has said why.
pub(crate) fn with_diagnostics(
    root: &Path,
    manifest: &Path,
    target: &Path,
    have_tests: bool,
) -> Result<(BTreeMap<String, PathBuf>, Vec<String>)> {
    let mut command = cargo(root);
    command
        .args(["build", "--quiet", "--message-format=json"])
        .args(["--workspace", "--keep-going", "--manifest-path"])
        .arg(manifest)
        .arg("--target-dir")
        .arg(target)
        .stderr(Stdio::inherit());
    if have_tests {
        add_tests(&mut command);
    }
    let output = command
        .output()
        .context("cannot run cargo, which builds the exercises")?;
    let said = diagnostics(&output.stdout);
    if !output.status.success() && said.is_empty() {
        bail!("the exercises do not build");
    }
    Ok((executables(&*output.stdout), said))
}

/// Builds what it can of the workspace with the Cargo.toml `manifest`, in the surroundings of the workspace at `root`
/// and into the same `target` folder: what both depend on is built once. Returns the programs that were built; of
/// the others, cargo says what is wrong with them, if what is `said` is passed on.
///
/// # Errors
/// There is no cargo.
pub(crate) fn whatever_builds(
    root: &Path,
    manifest: &Path,
    target: &Path,
    said: Said,
    have_tests: bool,
) -> Result<BTreeMap<String, PathBuf>> {
    let mut command = cargo_build(root);
    command
        .args(["--workspace", "--keep-going"])
        .arg("--manifest-path")
        .arg(manifest)
        .arg("--target-dir")
        .arg(target);
    if have_tests {
        add_tests(&mut command);
    }
    let (_, built) = build(command, said)?;
    Ok(built)
}

/// Builds the programs of `packages` of the workspace at `root`, the exercises' or this one, to be fast; each by its own
/// name.
///
/// # Errors
/// There is no cargo, or something does not build; cargo has said why.
pub fn optimized(root: &Path, packages: &[&str]) -> Result<BTreeMap<String, PathBuf>> {
    let mut command = cargo_build_of(root, packages);
    command.arg("--release");
    match build(command, Said::PassedOn)? {
        (true, built) => Ok(built),
        (false, _) => bail!("not all of these build: {}", packages.join(", ")),
    }
}

/// The folder that the workspace at `root` is built in.
///
/// # Errors
/// There is no cargo, or it cannot read the workspace.
pub fn target_folder(root: &Path) -> Result<PathBuf> {
    let output = cargo(root)
        .args(["metadata", "--format-version=1", "--no-deps"])
        .output()
        .context("cannot run cargo, which knows where programs are built")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("cargo cannot read the workspace: {}", said.trim());
    }
    let metadata: Metadata =
        serde_json::from_slice(&output.stdout).context("cargo's metadata is not understood")?;
    Ok(metadata.target_directory)
}

/// What is read of cargo's metadata.
#[derive(Deserialize)]
struct Metadata {
    target_directory: PathBuf,
}

/// What becomes of what cargo says while it builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    /// It goes to stderr.
    PassedOn,
    /// Nobody hears it.
    Dropped,
}

/// Runs the build `command`. Whether it succeeded, and the programs that were built, by name.
fn build(mut command: Command, heard: Said) -> Result<(bool, BTreeMap<String, PathBuf>)> {
    let mut child = command
        .spawn()
        .context("cannot run cargo, which builds the lessons' programs")?;
    let said = child.stderr.take();
    let messages = child.stdout.take();
    let built = thread::scope(|scope| {
        scope.spawn(|| {
            said.map(|said| match heard {
                Said::PassedOn => pass_on(said, &mut io::stderr()),
                Said::Dropped => pass_on(said, &mut io::sink()),
            })
        });
        messages.map(executables).unwrap_or_default()
    });
    let status = child.wait().context("cannot wait for cargo")?;
    Ok((status.success(), built))
}

/// A `cargo build` of `packages` in the folder `root`.
fn cargo_build_of(root: &Path, packages: &[&str]) -> Command {
    let mut command = cargo_build(root);
    command.args(packages.iter().flat_map(|package| ["-p", package]));
    command
}

/// A `cargo build` in the folder `root`, without the packages.
fn cargo_build(root: &Path) -> Command {
    let mut command = cargo(root);
    command
        .args(["build", "--message-format=json-render-diagnostics"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // cargo's stderr is a pipe, so it has to be told when there is a terminal behind it.
    if env::var_os("CARGO_TERM_COLOR").is_none() && in_colour(&io::stderr()) {
        command.env("CARGO_TERM_COLOR", "always");
    }
    command
}

/// A cargo in the folder `root`, told nothing about the package of this program.
pub fn cargo(root: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).stdin(Stdio::null());
    forget_own_package(&mut command);
    command
}

/// Keeps from `command`, which is or starts cargo, what cargo has said to this program about its own package.
pub fn forget_own_package(command: &mut Command) {
    for (name, _) in env::vars_os() {
        if tells_about_a_package(&name) {
            command.env_remove(name);
        }
    }
}

/// Whether this is a variable in which cargo tells a program that it runs (`cargo xtask`) about that program's own
/// package. A build script that looks at one would be run again by each change between `cargo xtask` and cargo alone.
///
/// Source: The Cargo Book, "Environment Variables", "Environment variables Cargo sets for crates".
fn tells_about_a_package(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("CARGO_PKG_")
        || name.starts_with("CARGO_BIN_EXE_")
        || matches!(
            &*name,
            "CARGO_MANIFEST_DIR"
                | "CARGO_MANIFEST_PATH"
                | "CARGO_CRATE_NAME"
                | "CARGO_BIN_NAME"
                | "CARGO_PRIMARY_PACKAGE"
                | "OUT_DIR"
        )
}

/// Whether `stream` should have colour: it is a terminal, or the user wants colour wherever it goes, and has not asked
/// for none.
///
/// Source: <https://no-color.org>, <https://bixense.com/clicolors>.
pub fn in_colour(stream: &impl IsTerminal) -> bool {
    let unset_or_empty = |value: Option<OsString>| value.is_none_or(|value| value.is_empty());
    let forced =
        env::var_os("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0");
    (stream.is_terminal() || forced)
        && unset_or_empty(env::var_os("NO_COLOR"))
        && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cargo_says_about_a_package_is_hidden_from_it() {
        for name in ["CARGO_PKG_NAME", "CARGO_MANIFEST_DIR", "OUT_DIR"] {
            assert!(tells_about_a_package(OsStr::new(name)), "{name}");
        }
        for name in ["CARGO_HOME", "CARGO_TARGET_DIR", "RUSTFLAGS", "PATH"] {
            assert!(!tells_about_a_package(OsStr::new(name)), "{name}");
        }
    }
}
