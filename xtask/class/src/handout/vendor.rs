//! Brings the crates along: `cargo vendor`, without the sources of what neither Linux nor macOS builds.
//!
//! cargo wants a folder for every crate of Cargo.lock, also for one that only Windows needs. Of such a crate the manifest stays, which
//! cargo reads to settle versions and features; its sources are left out. Of what is built nothing is left out.

use crate::cargo;
use anyhow::{Context, Result};
use harness::build;
use harness::words::{amount, count};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use toml::Value;

/// The folder that they are in.
pub(super) const FOLDER: &str = "vendor";

/// Where students may build.
const PLATFORMS: [&str; 6] = [
    "x86_64-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-gnu",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
];

/// Brings the crates of the workspace in `place` along; those that another workspace `like` it has brought already, if there is one.
/// Says how much it is.
pub(super) fn bring_crates(place: &Path, like: Option<&Path>) -> Result<String> {
    let vendor = place.join(FOLDER);
    match like {
        Some(like) => {
            copy(&like.join(FOLDER), &vendor)?;
            let config = ".cargo/config.toml";
            fs::copy(like.join(config), place.join(config))?;
        }
        None => {
            // Before cargo is told to look into the folder.
            let needed = needed(place)?;
            let config = vendored(place)?;
            leave_out(&vendor, &needed)?;
            let file = place.join(".cargo/config.toml");
            let old = fs::read_to_string(&file)?;
            fs::write(&file, format!("{old}\n{config}"))?;
        }
    }
    let crates = fs::read_dir(&vendor)?.count();
    Ok(format!(
        "{}, {}",
        count(crates, "crate", "crates"),
        amount(size(&vendor)?)
    ))
}

/// Has cargo copy all crates; returns what cargo's configuration must say.
fn vendored(place: &Path) -> Result<String> {
    let mut command = build::cargo(place);
    command.args(["vendor", "--locked", FOLDER]);
    String::from_utf8(cargo::output(&mut command, "copy the crates")?)
        .context("cargo vendor says what is no text")
}

/// What is read of cargo's metadata.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
}

/// The crates that are built on some platform: names and versions.
fn needed(place: &Path) -> Result<BTreeSet<(String, String)>> {
    let mut needed = BTreeSet::new();
    for platform in PLATFORMS {
        let mut command = build::cargo(place);
        command
            .args(["metadata", "--format-version=1", "--locked"])
            .args(["--filter-platform", platform]);
        let told = cargo::output(&mut command, "list the crates")?;
        let metadata: Metadata =
            serde_json::from_slice(&told).context("cargo's metadata is not understood")?;
        let ids: BTreeSet<String> = metadata.resolve.nodes.into_iter().map(|it| it.id).collect();
        let built = metadata
            .packages
            .into_iter()
            .filter(|it| ids.contains(&it.id));
        needed.extend(built.map(|it| (it.name, it.version)));
    }
    Ok(needed)
}

/// Leaves out the sources of all crates in `vendor` but those that are needed.
fn leave_out(vendor: &Path, needed: &BTreeSet<(String, String)>) -> Result<()> {
    for entry in fs::read_dir(vendor)? {
        let folder = entry?.path();
        let text = fs::read_to_string(folder.join("Cargo.toml"))?;
        let manifest: toml::Table = toml::from_str(&text)?;
        let about = |key: &str| {
            let value = manifest.get("package").and_then(|it| it.get(key));
            value.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        if !needed.contains(&(about("name"), about("version"))) {
            empty(&folder, &text)
                .with_context(|| format!("cannot leave out {}", folder.display()))?;
        }
    }
    Ok(())
}

/// Leaves of a crate its manifest, an empty library, and whose checksum Cargo.lock asks for.
fn empty(folder: &Path, manifest: &str) -> Result<()> {
    let checksums = folder.join(".cargo-checksum.json");
    let known: serde_json::Value = serde_json::from_str(&fs::read_to_string(&checksums)?)?;
    let left = serde_json::json!({ "files": {}, "package": known["package"] });
    fs::remove_dir_all(folder)?;
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::write(
        folder.join("src/lib.rs"),
        "// Left out: it is not needed on Linux or macOS.\n",
    )?;
    fs::write(checksums, left.to_string())?;
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        match path.is_dir() {
            true => copy(&path, &copied)?,
            false => drop(fs::copy(&path, &copied)?),
        }
    }
    Ok(())
}

/// Bytes in the files of `folder`.
fn size(folder: &Path) -> Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        sum += match entry.file_type()?.is_dir() {
            true => size(&entry.path())?,
            false => entry.metadata()?.len(),
        };
    }
    Ok(sum)
}
