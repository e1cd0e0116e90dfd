//! Shows what a run has printed, as much of it as there is room for.

use rustix::termios::tcgetwinsize;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

/// What is left out of a report that is too long, first things first: the labels of its notes. What there is still room for after
/// that comes back.
const DISPENSABLE: [&str; 6] = [
    "chapter",
    "by hand",
    "also",
    "server printed",
    "clients",
    "why",
];

/// To the upper left corner, and everything gone, also what was scrolled away: what is there is of this run.
const CLEAR: &str = "\u{1b}[H\u{1b}[2J\u{1b}[3J";

/// The terminal, or whatever stdout is.
pub(crate) struct Screen {
    /// What is watched, and how.
    title: String,
}

impl Screen {
    pub(crate) fn new(folder: &Path, how: Option<String>) -> Screen {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let how = how.map(|how| format!(" ({how})")).unwrap_or_default();
        Screen {
            title: format!("{name}{how}"),
        }
    }

    /// How many characters fit in a line.
    pub(crate) fn columns(&self) -> usize {
        size().1
    }

    /// Says that a run has begun. What the last one has said stays until there is something new to say.
    pub(crate) fn begin(&self, number: u32) {
        if io::stdout().is_terminal() {
            let begun = match number {
                1 => format!("{CLEAR}watching {}: checking …", self.title),
                _ => "\r\u{1b}[Kchecking …".into(),
            };
            write(&begun);
        }
    }

    /// Shows what the run has printed, so far, or all of it and the time that it took.
    pub(crate) fn show(&self, output: &str, number: u32, took: Option<Duration>) {
        let status = match took {
            Some(took) => format!(
                "{}: check {number}, {:.2} s · Enter checks again, q leaves",
                self.title,
                took.as_secs_f64()
            ),
            None => "checking the others …".into(),
        };
        if io::stdout().is_terminal() {
            let (rows, columns) = size();
            let room = rows.saturating_sub(rows_of(&status, columns) + 1);
            let text = fitted(output, room, columns);
            write(&format!("{CLEAR}{text}\n{status}"));
        } else if took.is_some() {
            write(&format!("{output}{status}\n"));
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if io::stdout().is_terminal() {
            write("\n"); // The shell's prompt gets a line of its own.
        }
    }
}

/// A stdout that is closed is no reason to stop: the user leaves when they want to.
fn write(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

/// Rows and columns of the terminal; a usual one's, if there is none.
fn size() -> (usize, usize) {
    match tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_row > 0 && size.ws_col > 0 => (size.ws_row.into(), size.ws_col.into()),
        _ => (24, 80),
    }
}

/// `output` in at most `room` rows: without warnings and notes that can be dispensed with, and at last without its middle.
fn fitted(output: &str, room: usize, columns: usize) -> String {
    let mut lines: Vec<&str> = output.trim_end().lines().collect();
    if height(&lines, columns) > room {
        let of_cargo = ["Blocking ", "Compiling "];
        let is_of_cargo = |line: &str| of_cargo.iter().any(|it| line.starts_with(it));
        lines.retain(|line| !is_of_cargo(bare(line).trim_start()));
    }
    if height(&lines, columns) > room {
        lines = without_warnings(lines);
    }
    lines = with_notes_that_fit(&lines, room, columns);
    if height(&lines, columns) > room {
        let cut = "   …";
        let last: Vec<&str> = lines.split_off(lines.len().saturating_sub(2));
        let room = room.saturating_sub(height(&last, columns) + 1);
        while height(&lines, columns) > room && lines.pop().is_some() {}
        lines.push(cut);
        lines.extend(last);
    }
    lines.join("\n")
}

/// The lines without as many of the notes that can be dispensed with as there is no room for.
fn with_notes_that_fit<'l>(lines: &[&'l str], room: usize, columns: usize) -> Vec<&'l str> {
    let fits = |left_out: &[&str]| height(&without(lines, left_out), columns) <= room;
    let fewest = (0..DISPENSABLE.len()).find(|&count| fits(&DISPENSABLE[..count]));
    let mut left_out = DISPENSABLE[..fewest.unwrap_or(DISPENSABLE.len())].to_vec();
    // The last one may have been long, and others may fit beside the rest.
    for label in left_out.clone().into_iter().rev() {
        let others: Vec<&str> = left_out.iter().copied().filter(|it| *it != label).collect();
        if fits(&others) {
            left_out = others;
        }
    }
    without(lines, &left_out)
}

