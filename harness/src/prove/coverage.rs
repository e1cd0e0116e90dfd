//! Which pitfalls are caught in which lessons.

use crate::lesson::Lesson;
use crate::pitfalls::Pitfall;

/// What is known of one pitfall in one lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    /// It is another lesson's subject, and nobody has made a bug of it here.
    Blank,
    /// So many bugs of it are caught.
    Caught(usize),
    /// It cannot be made here, as lesson.toml explains.
    NotApplicable,
    /// It can be made here, and nothing shows that anybody would notice.
    Missing,
}

/// Pitfalls by lessons.
#[derive(Debug)]
pub struct Coverage<'a> {
    lessons: Vec<&'a Lesson>,
    rows: Vec<(&'a Pitfall, Vec<Cell>)>,
}

/// So many numbers are told one by one.
const A_FEW: usize = 12;
/// What stands for a pitfall that is missing.
const MISSING: &str = "!!";

impl<'a> Coverage<'a> {
    /// How `pitfalls` stand in lessons, of which each comes with the numbers of those that its bugs are and that were caught; a
    /// number may come several times.
    pub fn of(pitfalls: &'a [Pitfall], caught: &[(&'a Lesson, Vec<u32>)]) -> Coverage<'a> {
        let cell = |pitfall: &Pitfall, lesson: &Lesson, caught: &[u32]| match caught
            .iter()
            .filter(|it| **it == pitfall.number)
            .count()
        {
            0 if pitfall.not_applicable(lesson).is_some() => Cell::NotApplicable,
            0 if pitfall.lessons.contains(&lesson.number) => Cell::Missing,
            0 => Cell::Blank,
            count => Cell::Caught(count),
        };
        let row = |pitfall: &'a Pitfall| {
            let cells = caught.iter();
            let cells = cells.map(|(lesson, caught)| cell(pitfall, lesson, caught));
            (pitfall, cells.collect())
        };
        Coverage {
            lessons: caught.iter().map(|(lesson, _)| *lesson).collect(),
            rows: pitfalls.iter().map(row).collect(),
        }
    }

    /// What is missing, each in a line: `pitfall 7, FD_SETSIZE, in lessons/04-select-echo-client`.
    pub fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        for (pitfall, cells) in &self.rows {
            for (lesson, cell) in self.lessons.iter().zip(cells) {
                if *cell == Cell::Missing {
                    missing.push(format!(
                        "pitfall {}, {}, in {}",
                        pitfall.number,
                        pitfall.name,
                        lesson.folder.display()
                    ));
                }
            }
        }
        missing
    }

    /// The table, with its legend, in less than 100 columns.
    pub fn table(&self) -> String {
        let is_blank = |cells: &[Cell]| cells.iter().all(|cell| *cell == Cell::Blank);
        let (blank, told): (Vec<_>, Vec<_>) =
            self.rows.iter().partition(|(_, cells)| is_blank(cells));
        let names = self.rows.iter().map(|(pitfall, _)| pitfall.name.len());
        let width = names.max().unwrap_or(0).max("pitfall".len());
        let mut text = format!("    {:width$}", "pitfall");
        for lesson in &self.lessons {
            text.push_str(&format!("  {:02}", lesson.number));
        }
        text.push('\n');
        for (pitfall, cells) in told {
            let mut line = format!("{:>2}  {:width$}", pitfall.number, pitfall.name);
            for cell in cells {
                line.push_str(&match cell {
                    Cell::Blank => "    ".into(),
                    Cell::Caught(count) => format!("  {count:>2}"),
                    Cell::NotApplicable => "   -".into(),
                    Cell::Missing => format!("  {MISSING}"),
                });
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text.push_str(&format!(
            "A number: so many bugs of this kind are caught. -: it cannot be made there, lesson.toml says why.\n\
             {MISSING}: nothing catches it. Blank: it is the subject of other lessons.\n"
        ));
        let numbers = blank.iter().map(|(pitfall, _)| pitfall.number.to_string());
        match numbers.collect::<Vec<_>>() {
            none if none.is_empty() => {}
            few if few.len() <= A_FEW => {
                text.push_str(&format!("In none of these lessons: {}.\n", few.join(", ")));
            }
            many => text.push_str(&format!(
                "In none of these lessons: {} others.\n",
                many.len()
            )),
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    fn pitfall(number: u32, name: &str, lessons: &[u32]) -> Pitfall {
        Pitfall {
            number,
            name: name.into(),
            about: "It goes wrong.".into(),
            lessons: lessons.into(),
        }
    }

    #[test]
    fn each_is_caught_or_has_a_reason_or_is_missing() {
        let pitfalls = [
            pitfall(1, "silent client", &[1, 2]),
            pitfall(2, "inline write", &[2]),
            pitfall(3, "drain loop", &[5]),
        ];
        let mut one = samples::lesson(1, "one");
        let two = samples::lesson(2, "two");
        one.about
            .not_applicable
            .insert("1".into(), "by design".into());
        let caught = [(&one, vec![2]), (&two, vec![1, 1])];
        let coverage = Coverage::of(&pitfalls, &caught);
        assert_eq!(
            coverage.missing(),
            ["pitfall 2, inline write, in lessons/02-two"]
        );
        assert_eq!(
            coverage.table(),
            "    pitfall        01  02
 1  silent client   -   2
 2  inline write    1  !!
A number: so many bugs of this kind are caught. -: it cannot be made there, lesson.toml says why.
!!: nothing catches it. Blank: it is the subject of other lessons.
In none of these lessons: 3.
"
        );
    }
}
