//! What was proven in a lesson, for people.

use super::proof::Proof;
use crate::lesson::Lesson;
use crate::script::Script;

const HEADINGS: [&str; 5] = ["bug", "pitfall", "seen after", "caught by", "and by"];

/// A line per bug: which pitfall it is, the longest time from a stall to its verdict, the scripts that must catch it and
/// those that do so beside them. What was missed comes after the table.
pub fn lesson(lesson: &Lesson, proofs: &[Proof]) -> String {
    let rows: Vec<[String; 5]> = [HEADINGS.map(str::to_owned)]
        .into_iter()
        .chain(proofs.iter().map(row))
        .collect();
    let widths: [usize; 5] =
        std::array::from_fn(|column| rows.iter().map(|row| row[column].len()).max().unwrap_or(0));
    let mut text = format!("{}\n", lesson.full_name());
    for [bug, pitfall, after, caught_by, and_by] in &rows {
        let line = format!(
            "  {bug:0$}  {pitfall:>1$}  {after:>2$}  {caught_by:3$}  {and_by}",
            widths[0], widths[1], widths[2], widths[3]
        );
        text.push_str(line.trim_end());
        text.push('\n');
    }
    for proof in proofs {
        text.push_str(&misses(proof));
    }
    text
}

fn row(proof: &Proof) -> [String; 5] {
    let bug = proof.bug;
    let (named, others): (Vec<&str>, Vec<&str>) =
        proof.failing.iter().partition(|name| proof.names(name));
    let unnamed = proof.played - named.len();
    let others = match others.len() {
        count if count == unnamed && count > 1 => format!("all {count} others"),
        _ => others.join(", "),
    };
    [
        bug.name.clone(),
        bug.pitfall.map_or("-".into(), |number| number.to_string()),
        proof
            .slowest
            .map_or("-".into(), |time| format!("{} ms", time.as_millis())),
        if proof.is_caught() {
            named.join(", ")
        } else {
            "MISSED".into()
        },
        others,
    ]
}

fn misses(proof: &Proof) -> String {
    let mut text = String::new();
    for miss in &proof.misses {
        let (path, message) = (proof.bug.path.display(), &miss.message);
        text.push_str(&format!("missed: {path}: {message}\n"));
        if let Some(report) = &miss.report {
            text.push_str(&format!("{report}\n\n"));
        }
    }
    text
}

/// The scripts that none of `proofs` shows to find anything, and that do not say what they guard instead. Such a script
/// may be unable to fail.
pub fn untested<'s>(scripts: &[&'s Script], proofs: &[Proof]) -> Vec<&'s str> {
    scripts
        .iter()
        .filter(|script| script.guards.is_none())
        .map(|script| script.name.as_str())
        .filter(|name| !proofs.iter().any(|proof| proof.failing.contains(name)))
        .collect()
}

/// The last line: `47 known-bad servers: 47 caught, 0 missed`.
pub fn total(caught: usize, missed: usize) -> String {
    format!(
        "{} known-bad servers: {caught} caught, {missed} missed",
        caught + missed
    )
}

#[cfg(test)]
mod tests {
    use super::super::bug::Bug;
    use super::super::proof::Miss;
    use super::*;
    use crate::report::samples;
    use std::path::Path;
    use std::time::Duration;

    fn bug(name: &str, pitfall: &str) -> Bug {
        let source = format!(
            "why: x\npitfall: {pitfall}\ncaught by: hello: a\ncaught by: bulk: b\n\n--- a/src/main.rs\n"
        );
        let path = format!("lessons/01-x/bugs/{name}.patch");
        Bug::parse(Path::new(&path), &source, &["hello", "bulk"]).unwrap()
    }

    fn caught<'a>(bug: &'a Bug, failing: &[&'a str]) -> Proof<'a> {
        Proof {
            bug,
            failing: failing.to_vec(),
            played: 4,
            slowest: Some(Duration::from_micros(12_600)),
            misses: Vec::new(),
        }
    }

    #[test]
    fn a_table_tells_who_caught_what_and_what_was_missed() {
        let (spins, all, none) = (
            bug("spins", "31"),
            bug("ends-server", "none"),
            bug("no", "4"),
        );
        let mut missed = caught(&none, &["bulk"]);
        missed.slowest = None;
        missed.misses.push(Miss {
            message: "hello passed in 3 of 20 runs".into(),
            report: None,
        });
        let proofs = [
            caught(&spins, &["hello", "bulk", "leave"]),
            caught(&all, &["bulk", "ctrl-c", "hello", "leave"]),
            missed,
        ];
        assert_eq!(
            lesson(&samples::lesson(1, "x"), &proofs),
            "\
01-x
  bug          pitfall  seen after  caught by    and by
  spins             31       12 ms  hello, bulk  leave
  ends-server        -       12 ms  bulk, hello  all 2 others
  no                 4           -  MISSED
missed: lessons/01-x/bugs/no.patch: hello passed in 3 of 20 runs
"
        );
    }

    #[test]
    fn a_script_that_nothing_fails_is_told_unless_it_is_a_guard() {
        let spins = bug("spins", "31");
        let proofs = [caught(&spins, &["hello"])];
        let script = |name: &str, guards: Option<&str>| {
            let mut script = samples::slow_reader().script;
            script.name = name.into();
            script.guards = guards.map(str::to_owned);
            script
        };
        let scripts = [
            script("hello", None),
            script("bulk", None),
            script("guard", Some("a false alarm")),
        ];
        let scripts: Vec<&Script> = scripts.iter().collect();
        assert_eq!(untested(&scripts, &proofs), ["bulk"]);
    }

    #[test]
    fn the_last_line_counts() {
        assert_eq!(total(45, 2), "47 known-bad servers: 45 caught, 2 missed");
    }
}
