//! `cargo xtask verify` of a lesson's own program where something is missing: descriptors, /proc, or the right to it. What cannot be
//! checked there is skipped, in words.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::path::Path;
use std::process::{Command, Output};

/// A shell in which `line` is run, after what it needs was built; `"$0"` is the command line's binary.
fn shell(line: &str) -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let xtask = assert_cmd::cargo::cargo_bin!("xtask");
    let normal = Command::new(xtask)
        .args(["verify", "03", "--script", "hello"])
        .current_dir(root)
        .output()
        .unwrap();
    assert!(normal.status.success(), "{}", told(&normal));
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).arg(xtask).current_dir(root);
    shell
}

fn told(output: &Output) -> String {
    let both = [output.stdout.as_slice(), &output.stderr];
    both.map(String::from_utf8_lossy).concat()
}

#[test]
fn with_few_descriptors_small_scripts_pass_and_big_ones_are_skipped() {
    let output = shell("ulimit -n 64 && exec \"$0\" verify 03")
        .output()
        .unwrap();
    let told = told(&output);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("\nskipped hundred-clients: "), "{told}");
    assert!(told.contains("ulimit -n"), "{told}");
    assert!(
        told.contains("\n17 passed, 0 failed, 2 skipped in "),
        "{told}"
    );
}

#[test]
fn a_low_soft_limit_is_raised() {
    let output = shell("ulimit -S -n 64 && exec \"$0\" verify 03 --script hundred-clients")
        .output()
        .unwrap();
    let told = told(&output);
    assert!(told.contains("\n1 passed, 0 failed in "), "{told}");
}

#[test]
fn without_proc_what_needs_it_is_skipped() {
    let hide =
        "unshare --mount --map-root-user sh -c 'mount -t tmpfs none /proc && exec \"$@\"' sh";
    // Not every system lets everybody have file systems of their own: then there is nothing to see here.
    if !shell(&format!("{hide} true")).status().unwrap().success() {
        return;
    }
    let output = shell(&format!("{hide} \"$0\" verify 03 --script hello"))
        .output()
        .unwrap();
    let told = told(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("\nskipped hello: "), "{told}");
    assert!(told.contains("/proc"), "{told}");
    assert!(
        told.contains("\n0 passed, 0 failed, 1 skipped in "),
        "{told}"
    );
}
