//! Marks for the terminal: the submissions, and how the class did.

use super::results::{Fate, Graded, OfClass, Outcome, Results, Scripted};

/// Scripts that are named in one line.
const NAMED: usize = 4;
/// States that are told of one script.
const STATES: usize = 3;

/// All of it, ended by a line feed.
pub fn of(results: &Results) -> String {
    let mut text = String::new();
    for gap in &results.gaps {
        text += &format!("not kept out: {gap}\n");
    }
    text += &submissions(results);
    text += &class(results);
    text
}

fn submissions(results: &Results) -> String {
    let name = |graded: &Graded| graded.person.name.clone().unwrap_or_default();
    let width = |text: &str| text.chars().count();
    let ids = results
        .submissions
        .iter()
        .map(|it| width(&it.person.id))
        .max()
        .unwrap_or(0);
    let names = results
        .submissions
        .iter()
        .map(|it| width(&name(it)))
        .max()
        .unwrap_or(0);
    let of = results.points;
    let mut text = String::new();
    for graded in &results.submissions {
        let mark = if graded.is_final { ' ' } else { '?' };
        let line = format!(
            "{:ids$}  {:names$}  {:>6}{mark} of {of}   {}",
            graded.person.id,
            name(graded),
            points(graded.points),
            remark(graded, |script| &script.name),
        );
        text += &format!("{}\n", line.trim_end());
    }
    for person in &results.missing {
        let name = person.name.as_deref().unwrap_or_default();
        let line = format!(
            "{:ids$}  {name:names$}       -  of {of}   handed in nothing",
            person.id
        );
        text += &format!("{}\n", line.trim_end());
    }
    text
}

/// Which script how many failed, and in which state they were then: the most frequent first.
fn class(results: &Results) -> String {
    let mut failed: Vec<&OfClass> = results.class.iter().filter(|it| it.failed > 0).collect();
    failed.sort_by_key(|it| std::cmp::Reverse(it.failed));
    if failed.is_empty() {
        return String::new();
    }
    let names = failed.iter().map(|it| it.name.len()).max().unwrap_or(0);
    let mut text = String::from("\nWhat the class fails, and where its programs are then:\n");
    for script in failed {
        let states = states(script);
        let (failed, played) = (script.failed, script.played);
        text += &format!(
            "{:names$}  {failed:>3} of {played}   {states}\n",
            script.name
        );
    }
    text
}

/// `asleep in send: 41 of 60`, and the others.
fn states(script: &OfClass) -> String {
    let told = script.states.iter().take(STATES).map(|it| {
        let state = it.state.as_ref().map(ToString::to_string);
        let state = state.unwrap_or_else(|| "not known".into());
        format!("{state}: {} of {}", it.count, script.failed)
    });
    let mut told: Vec<String> = told.collect();
    let others: usize = script.states.iter().skip(STATES).map(|it| it.count).sum();
    if others > 0 {
        told.push(format!("others: {others}"));
    }
    told.join(" · ")
}

/// What there is to say of a submission that does not pass everything, in a line. `name` says what a script is called.
pub fn remark(graded: &Graded, name: impl Fn(&Scripted) -> &str) -> String {
    match &graded.fate {
        Fate::Empty => "none of the files that were to be written".into(),
        Fate::NotBuilt { why, .. } => why.clone(),
        Fate::NotGraded { why } => format!("not graded: {why}"),
        Fate::Played => {
            let groups = [
                ("fails", Outcome::Failed),
                ("not decided", Outcome::Undecided),
                ("skipped", Outcome::Skipped),
                ("not played", Outcome::NotPlayed),
            ];
            let told = groups
                .iter()
                .filter_map(|(word, outcome)| named(graded, word, *outcome, &name));
            told.collect::<Vec<_>>().join("; ")
        }
    }
}

fn named(
    graded: &Graded,
    word: &str,
    outcome: Outcome,
    name: impl Fn(&Scripted) -> &str,
) -> Option<String> {
    let scripts = graded.scripts.iter().filter(|it| it.outcome == outcome);
    let all: Vec<&str> = scripts.map(name).collect();
    let more = all.len().saturating_sub(NAMED);
    let first = all[..all.len() - more].join(", ");
    match (all.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(format!("{word} {first}")),
        (false, _) => Some(format!("{word} {first} and {more} more")),
    }
}

/// Points without a fraction that is none.
pub fn points(points: f64) -> String {
    let text = format!("{points:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
