//! Cargo.toml of the workspace that known-bad programs are built in, and of each of them.

use crate::lesson::Lesson;
use crate::library_tests;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;
use toml::{Table, Value};

/// The Cargo.toml of the workspace at `root` with other members: what they inherit, and the profiles.
/// Paths of it are made absolute, since it is written somewhere else.
pub(crate) fn of_workspace(root: &Path, members: Vec<String>) -> Result<Table> {
    let mut manifest = read(&root.join("Cargo.toml"))?;
    let Some(workspace) = manifest.get_mut("workspace").and_then(Value::as_table_mut) else {
        bail!("{} is no workspace's", root.join("Cargo.toml").display());
    };
    workspace.insert("members".into(), members.into());
    workspace.remove("exclude");
    workspace.remove("default-members");
    make_absolute(workspace.get_mut("dependencies"), root);
    drop_own_profiles(&mut manifest);
    Ok(manifest)
}

/// Takes out how the workspace's own packages are built: no other one has them, and cargo would wonder at them.
fn drop_own_profiles(manifest: &mut Table) {
    let dependencies = manifest["workspace"].get("dependencies").cloned();
    let is_own = |name: &str| {
        let dependency = dependencies.as_ref().and_then(|all| all.get(name));
        dependency.is_some_and(|it| it.get("path").is_some())
    };
    let profiles = manifest.get_mut("profile").and_then(Value::as_table_mut);
    for (_, profile) in profiles.into_iter().flatten() {
        if let Some(packages) = profile.get_mut("package").and_then(Value::as_table_mut) {
            packages.retain(|name, _| !is_own(name));
        }
    }
}

/// Has cargo build without what would speed up the next build of the same package (`incremental`): a variant is built once, and
/// that takes a third less.
pub(super) fn keep_nothing_between_builds(workspace: &mut Table) -> Result<()> {
    let empty = || Value::Table(Table::new());
    let profiles = workspace.entry("profile").or_insert_with(empty);
    let profiles = profiles.as_table_mut().context("[profile] is no table")?;
    let dev = profiles.entry("dev").or_insert_with(empty);
    let dev = dev.as_table_mut().context("[profile.dev] is no table")?;
    dev.insert("incremental".into(), false.into());
    Ok(())
}

/// The Cargo.toml that a copy of `lesson` has under the name `package`, and that of its library, if it has one.
///
/// Of several packages in one workspace each has a name of its own, and so have their programs and libraries: cargo
/// puts them all into one folder. The program goes on using its library under the old name, which takes a package of
/// the library's own: only a dependency can be renamed.
pub(super) fn of_variant(
    lesson: &Lesson,
    package: &str,
    has_library: bool,
) -> Result<(Table, Option<Table>)> {
    let (common, old_name) = common(lesson)?;
    let mut program = common.clone();
    rename(&mut program, package)?;
    if let Some((name, path)) = library_tests::target_of(lesson, package) {
        let test = table([("name", name.into()), ("path", path.into())]);
        program.insert("test".into(), vec![test].into());
    }
    if !has_library {
        return Ok((program, None));
    }
    let library_name = library_of(package);
    let mut library = common;
    rename(&mut library, &library_name)?;
    let code = format!("../{package}/src/lib.rs");
    library.insert("lib".into(), table([("path", code.into())]));
    let renamed = table([
        ("path", format!("../{library_name}").into()),
        ("package", library_name.into()),
    ]);
    program
        .entry("dependencies")
        .or_insert_with(|| table([]))
        .as_table_mut()
        .context("[dependencies] is no table")?
        .insert(old_name, renamed);
    Ok((program, Some(library)))
}

/// What all packages made of `lesson` have in common, and what its program calls its library, if it has one.
fn common(lesson: &Lesson) -> Result<(Table, String)> {
    let folder = lesson.root.join(lesson.package_folder());
    let mut manifest = read(&folder.join("Cargo.toml"))?;
    let library = manifest.get("lib").and_then(|library| library.get("name"));
    let library = library.and_then(Value::as_str).unwrap_or(&lesson.name);
    let library = library.to_owned();
    // Tests are the lesson's, and need the harness; programs and libraries get other names.
    for key in ["dev-dependencies", "test", "bench", "example", "bin", "lib"] {
        manifest.remove(key);
    }
    make_absolute(manifest.get_mut("dependencies"), &folder);
    manifest.insert("lints".into(), no_warnings());
    Ok((manifest, library))
}

/// What the package of a variant's library is called.
pub(super) fn library_of(package: &str) -> String {
    format!("{package}-lib")
}

/// What a Cargo.toml says.
pub(crate) fn read(path: &Path) -> Result<Table> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} does not parse", path.display()))
}

/// Gives the package another name, and takes from it the library that cargo would find by its path.
fn rename(manifest: &mut Table, package: &str) -> Result<()> {
    let about = manifest
        .get_mut("package")
        .and_then(Value::as_table_mut)
        .context("there is no [package]")?;
    about.insert("name".into(), package.into());
    about.insert("autolib".into(), false.into());
    about.insert("autotests".into(), false.into());
    Ok(())
}

