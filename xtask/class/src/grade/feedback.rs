//! What a student is given to read: Markdown.

use super::results::{Fate, Graded, Outcome, Results, Scripted};
use super::table::points;

/// The feedback on one submission. Of hidden scripts it tells the titles, and whether they pass.
pub fn of(graded: &Graded, results: &Results) -> String {
    let mut text = format!("# {}\n\n", results.title);
    if let Some(name) = &graded.person.name {
        text += &format!("{}: ", plain(name));
    }
    text += &format!(
        "**{} of {} points**\n\n",
        points(graded.points),
        results.points
    );
    match &graded.fate {
        Fate::Played => {}
        Fate::Empty => text += "Nothing was found of the files that were to be written.\n\n",
        Fate::NotBuilt { why, said } => {
            text += &format!(
                "There is no program to play against: {why}.\n\n{}",
                block(said)
            )
        }
        Fate::NotGraded { .. } => {
            text += "It could not be graded; that is not your fault. Ask who teaches.\n\n"
        }
    }
    if !graded.is_final {
        text += "These points are not final: not every script could be decided.\n\n";
    }
    text += "| script | points | |\n|---|---:|---|\n";
    for script in &graded.scripts {
        let (had, of) = (points(script.points), script.weight);
        text += &format!(
            "| {} | {had} of {of} | {} |\n",
            plain(&script.title),
            outcome(script)
        );
    }
    for script in graded.scripts.iter().filter(|script| !script.hidden) {
        if let Some(report) = &script.report {
            text += &format!("\n## {}\n\n{}", plain(&script.title), block(report));
        }
    }
    text
}

fn outcome(script: &Scripted) -> &'static str {
    match script.outcome {
        Outcome::Passed => "passes",
        Outcome::Failed if script.points > 0.0 => "fails in part",
        Outcome::Failed => "fails",
        Outcome::Skipped | Outcome::Undecided => "not decided",
        Outcome::NotPlayed => "not played",
    }
}

/// `text` as a block that stands as it is, whatever is in it.
fn block(text: &str) -> String {
    let longest = text
        .lines()
        .map(|line| line.chars().take_while(|it| *it == '`').count())
        .max();
    let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    format!("{fence}text\n{}\n{fence}\n", text.trim_end())
}

/// A word that is no Markdown and no HTML.
fn plain(text: &str) -> String {
    let is_special = |c: char| "\\`*_[]<>|#&".contains(c);
    let escaped = text
        .chars()
        .flat_map(|c| is_special(c).then_some('\\').into_iter().chain([c]));
    escaped.filter(|c| !c.is_control()).collect()
}