/// Leaves out the compiler's warnings, if something is wrong with the program that was built in spite of them.
fn without_warnings(lines: Vec<&str>) -> Vec<&str> {
    let begins = |line: &str, word: &str| bare(line).starts_with(word);
    if !lines.iter().any(|line| begins(line, "error")) {
        return lines;
    }
    let mut inside = false;
    let mut kept = lines;
    kept.retain(|line| {
        // A warning ends with an empty line, but for the sentence that counts them.
        let was_inside = inside;
        inside = (inside && !line.is_empty()) || begins(line, "warning");
        let is_gone = inside || (was_inside && line.is_empty());
        inside &= !begins(line, "warning: `");
        !is_gone
    });
    kept
}

/// The lines without the notes `= label: …` of these labels, and without the lines that go on with them.
fn without<'l>(lines: &[&'l str], labels: &[&str]) -> Vec<&'l str> {
    let mut inside = false;
    let is_kept = |line: &&&str| {
        let bare = bare(line);
        let text = bare.trim_start();
        match text.strip_prefix("= ") {
            Some(note) => {
                let is_it = |label: &&str| {
                    let rest = note.strip_prefix(label);
                    rest.is_some_and(|rest| rest.starts_with(':'))
                };
                inside = labels.iter().any(is_it);
            }
            // What goes on is indented further than the notes themselves.
            None => inside &= text.len() + 8 <= bare.len(),
        }
        !inside
    };
    lines.iter().filter(is_kept).copied().collect()
}

/// How many rows lines take.
fn height(lines: &[&str], columns: usize) -> usize {
    lines.iter().map(|line| rows_of(line, columns)).sum()
}

/// How many rows a line takes.
fn rows_of(line: &str, columns: usize) -> usize {
    bare(line).chars().count().div_ceil(columns.max(1)).max(1)
}

/// A line without its colours, each `ESC [ numbers m`.
fn bare(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let mut bare = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        bare += part.split_once('m').map_or(part, |(_, text)| text);
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "\
error: bob did not receive
  --> slow-reader.script:15:1
   |
15 | bob receives
   |
   = \u{1b}[1mserver\u{1b}[0m: asleep in send
   = clients: ada sent 4.1 of 16 MiB,
              and more
   = hint: Which call is it?
   = by hand: cargo xtask run 05 --mine

05-select-read-write   22 of 23 scripts pass
22 passed, 1 failed
";

    #[test]
    fn what_fits_is_shown_as_it_is() {
        assert_eq!(fitted(REPORT, 13, 80), REPORT.trim_end());
    }

    #[test]
    fn what_can_be_dispensed_with_goes_first() {
        let shown = fitted(&format!("   Compiling x v0.1.0\n{REPORT}"), 13, 80);
        assert_eq!(shown, REPORT.trim_end());
        let shown = fitted(REPORT, 12, 80);
        assert!(
            !shown.contains("by hand") && shown.contains("clients"),
            "{shown}"
        );
        let shown = fitted(REPORT, 10, 80);
        assert!(
            !shown.contains("clients") && !shown.contains("and more"),
            "{shown}"
        );
        assert!(shown.contains("hint: Which call"), "{shown}");
    }

    #[test]
    fn what_there_is_room_for_comes_back() {
        // Without `by hand` it is one row too high, without `clients` two rows lower than it may be.
        let shown = fitted(REPORT, 11, 80);
        assert!(!shown.contains("clients"), "{shown}");
        assert!(shown.contains("by hand"), "{shown}");
    }

    #[test]
    fn warnings_give_way_to_what_is_wrong() {
        let warning = "warning: unused\n  --> a.rs:1\n   |\n\nwarning: `x` generated 1 warning\n";
        let shown = fitted(&format!("checking\n{warning}{REPORT}"), 14, 80);
        assert_eq!(shown, format!("checking\n{}", REPORT.trim_end()));
        // There is nothing else to be seen.
        let shown = fitted(&format!("{warning}2 passed\n"), 4, 80);
        assert!(shown.starts_with("warning: unused"), "{shown}");
    }

    #[test]
    fn the_first_and_the_last_lines_stay() {
        let shown = fitted(REPORT, 6, 80);
        assert_eq!(shown.lines().count(), 6);
        assert!(shown.starts_with("error: bob"), "{shown}");
        assert!(shown.ends_with("22 passed, 1 failed"), "{shown}");
    }

    #[test]
    fn a_line_is_as_high_as_it_is_long_but_for_its_colours() {
        assert_eq!(rows_of("", 10), 1);
        assert_eq!(rows_of("\u{1b}[1m1234567890\u{1b}[0m", 10), 1);
        assert_eq!(rows_of("12345678901", 10), 2);
    }
}