/// Makes the paths of dependencies absolute, which are relative to `folder`.
fn make_absolute(dependencies: Option<&mut Value>, folder: &Path) {
    let all = dependencies.and_then(Value::as_table_mut);
    for (_, dependency) in all.into_iter().flatten() {
        if let Some(Value::String(path)) = dependency.get_mut("path") {
            *path = folder.join(&*path).display().to_string();
        }
    }
}

/// A bug may leave something unused: that is not what it is about.
fn no_warnings() -> Value {
    table([("rust", table([("warnings", "allow".into())]))])
}

fn table<const N: usize>(entries: [(&str, Value); N]) -> Value {
    let entries = entries.map(|(key, value)| (key.to_owned(), value));
    Table::from_iter(entries).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn a_profile_that_is_there_is_kept_beside_what_is_added() {
        let text = "[profile.dev.package.nix]\nopt-level = 1\n";
        let mut workspace = toml::from_str(text).unwrap();
        keep_nothing_between_builds(&mut workspace).unwrap();
        let wanted = format!("{text}[profile.dev]\nincremental = false\n");
        assert_eq!(workspace, toml::from_str(&wanted).unwrap());
    }

    /// A lesson with this Cargo.toml in a folder of its own.
    fn lesson(manifest: &str) -> (tempfile::TempDir, Lesson) {
        let root = tempfile::tempdir().unwrap();
        let mut lesson = samples::lesson(8, "selectors");
        lesson.root = root.path().to_owned();
        let folder = root.path().join(&lesson.folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        (root, lesson)
    }

    const MANIFEST: &str = r#"
[package]
name = "selectors"
edition.workspace = true

[dependencies]
nix.workspace = true
other = { path = "../07-other" }

[dev-dependencies]
harness.workspace = true

[[test]]
name = "scripts"
harness = false

[lints]
workspace = true
"#;

    #[test]
    fn a_variant_has_a_name_of_its_own_and_no_tests() {
        let (root, lesson) = lesson(MANIFEST);
        let (program, library) = of_variant(&lesson, "selectors--bad", false).unwrap();
        let other = root.path().join("lessons/08-selectors/../07-other");
        let wanted = format!(
            r#"
package = {{ name = "selectors--bad", edition.workspace = true, autolib = false, autotests = false }}
dependencies = {{ nix.workspace = true, other.path = "{}" }}
lints.rust.warnings = "allow"
"#,
            other.display()
        );
        assert_eq!(program, toml::from_str(&wanted).unwrap());
        assert_eq!(library, None);
    }

    #[test]
    fn a_library_becomes_a_package_that_the_program_knows_by_its_old_name() {
        let (_root, lesson) = lesson(MANIFEST);
        let (program, library) = of_variant(&lesson, "selectors--bad", true).unwrap();
        let library = library.unwrap();
        assert_eq!(
            library["package"]["name"].as_str(),
            Some("selectors--bad-lib")
        );
        assert_eq!(
            library["lib"]["path"].as_str(),
            Some("../selectors--bad/src/lib.rs")
        );
        let renamed = &program["dependencies"]["selectors"];
        assert_eq!(renamed["package"].as_str(), Some("selectors--bad-lib"));
        assert_eq!(renamed["path"].as_str(), Some("../selectors--bad-lib"));
    }

    #[test]
    fn a_library_may_be_called_otherwise_than_its_package() {
        let manifest = format!("{MANIFEST}\n[lib]\nname = \"chosen\"\n");
        let (_root, lesson) = lesson(&manifest);
        let (program, _) = of_variant(&lesson, "selectors--bad", true).unwrap();
        let renamed = &program["dependencies"]["chosen"];
        assert_eq!(renamed["package"].as_str(), Some("selectors--bad-lib"));
    }

    #[test]
    fn the_workspace_keeps_what_its_members_inherit() {
        let root = tempfile::tempdir().unwrap();
        let manifest = r#"
workspace.members = ["lessons/*", "harness"]
workspace.package.edition = "2024"
workspace.dependencies = { harness.path = "harness", nix = "0.31" }
profile.dev.debug = false
profile.dev.package = { nix.opt-level = 1, harness.opt-level = 3 }
"#;
        fs::write(root.path().join("Cargo.toml"), manifest).unwrap();
        let made = of_workspace(root.path(), vec!["a".into(), "b".into()]).unwrap();
        let wanted = manifest
            .replace(r#""lessons/*", "harness""#, r#""a", "b""#)
            .replace(", harness.opt-level = 3", "")
            .replace(
                r#"path = "harness""#,
                &format!("path = \"{}\"", root.path().join("harness").display()),
            );
        assert_eq!(made, toml::from_str(&wanted).unwrap());
    }
}
