//! Tells a program that came to something unwritten from one that broke.

use super::Exercise;
use super::scan::{code, function_at};
use crate::verdict::{Finding, Outcome, State, Unwritten, Verdict};
use std::fs;
use std::ops::Range;
use std::path::PathBuf;

impl Exercise<'_> {
    /// `verdict`, which is about this exercise's program. If the program ended because it came to a `todo!`, this says
    /// which, and nothing else: all that followed followed from that.
    pub fn explain(&self, mut verdict: Verdict) -> Verdict {
        let unwritten = match &verdict.outcome {
            Outcome::Failed(finding) | Outcome::Undecided(finding) => self.unwritten(finding),
            Outcome::Passed | Outcome::Skipped(_) => None,
        };
        if let Some((unwritten, todo)) = unwritten {
            verdict.outcome = Outcome::Failed(Finding {
                message: message(&unwritten, &todo),
                step: None,
                at: None,
                facts: Vec::new(),
                state: Some(State::Unwritten),
                habit: None,
                stalled_for: None,
                unwritten: Some(Box::new(unwritten)),
            });
        }
        verdict
    }

    /// Where the program came to, and what `todo!` says there.
    fn unwritten(&self, finding: &Finding) -> Option<(Unwritten, String)> {
        let stderr = finding.facts.iter().find(|fact| fact.label == "stderr")?;
        let panic = Panic::read(&stderr.text)?;
        let file = self.workspace.join(&panic.file);
        let source = fs::read_to_string(&file).ok()?;
        let span = span(&source, panic.line, panic.column)?;
        let function = function_at(&source, span.start).map(|function| function.name);
        let function = function.unwrap_or_default();
        let inside = panic.file.strip_prefix(&self.name).ok()?;
        let mut holes = self.holes().iter();
        let number = holes.position(|hole| hole.function == function && hole.file == inside);
        let hole = number.map(|number| &self.holes()[number]);
        let unwritten = Unwritten {
            path: file
                .strip_prefix(&self.lesson.root)
                .unwrap_or(&file)
                .to_owned(),
            hole: number.map(|number| (number + 1, self.holes().len())),
            task: hole.map(|hole| hole.task.clone()),
            hints: hole.map_or(Vec::new(), |hole| hole.hints.clone()),
            source,
            span,
            function,
        };
        Some((unwritten, panic.todo))
    }
}

/// `hole 2 of 4: receive: queue what one recv brings`.
fn message(unwritten: &Unwritten, todo: &str) -> String {
    let function = &unwritten.function;
    let todo = match todo {
        "" => "not written yet",
        todo => todo,
    };
    match unwritten.hole {
        Some((number, of)) => format!("hole {number} of {of}: {function}: {todo}"),
        None if function.is_empty() => format!("a todo of your own: {todo}"),
        None => format!("a todo of your own in {function}: {todo}"),
    }
}

/// What `todo!` has to say when a program comes to it.
struct Panic {
    /// As the compiler was told it: relative to the workspace.
    file: PathBuf,
    /// Counted from 1, both.
    line: usize,
    column: usize,
    /// What stands in its parentheses.
    todo: String,
}

impl Panic {
    /// Reads `thread 'main' (7) panicked at a/src/main.rs:9:5:` and the line that follows.
    ///
    /// Source: Rust's standard library, the default panic hook and the macro `todo`.
    fn read(stderr: &str) -> Option<Panic> {
        let mut lines = stderr.lines();
        let place = lines.find_map(|line| Some(line.split_once("panicked at ")?.1))?;
        let said = lines.next()?.strip_prefix("not yet implemented")?;
        let mut pieces = place.trim_end_matches(':').rsplitn(3, ':');
        let column = pieces.next()?.parse().ok()?;
        let line = pieces.next()?.parse().ok()?;
        Some(Panic {
            file: pieces.next()?.into(),
            line,
            column,
            todo: said.trim_start_matches(": ").to_owned(),
        })
    }
}

