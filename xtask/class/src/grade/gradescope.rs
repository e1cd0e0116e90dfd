//! Marks as Gradescope reads them.
//!
//! Source: <https://gradescope-autograders.readthedocs.io/en/latest/specs/>; `gradescope.schema.json` beside this file says the same
//! for a test.

use super::results::{Fate, Graded, Outcome, Person, Results, Scripted};
use super::table::points;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

/// A `results.json` of Gradescope's.
#[derive(Debug, Serialize)]
struct Document {
    score: f64,
    execution_time: f64,
    output: String,
    output_format: &'static str,
    test_output_format: &'static str,
    /// What the grader prints is for instructors.
    stdout_visibility: &'static str,
    tests: Vec<Test>,
}

#[derive(Debug, Serialize)]
struct Test {
    name: String,
    score: f64,
    max_score: f64,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
    /// Always shown. As soon as one test is hidden, Gradescope shows a student no total; so a hidden script is a test that tells its
    /// title only.
    visibility: &'static str,
}

/// The marks of one submission, a JSON document.
pub fn of(graded: &Graded, results: &Results) -> String {
    let output = match &graded.fate {
        Fate::Played if graded.is_final => {
            format!("{} of {} points", points(graded.points), results.points)
        }
        Fate::Played => "Not every script could be decided; the points are not final.".into(),
        Fate::Empty => "Nothing was found of the files that were to be written.".into(),
        Fate::NotBuilt { why, said } => {
            format!("There is no program to play against: {why}.\n\n{said}")
        }
        Fate::NotGraded { .. } => {
            "It could not be graded; that is not your fault. Ask who teaches.".into()
        }
    };
    let document = Document {
        score: graded.points,
        execution_time: graded.cost.build_seconds + graded.cost.play_seconds,
        output,
        output_format: "text",
        test_output_format: "text",
        stdout_visibility: "hidden",
        tests: graded.scripts.iter().map(test).collect(),
    };
    // Only a map with keys that are no strings could fail, and there is none.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn test(script: &Scripted) -> Test {
    Test {
        name: script.title.clone(),
        score: script.points,
        max_score: script.weight.into(),
        status: match script.outcome {
            Outcome::Passed => "passed",
            _ => "failed",
        },
        output: script.report.clone().filter(|_| !script.hidden),
        visibility: "visible",
    }
}

/// What is read of Gradescope's description of a submission, `submission_metadata.json`.
///
/// Source: <https://gradescope-autograders.readthedocs.io/en/latest/submission_metadata/>.
#[derive(Deserialize)]
struct Metadata {
    users: Vec<User>,
}

#[derive(Deserialize)]
struct User {
    name: Option<String>,
    email: Option<String>,
}

/// Whose the submission in `folder` is: Gradescope puts that beside it. Students are known by their e-mail address.
pub fn person(folder: &Path) -> Option<Person> {
    let text = fs::read_to_string(folder.parent()?.join("submission_metadata.json")).ok()?;
    let metadata: Metadata = serde_json::from_str(&text).ok()?;
    let user = metadata.users.into_iter().next()?;
    Some(Person {
        id: user.email.clone().or(user.name.clone())?,
        name: user.name,
        email: user.email,
    })
}
