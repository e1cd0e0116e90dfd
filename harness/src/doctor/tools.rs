//! The programs that build, and those that are of use beside them.

use super::Check;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The oldest Rust that will do.
const OLDEST: &str = env!("CARGO_PKG_RUST_VERSION");

/// Checks what builds.
pub(super) fn check(tell: &mut impl FnMut(Check)) {
    let cargo = cargo();
    tell(match version(&cargo) {
        Some(version) => Check::well("cargo", version),
        None => Check::needed("cargo", "cargo does not run", UPDATE),
    });
    let rustc = beside(&cargo, "rustc");
    tell(of_rust(version(&rustc)));
    tell(linker(&rustc));
    for (tool, of_use) in [
        ("rustfmt", "formats your program"),
        ("cargo-clippy", "says what can be written better"),
        ("rust-analyzer", "tells your editor what it edits"),
    ] {
        let name = tool.strip_prefix("cargo-").unwrap_or(tool);
        tell(match version(&beside(&cargo, tool)) {
            Some(version) => Check::well(name, version),
            None => Check::optional(
                name,
                format!("it {of_use}"),
                format!("rustup component add {name}"),
            ),
        });
    }
}

/// Checks what nothing depends on.
pub(super) fn check_others(tell: &mut impl FnMut(Check)) {
    for (tool, package, of_use) in [
        (
            "git",
            "git",
            "applies the known-bad servers' patches by hand",
        ),
        (
            "python3",
            "python3",
            "runs servers in Python, `--program 'python3 server.py'`",
        ),
        ("cc", "gcc", "compiles servers in C"),
        (
            "nc",
            "netcat-openbsd",
            "is a client, as `cargo xtask connect` is; a server, too, with -l",
        ),
    ] {
        tell(match find(tool) {
            Some(file) => Check::well(tool, file.display().to_string()),
            None => Check::optional(tool, format!("it {of_use}"), install(package)),
        });
    }
}

const UPDATE: &str = "rustup update stable   (https://rustup.rs installs rustup)";

fn of_rust(version: Option<String>) -> Check {
    let Some(version) = version else {
        return Check::needed("rust", "rustc does not run", UPDATE);
    };
    match is_old(&version) {
        true => Check::needed("rust", format!("{version}; {OLDEST} is needed"), UPDATE),
        false => Check::well("rust", version),
    }
}

/// Whether `version`, as in `rustc 1.85.1 (4eb161250 2025-03-15)`, is older than what is needed.
fn is_old(version: &str) -> bool {
    let numbers = |text: &str| -> Vec<u32> {
        let parts = text.split(['.', '-']);
        parts.map_while(|part| part.parse().ok()).collect()
    };
    let number = version.split(' ').find(|word| word.contains('.'));
    number.is_some_and(|number| numbers(number) < numbers(OLDEST))
}

/// Builds the smallest program there is: that takes a linker and what the linker needs.
fn linker(rustc: &Path) -> Check {
    const WHAT: &str = "linker";
    let Ok(folder) = tempfile::tempdir() else {
        let without = format!("nothing can be written to {}", env::temp_dir().display());
        return Check::needed(WHAT, without, "export TMPDIR=$HOME");
    };
    let (source, program) = (folder.path().join("a.rs"), folder.path().join("a"));
    let built = fs::write(&source, "fn main() {}\n").and_then(|()| {
        let mut command = Command::new(rustc);
        command
            .arg(&source)
            .arg("-o")
            .arg(&program)
            .stdin(Stdio::null());
        command.output()
    });
    match built {
        Ok(output) if output.status.success() => Check::well(WHAT, "builds a program"),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            let first = said.lines().find(|line| line.starts_with("error"));
            Check::needed(WHAT, first.unwrap_or("it builds no program"), c_compiler())
        }
        Err(error) => Check::needed(WHAT, format!("cannot be tried: {error}"), UPDATE),
    }
}

fn c_compiler() -> String {
    match (cfg!(target_os = "macos"), Packages::here()) {
        (true, _) => "xcode-select --install".into(),
        (_, Packages::Apt) => install("gcc libc6-dev"),
        (_, Packages::Alpine) => install("gcc musl-dev"),
        _ => install("gcc"),
    }
}

/// How software is installed here.
enum Packages {
    Apt,
    Dnf,
    Pacman,
    Alpine,
    Brew,
}

impl Packages {
    fn here() -> Packages {
        // Not by PATH, which may be what is wrong.
        let has = |file| Path::new(file).is_file();
        match () {
            () if cfg!(target_os = "macos") => Packages::Brew,
            () if has("/usr/bin/dnf") => Packages::Dnf,
            () if has("/usr/bin/pacman") => Packages::Pacman,
            () if has("/sbin/apk") => Packages::Alpine,
            () => Packages::Apt,
        }
    }
}

/// What to type to get a package, by its name in Debian.
fn install(package: &str) -> String {
    match Packages::here() {
        Packages::Apt => format!("sudo apt install {package}"),
        Packages::Dnf => format!(
            "sudo dnf install {}",
            package.replace("netcat-openbsd", "nmap-ncat")
        ),
        Packages::Pacman => format!(
            "sudo pacman -S {}",
            package
                .replace("netcat-openbsd", "openbsd-netcat")
                .replace("python3", "python")
        ),
        Packages::Alpine => format!("sudo apk add {package}"),
        Packages::Brew => format!(
            "brew install {}",
            package.replace("netcat-openbsd", "netcat")
        ),
    }
}

/// The cargo that has started this, or the one that a shell finds.
fn cargo() -> PathBuf {
    env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}

/// The program `name` of the same toolchain as `cargo`; the one that a shell finds, if there is none.
fn beside(cargo: &Path, name: &str) -> PathBuf {
    let sibling = cargo.with_file_name(name);
    match cargo.is_absolute() && sibling.is_file() {
        true => sibling,
        false => name.into(),
    }
}

/// The first line of what `program --version` prints, if it runs.
fn version(program: &Path) -> Option<String> {
    let mut command = Command::new(program);
    let output = command
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let first = text.lines().next()?.trim().to_owned();
    output.status.success().then_some(first)
}

/// Where a shell finds `program`.
fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_rust_is_told_from_a_new_one() {
        for (version, old) in [
            ("rustc 1.87.0 (17067e9ac 2025-05-09)", true),
            ("rustc 1.88.0 (6b00bc388 2025-06-23)", false),
            ("rustc 1.100.0-nightly (6b00bc388 2026-06-23)", false),
            ("rustc 2.0.0", false),
            ("rustc", false), // Who knows.
        ] {
            assert_eq!(is_old(version), old, "{version}");
        }
    }
}
