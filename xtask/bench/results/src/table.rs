//! Tables: for a terminal as text, for the book as Markdown.

use crate::ratio;
use crate::results::{Cell, Level, Results};
use std::fmt::Write;

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// What stands above it.
    pub title: String,
    /// The head of each column.
    pub head: Vec<String>,
    /// A shorter row ends with empty fields.
    pub rows: Vec<Vec<String>>,
    /// How many of the first columns are words; the others are figures, and are set to the right.
    pub words: usize,
}

impl Table {
    /// The table for a terminal whose lines have so many characters. Where that is not enough, heads take two lines; and if it is
    /// not enough then, nobody is said to be what the first table says already.
    pub fn text(&self, columns: usize) -> String {
        let head = vec![self.head.clone()];
        if self.width(&head) <= columns {
            return self.text_with(&head, columns);
        }
        let halves = |field: &String| match field.rsplit_once(' ').filter(|_| field != WHAT) {
            Some((first, last)) => (first.to_owned(), last.to_owned()),
            None => (String::new(), field.clone()),
        };
        let (first, last) = self.head.iter().map(halves).unzip();
        let head = vec![first, last];
        if self.width(&head) <= columns || self.head.get(1).is_none_or(|it| it != WHAT) {
            return self.text_with(&head, columns);
        }
        let mut narrower = self.clone();
        for row in [&mut narrower.head].into_iter().chain(&mut narrower.rows) {
            row.remove(1);
        }
        narrower.words = 1;
        narrower.text(columns)
    }

    /// How wide each column is under this head.
    fn widths(&self, head: &[Vec<String>]) -> Vec<usize> {
        let width = |column: usize| {
            let rows = self.rows.iter().chain(head);
            let fields = rows.filter_map(|row| row.get(column));
            fields.map(|field| field.chars().count()).max().unwrap_or(0)
        };
        (0..self.head.len()).map(width).collect()
    }

    fn width(&self, head: &[Vec<String>]) -> usize {
        self.widths(head).iter().map(|width| width + 2).sum()
    }

    fn text_with(&self, head: &[Vec<String>], columns: usize) -> String {
        let widths = self.widths(head);
        let mut text = format!("{}\n", wrapped(&self.title, columns));
        for row in head.iter().chain(&self.rows) {
            let mut line = String::new();
            for (column, (field, width)) in row.iter().zip(&widths).enumerate() {
                let _ = match column < self.words {
                    true => write!(line, "  {field:<width$}"),
                    false => write!(line, "  {field:>width$}"),
                };
            }
            text += line.trim_end();
            text.push('\n');
        }
        text
    }

    /// The table for a page.
    pub fn markdown(&self) -> String {
        let mut text = format!("**{}**\n\n", self.title);
        let line = |fields: &[String]| format!("| {} |\n", fields.join(" | "));
        text += &line(&self.head);
        let rule = |column| if column < self.words { "---" } else { "--:" };
        let rules: Vec<&str> = (0..self.head.len()).map(rule).collect();
        text += &format!("|{}|\n", rules.join("|"));
        for row in &self.rows {
            text += &line(row);
        }
        text
    }
}

