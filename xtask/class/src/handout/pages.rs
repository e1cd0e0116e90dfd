//! The pages that a student is handed: what is to be written, how it is checked, and who checks it at every push.

use crate::assignment::{Assignment, Instance};
use anyhow::Result;
use std::fmt::Write;

/// All but README.md are the same for all assignments.
const SAME: [(&str, &str); 5] = [
    (".gitignore", include_str!("pages/gitignore")),
    (".gitattributes", include_str!("pages/gitattributes")),
    (".gitlab-ci.yml", include_str!("pages/gitlab-ci.yml")),
    (
        ".github/workflows/verify.yml",
        include_str!("pages/github-verify.yml"),
    ),
    ("AGENTS.md", include_str!("pages/AGENTS.md")),
];

/// What follows the brief: how the work is done and checked.
const HOW: &str = include_str!("pages/how.md");

/// The pages by their paths.
pub(super) fn all(assignment: &Assignment, instance: &Instance) -> Result<Vec<(String, String)>> {
    let same = SAME.map(|(path, text)| (path.to_owned(), text.to_owned()));
    let readme = ("README.md".to_owned(), readme(assignment, instance)?);
    Ok(same.into_iter().chain([readme]).collect())
}

/// The brief, the scripts with their points, and how the work is done.
fn readme(assignment: &Assignment, instance: &Instance) -> Result<String> {
    let code = |words: Vec<&str>| {
        let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        words.join(", ")
    };
    let dependencies = assignment.dependencies()?;
    let crates = match dependencies.is_empty() {
        true => "The program depends on no crates.".into(),
        false => format!(
            "Crates that the program may use: {}.",
            code(dependencies.keys().map(String::as_str).collect())
        ),
    };
    let files = code(
        assignment
            .about
            .may_change
            .iter()
            .map(String::as_str)
            .collect(),
    );
    let first = instance.public().next();
    let example = first.map_or("NAME", |script| script.name.as_str());
    let how = HOW
        .replace("SCRIPTS", scripts(instance).trim_end())
        .replace("EXAMPLE", example)
        .replace("FILES", &files)
        .replace("CRATES", &crates);
    Ok(format!("{}\n\n{how}", instance.brief.trim_end()))
}

/// A table of the scripts; of the hidden ones no more than their titles.
fn scripts(instance: &Instance) -> String {
    let mut table = String::from("| script | points |\n|---|---|\n");
    for script in &instance.scripts {
        let (title, points) = (&script.title, script.weight);
        // A String takes whatever is written to it.
        let _ = match script.hidden {
            true => writeln!(table, "| *not shown*: {title} | {points} |"),
            false => {
                let (name, path) = (&script.name, script.path.display());
                writeln!(table, "| [{name}]({path}): {title} | {points} |")
            }
        };
    }
    table
}
