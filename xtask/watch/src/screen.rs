//! Shows what a run has printed, as much of it as there is room for.

use rustix::termios::tcgetwinsize;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

/// What is left out of a report that is too long, first things first: the labels of its notes.
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

/// `output` in at most `room` rows: without notes that can be dispensed with, and at last without its middle.
fn fitted(output: &str, room: usize, columns: usize) -> String {
    let mut lines: Vec<&str> = output.trim_end().lines().collect();
    let height = |lines: &[&str]| {
        lines
            .iter()
            .map(|line| rows_of(line, columns))
            .sum::<usize>()
    };
    if height(&lines) > room {
        let of_cargo = ["Blocking ", "Compiling "];
        let is_of_cargo = |line: &str| of_cargo.iter().any(|it| line.starts_with(it));
        lines.retain(|line| !is_of_cargo(bare(line).trim_start()));
    }
    for label in DISPENSABLE {
        if height(&lines) <= room {
            break;
        }
        without(&mut lines, label);
    }
    if height(&lines) > room {
        let cut = "   …";
        let last: Vec<&str> = lines.split_off(lines.len().saturating_sub(2));
        let room = room.saturating_sub(height(&last) + 1);
        while height(&lines) > room && lines.pop().is_some() {}
        lines.push(cut);
        lines.extend(last);
    }
    lines.join("\n")
}

/// Takes the note `= label: …` out, with the lines that go on with it.
fn without(lines: &mut Vec<&str>, label: &str) {
    let mut inside = false;
    lines.retain(|line| {
        let bare = bare(line);
        let text = bare.trim_start();
        match text.strip_prefix("= ") {
            Some(note) => inside = note.starts_with(label) && note[label.len()..].starts_with(':'),
            // What goes on is indented further than the notes themselves.
            None => inside &= text.len() + 8 <= bare.len(),
        }
        !inside
    });
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
