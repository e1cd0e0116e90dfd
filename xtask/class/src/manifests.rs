//! Cargo.toml files for programs that are written for an assignment, and for what plays scripts against them.

use crate::assignment::Assignment;
use crate::assignment::package::manifest;
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::path::Path;
use toml::{Table, Value};

/// cargo's configuration in what is handed out.
pub(crate) const CONFIG: &str = "[alias]\nxtask = \"run --quiet --package xtask --\"\n";

/// The packages that play the scripts: their folders in the course, and in what is handed out.
pub(crate) const TOOLS: [(&str, &str); 5] = [
    ("harness", "harness"),
    ("harness/counters", "harness/counters"),
    ("harness/look", "harness/look"),
    ("xtask/class/student", "xtask"),
    ("xtask/watch", "xtask/watch"),
];

/// The Cargo.toml of what is handed out: the student's package, and the workspace around it.
pub(crate) fn of_handout(assignment: &Assignment) -> Result<String> {
    let mut used: BTreeSet<String> = assignment.dependencies()?.keys().cloned().collect();
    for (from, to) in TOOLS {
        let tool = tool(&assignment.course.join(from), Path::new(to))?;
        let of_tool = tool.get("dependencies").and_then(Value::as_table);
        used.extend(of_tool.into_iter().flat_map(Table::keys).cloned());
    }
    let members = TOOLS.map(|(_, to)| to.to_owned()).to_vec();
    Ok(format!(
        "# Your program. What is below [dependencies] builds what checks it.\n{}\n{}",
        of_program(assignment, assignment.name())?,
        of_workspace(&assignment.course, members, &used)?
    ))
}

/// The Cargo.toml of a program that is written for `assignment`, under the name `package`, in a workspace [as here](of_workspace).
pub(crate) fn of_program(assignment: &Assignment, package: &str) -> Result<String> {
    let library = match assignment.library()? {
        Some(name) => format!("\n[lib]\nname = \"{name}\"\n"),
        None => String::new(),
    };
    Ok(format!(
        "[package]\nname = \"{package}\"\nversion = \"0.1.0\"\nedition.workspace = true\n\
         rust-version.workspace = true\npublish = false\n{library}\n[dependencies]\n{}",
        lines(&assignment.dependencies()?)
    ))
}

/// A workspace of `members`: what they inherit, and how they are built, as the course has it, but for what nobody uses here. `used` are
/// the crates that somebody depends on.
pub(crate) fn of_workspace(
    course: &Path,
    members: Vec<String>,
    used: &BTreeSet<String>,
) -> Result<String> {
    let course = manifest(course)?;
    let workspace = course.get("workspace").and_then(Value::as_table);
    let mut workspace = workspace
        .context("the course's Cargo.toml is no workspace's")?
        .clone();
    for key in ["exclude", "default-members"] {
        workspace.remove(key);
    }
    workspace.insert("members".into(), members.into());
    let is_used = |name: &str, _: &mut Value| used.contains(name);
    let all = workspace.get_mut("dependencies");
    if let Some(all) = all.and_then(Value::as_table_mut) {
        all.retain(is_used);
    }
    let mut text = Table::from_iter([("workspace".to_owned(), Value::Table(workspace))]);
    if let Some(profile) = course.get("profile") {
        text.insert("profile".into(), used_of(profile, used));
    }
    Ok(toml::to_string(&text)?)
}

/// The profiles without how packages are built that are not there: cargo would wonder at them.
fn used_of(profiles: &Value, used: &BTreeSet<String>) -> Value {
    let mut profiles = profiles.clone();
    for (_, profile) in profiles.as_table_mut().into_iter().flatten() {
        let packages = profile.get_mut("package").and_then(Value::as_table_mut);
        if let Some(packages) = packages {
            packages.retain(|name, _| name == "*" || used.contains(name));
        }
    }
    profiles
}

/// The dependencies as one would write them, one a line.
fn lines(dependencies: &Table) -> String {
    let line = |(name, wanted): (&String, &Value)| match wanted.as_table() {
        Some(table) if table.len() == 1 && table.get("workspace") == Some(&true.into()) => {
            format!("{name}.workspace = true\n")
        }
        _ => format!("{name} = {wanted}\n"),
    };
    dependencies.iter().map(line).collect()
}

/// The Cargo.toml of the package in the folder `from` of the course, as it is in the folder `to` of what is handed out.
pub(crate) fn of_tool(from: &Path, to: &Path) -> Result<String> {
    Ok(toml::to_string(&tool(from, to)?)?)
}

fn tool(from: &Path, to: &Path) -> Result<Table> {
    let mut manifest = manifest(from)?;
    for key in ["dev-dependencies", "test", "bench"] {
        manifest.remove(key);
    }
    let Some(package) = manifest.get_mut("package").and_then(Value::as_table_mut) else {
        bail!("{} is no package", from.display());
    };
    // It is not called by its place in the course.
    if to == Path::new("xtask") {
        package.insert("name".into(), "xtask".into());
    }
    Ok(manifest)
}