/// From line and column to the end of the macro's parentheses, or of the line.
fn span(source: &str, line: usize, column: usize) -> Option<Range<usize>> {
    let before: usize = source
        .split_inclusive('\n')
        .take(line.checked_sub(1)?)
        .map(str::len)
        .sum();
    let rest = source.get(before..)?.lines().next()?;
    let within = rest.char_indices().nth(column.checked_sub(1)?)?.0;
    let code = code(source);
    let code = &code[before + within..before + rest.len()];
    let length = code.find(')').map_or(code.trim_end().len(), |at| at + 1);
    Some(before + within..before + within + length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::Hole;
    use crate::report::samples;
    use crate::verdict::Fact;
    use std::time::Duration;

    const SOURCE: &str = "fn main() { listen(); serve() }\n\nfn serve() {\n    // Hole 1 of 1.\n    todo!(\"serve all (of them)\"); // so\n}\n\nfn own() {\n    todo!()\n}\n";

    /// What is said of a failure with these words on stderr.
    fn explained(stderr: &str) -> Finding {
        let root = tempfile::tempdir().unwrap();
        let mut lesson = samples::lesson(5, "select");
        lesson.root = root.path().to_owned();
        lesson.about.holes = vec![Hole {
            function: "serve".into(),
            file: "src/main.rs".into(),
            todo: "serve all".into(),
            task: "Serve all of them.".into(),
            hints: vec!["A nudge.".into()],
        }];
        let exercise = Exercise::of(&lesson);
        fs::create_dir_all(exercise.path().join("src")).unwrap();
        fs::write(exercise.path().join("src/main.rs"), SOURCE).unwrap();
        let mut finding = samples::slow_reader().finding;
        finding.facts.push(Fact {
            label: "stderr",
            text: stderr.into(),
        });
        let verdict = Verdict {
            outcome: Outcome::Failed(finding),
            took: Duration::ZERO,
        };
        match exercise.explain(verdict).outcome {
            Outcome::Failed(finding) => finding,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_program_that_came_to_a_hole_is_told_by_the_hole() {
        let finding = explained(
            "thread 'main' (77) panicked at 05-select/src/main.rs:5:5:\nnot yet implemented: serve all (of them)",
        );
        assert_eq!(finding.message, "hole 1 of 1: serve: serve all (of them)");
        assert_eq!((finding.step, finding.facts.len()), (None, 0));
        let unwritten = finding.unwritten.unwrap();
        assert_eq!(&SOURCE[unwritten.span], "todo!(\"serve all (of them)\")");
        assert_eq!(unwritten.hole, Some((1, 1)));
        assert_eq!(unwritten.hints, ["A nudge."]);
        assert_eq!(
            unwritten.path,
            PathBuf::from("exercises/05-select/src/main.rs")
        );
    }

    #[test]
    fn a_todo_that_the_learner_wrote_is_told_by_its_function() {
        let finding =
            explained("thread 'main' panicked at 05-select/src/main.rs:9:5:\nnot yet implemented");
        assert_eq!(
            finding.message,
            "a todo of your own in own: not written yet"
        );
        assert_eq!(finding.unwritten.unwrap().hole, None);
    }

    #[test]
    fn any_other_end_stays_what_it_was() {
        for stderr in [
            "thread 'main' (77) panicked at 05-select/src/main.rs:5:5:\nindex out of bounds",
            "thread 'main' (77) panicked at /rustc/1/library/core/x.rs:5:5:\nnot yet implemented",
            "thread 'main' (77) panicked at 05-select/src/main.rs:500:5:\nnot yet implemented",
            "not yet implemented",
        ] {
            let finding = explained(stderr);
            assert_eq!(finding.unwritten, None, "{stderr}");
            assert_eq!(finding.message, samples::slow_reader().finding.message);
        }
    }
}
