//! What was proven in a lesson, for people.

use super::acquittal::Acquittal;
use super::proof::{Miss, Proof};
use super::right::Right;
use crate::lesson::Lesson;
use crate::script::Script;
use std::path::Path;

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
    if proofs.is_empty() {
        return text;
    }
    for [bug, pitfall, after, caught_by, and_by] in &rows {
        let line = format!(
            "  {bug:0$}  {pitfall:>1$}  {after:>2$}  {caught_by:3$}  {and_by}",
            widths[0], widths[1], widths[2], widths[3]
        );
        text.push_str(line.trim_end());
        text.push('\n');
    }
    for proof in proofs {
        text.push_str(&misses("missed", &proof.bug.patch.path, &proof.misses));
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
        bug.name().to_owned(),
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

fn misses(word: &str, path: &Path, misses: &[Miss]) -> String {
    let mut text = String::new();
    for Miss { message, report } in misses {
        text.push_str(&format!("{word}: {}: {message}\n", path.display()));
        if let Some(report) = report {
            text.push_str(&format!("{report}\n\n"));
        }
    }
    text
}

/// A line per right program: how many scripts it passed, how long the slowest took, how it differs, and what is not played
/// against it. What was found in one comes after them. `lacking` are those that cannot be run here, with the reasons.
pub fn rights(acquittals: &[Acquittal], lacking: &[(&Right, String)]) -> String {
    let names = acquittals.iter().map(|it| it.right.name.len());
    let width = names.max().unwrap_or(0);
    let mut text = String::new();
    for acquittal in acquittals {
        let right = acquittal.right;
        let all = acquittal.passed + acquittal.skipped + acquittal.wrongs.len();
        text.push_str(&format!(
            "  right: {:width$}  {:>2} of {all} pass, at most {} ms: {}\n",
            right.name,
            acquittal.passed,
            acquittal.slowest.as_millis(),
            right.differs
        ));
        for (script, reason) in &right.not_played {
            text.push_str(&format!("         {script} is not played: {reason}\n"));
        }
    }
    for (right, why) in lacking {
        text.push_str(&format!("  right: {} is skipped: {why}\n", right.name));
    }
    for acquittal in acquittals {
        let path = &acquittal.right.path;
        text.push_str(&misses("called wrong", path, &acquittal.wrongs));
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

#[cfg(test)]
mod tests {
    use super::super::bug::Bug;
    use super::*;
    use crate::report::samples;
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
    fn a_right_program_that_passes_is_a_line_and_one_that_does_not_is_shown() {
        let source = "# differs: It is Python.\n# not played: bulk: it is slow\n";
        let right = Right::parse(Path::new("right/in-python.py"), source, &["bulk"]).unwrap();
        let acquittal = Acquittal {
            right: &right,
            passed: 3,
            skipped: 0,
            slowest: Duration::from_millis(40),
            wrongs: vec![Miss {
                message: "hello calls it wrong in its run".into(),
                report: None,
            }],
        };
        assert_eq!(
            rights(&[acquittal], &[(&right, "there is no python3 here".into())]),
            "  right: in-python   3 of 4 pass, at most 40 ms: It is Python.
         bulk is not played: it is slow
  right: in-python is skipped: there is no python3 here
called wrong: right/in-python.py: hello calls it wrong in its run
"
        );
    }
}