/// What an echo costs each server when all connections are busy.
pub fn cost(results: &Results) -> Table {
    let levels = results.busy_levels();
    let costs = |cell: &Cell| microseconds(cell.cost());
    let calls = |cell: &Cell| cell.calls.map_or("–".into(), |calls| format!("{calls:.2}"));
    let (first, many) = ("CPU at", "calls at");
    let columns = [(first, &costs as Shown<'_>), (many, &calls)];
    let title = "CPU time of the server for an echo, in microseconds, and its system calls for an echo, by busy connections";
    by_level(results, title, &levels, &columns)
}

/// How many echoes a server manages, and how long a client waits for one.
pub fn speed(results: &Results) -> Table {
    let levels = results.busy_levels();
    let rate = |cell: &Cell| format!("{:.1}", cell.per_second() / 1000.0);
    let latency = |cell: &Cell| {
        let (half, most) = (cell.p50 as f64 / 1000.0, cell.p99 as f64 / 1000.0);
        format!("{half:.0} / {most:.0}")
    };
    let columns = [("rate at", &rate as Shown<'_>), ("wait at", &latency)];
    let title = "Thousands of echoes in a second, and the time that half / 99 of 100 of them took at most, in microseconds, by busy connections";
    by_level(results, title, &levels, &columns)
}

/// What an echo costs each server beside idle connections.
pub fn idle(results: &Results) -> Table {
    let levels = results.idle_levels();
    let busy = levels.first().map_or(0, |level| level.busy);
    let costs = |cell: &Cell| microseconds(cell.cost());
    let title = format!(
        "CPU time of the server for an echo, in microseconds, {busy} connections busy beside so many silent ones; what each \
         silent one adds, in nanoseconds; and the process's own memory for each, in bytes"
    );
    let mut table = by_level(results, &title, &levels, &[(SILENT, &costs)]);
    table.head.extend(["adds".into(), "memory".into()]);
    for row in &mut table.rows {
        let id = row[0].clone();
        let slope = ratio::slope(results, &id);
        row.push(slope.map_or("–".into(), tenths));
        let memory = results.memory_per_idle(&id);
        row.push(memory.map_or("–".into(), |memory| count(memory.round() as usize)));
    }
    table
}

/// The head of the column that says what a server is.
const WHAT: &str = "what it is";

/// The columns are named by the number of silent connections.
const SILENT: &str = "";

/// What is shown of a cell.
type Shown<'s> = &'s dyn Fn(&Cell) -> String;

/// A table with a row for each server that took part, and for each column of `shown` one for each level.
fn by_level(results: &Results, title: &str, levels: &[Level], shown: &[(&str, Shown)]) -> Table {
    let mut head = vec!["server".to_owned(), WHAT.to_owned()];
    for (name, _) in shown {
        head.extend(levels.iter().map(|level| match *name {
            SILENT => count(level.idle),
            name => format!("{name} {}", level.busy),
        }));
    }
    let took_part = results.servers.iter().filter(|it| it.missing.is_none());
    let row = |server: &crate::Server| {
        let mut row = vec![server.id.clone(), server.what.clone()];
        for (_, shown) in shown {
            let cells = levels.iter().map(|level| results.cell(&server.id, *level));
            row.extend(cells.map(|cell| cell.map_or("–".into(), shown)));
        }
        row
    };
    Table {
        title: title.into(),
        head,
        rows: took_part.map(row).collect(),
        words: 2,
    }
}

/// Nanoseconds as microseconds, with three figures or so.
pub(crate) fn microseconds(nanoseconds: f64) -> String {
    let microseconds = nanoseconds / 1000.0;
    match microseconds {
        ..10.0 => format!("{microseconds:.2}"),
        ..100.0 => format!("{microseconds:.1}"),
        _ => format!("{microseconds:.0}"),
    }
}

/// With one decimal; what is rounded to nothing has no sign.
fn tenths(number: f64) -> String {
    let text = format!("{number:.1}");
    match text.as_str() {
        "-0.0" => "0.0".into(),
        _ => text,
    }
}

/// `text` in lines of at most so many characters, if its words allow it.
pub fn wrapped(text: &str, columns: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last().map_or(0, |line| line.chars().count());
        if line > 0 && line + 1 + word.chars().count() > columns {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            let gap = if line.is_empty() { "" } else { " " };
            *line += &format!("{gap}{word}");
        }
    }
    lines.join("\n")
}

/// A number with a comma at the thousands.
pub(crate) fn count(number: usize) -> String {
    match number {
        ..1000 => number.to_string(),
        _ => format!("{},{:03}", count(number / 1000), number % 1000),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::results::{Machine, Server, VERSION};

    /// Two lessons and a peer, with figures that are easy to check.
    pub(crate) fn sample() -> Results {
        let server = |id: &str, what: &str| Server {
            id: id.into(),
            what: what.into(),
            missing: None,
        };
        let cell = |server: &str, busy, idle, cpu: f64| Cell {
            server: server.into(),
            level: Level { busy, idle },
            cpu: vec![cpu * 0.9, cpu, cpu * 1.1],
            rate: vec![50_000.0, 60_000.0, 70_000.0],
            p50: 20_000,
            p99: 90_000,
            calls: (idle == 0 && busy != 16).then_some(3.0),
            memory: 1_000_000 + 200 * idle as u64,
        };
        Results {
            version: VERSION,
            machine: Machine {
                cpu: "a processor".into(),
                cpus: 2,
                kernel: "Linux 6.1".into(),
                pinned: "the load on 0, the server on 1".into(),
            },
            commit: "abcdef".into(),
            rustc: "rustc 1.90.0".into(),
            quick: false,
            servers: vec![
                server("07", "poll"),
                server("10", "epoll"),
                server("C", "epoll in C"),
            ],
            cells: vec![
                cell("07", 64, 0, 5000.0),
                cell("10", 64, 0, 4000.0),
                cell("C", 64, 0, 4000.0),
                cell("07", 16, 0, 4000.0),
                cell("07", 16, 1000, 24_000.0),
                cell("10", 16, 0, 4000.0),
                cell("10", 16, 1000, 4000.0),
            ],
        }
    }

    #[test]
    fn a_table_for_a_terminal_is_in_columns() {
        let text = cost(&sample()).text(200);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                "  server  what it is  CPU at 64  calls at 64",
                "  07      poll             5.00         3.00",
                "  10      epoll            4.00         3.00",
                "  C       epoll in C       4.00         3.00",
            ]
        );
    }

    #[test]
    fn where_there_is_little_room_heads_take_two_lines_and_then_names_are_all() {
        let lines = |columns| cost(&sample()).text(columns);
        let text = lines(43);
        let lines_of = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let shown = lines_of(&text);
        assert_eq!(
            &shown[shown.len() - 5..],
            [
                "                      CPU at  calls at",
                "  server  what it is      64        64",
                "  07      poll          5.00      3.00",
                "  10      epoll         4.00      3.00",
                "  C       epoll in C    4.00      3.00",
            ]
        );
        let shown = lines_of(&lines(30));
        assert_eq!(shown[shown.len() - 3], "  07        5.00      3.00");
        assert!(
            shown.iter().all(|line| line.chars().count() <= 30),
            "{shown:?}"
        );
    }

    #[test]
    fn nothing_has_no_sign() {
        assert_eq!([-0.04, 0.04, -2.0].map(tenths), ["0.0", "0.0", "-2.0"]);
    }

    #[test]
    fn a_table_for_a_page_says_where_nothing_was_measured() {
        let text = idle(&sample()).markdown();
        let lines: Vec<&str> = text.lines().skip(2).collect();
        assert_eq!(
            lines,
            [
                "| server | what it is | 0 | 1,000 | adds | memory |",
                "|---|---|--:|--:|--:|--:|",
                "| 07 | poll | 4.00 | 24.0 | 20.0 | 200 |",
                "| 10 | epoll | 4.00 | 4.00 | 0.0 | 200 |",
                "| C | epoll in C | – | – | – | – |",
            ]
        );
    }

    #[test]
    fn results_come_back_from_their_file_as_they_were() {
        let folder = std::env::temp_dir().join(format!("results-{}", std::process::id()));
        let path = folder.join("r.json");
        let results = sample();
        results.write(&path).expect("written");
        let text = std::fs::read_to_string(&path).expect("read");
        assert_eq!(Results::read(&path).expect("read"), results);
        std::fs::write(&path, text.replacen("\"version\":1", "\"version\":0", 1)).expect("written");
        let error = Results::read(&path)
            .expect_err("another version")
            .to_string();
        assert!(error.contains("is of version 0, not 1"), "{error}");
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
