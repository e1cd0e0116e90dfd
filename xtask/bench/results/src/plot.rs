//! Plots of what was measured.

use crate::results::{Cell, Level, Results, Server};
use crate::scale::{Log, spread};
use crate::svg::{Anchor, Svg};
use crate::table::{count, microseconds};

/// A plot.
pub struct Plot(Svg);

impl Plot {
    /// The plot as an element of a page, in the page's colours.
    pub fn inline(&self) -> String {
        self.0.inline()
    }

    /// The plot as a file.
    pub fn standalone(&self) -> String {
        self.0.standalone()
    }
}

/// How a line is told from the others where there is no colour: by its strokes and its marks. The label at its end names it.
struct Look {
    server: &'static str,
    label: &'static str,
    /// Its colour, if there is colour: that of the call.
    class: &'static str,
    dash: &'static str,
    mark: &'static [(f64, f64)],
}

const SQUARE: &[(f64, f64)] = &[(-4.5, -4.5), (4.5, -4.5), (4.5, 4.5), (-4.5, 4.5)];
const DIAMOND: &[(f64, f64)] = &[(0.0, -6.5), (6.5, 0.0), (0.0, 6.5), (-6.5, 0.0)];
const UP: &[(f64, f64)] = &[(0.0, -6.0), (6.0, 5.0), (-6.0, 5.0)];
const DOWN: &[(f64, f64)] = &[(0.0, 6.0), (6.0, -5.0), (-6.0, -5.0)];
const BAR: &[(f64, f64)] = &[(-2.0, -7.0), (2.0, -7.0), (2.0, 7.0), (-2.0, 7.0)];
const DASH: &[(f64, f64)] = &[(-7.0, -2.0), (7.0, -2.0), (7.0, 2.0), (-7.0, 2.0)];

const LOOKS: [Look; 6] = [
    look("05", "05: select", "select", "", SQUARE),
    look("08-select", "08: SelectSelector", "select", "7 4", DIAMOND),
    look("07", "07: poll", "poll", "", UP),
    look("08-poll", "08: PollSelector", "poll", "7 4", DOWN),
    look("10", "10: epoll", "epoll", "", BAR),
    look("11", "11: epoll, edge-triggered", "epoll", "2 4", DASH),
];

const fn look(
    server: &'static str,
    label: &'static str,
    class: &'static str,
    dash: &'static str,
    mark: &'static [(f64, f64)],
) -> Look {
    Look {
        server,
        label,
        class,
        dash,
        mark,
    }
}

/// Cost over connections, both on logarithmic axes; `None` if the results have not two levels of idle connections,
/// or none of the servers that it shows.
pub fn idle(results: &Results) -> Option<Plot> {
    let levels = results.idle_levels();
    let (first, last) = (levels.first()?, levels.last()?);
    if first.idle == last.idle {
        return None;
    }
    let lines = LOOKS.iter().map(|look| {
        let cells = levels
            .iter()
            .filter_map(|level| results.cell(look.server, *level));
        (look, cells.collect::<Vec<&Cell>>())
    });
    let lines: Vec<(&Look, Vec<&Cell>)> = lines.filter(|(_, cells)| !cells.is_empty()).collect();
    let frame = Frame::around(*first, *last, &lines)?;
    let title = format!(
        "What an echo costs, {} connections busy and the others silent",
        first.busy
    );
    let mut svg = Svg::new("plot-idle", (880.0, 530.0), &title, described(&lines));
    svg.text((16.0, 26.0), Anchor::Start, "title", &title);
    let how = "Both axes multiply: each line of the grid stands for 2 to 2.5 times the one before. A flat line is a cost that does not grow.";
    svg.text((16.0, 50.0), Anchor::Start, "", how);
    frame.draw(&mut svg, &levels);
    for (look, cells) in &lines {
        let points: Vec<(f64, f64)> = cells.iter().map(|cell| frame.place(cell)).collect();
        svg.polyline(&points, look.dash, look.class);
        for point in points {
            svg.shape(point, look.mark, look.class);
        }
    }
    frame.label(&mut svg, &lines);
    Some(Plot(svg))
}

/// All connections of a level: an axis of factors has no place for none idle.
fn total(level: Level) -> f64 {
    (level.busy + level.idle) as f64
}

/// The axes of the plot over idle connections.
struct Frame {
    x: Log,
    y: Log,
}

impl Frame {
    /// Axes with room for all `lines`, from one level to another; `None` if there are no lines.
    fn around(first: Level, last: Level, lines: &[(&Look, Vec<&Cell>)]) -> Option<Frame> {
        let costs = lines.iter().flat_map(|(_, cells)| cells);
        let costs = costs.map(|cell| cell.cost());
        let (low, high) = (costs.clone().reduce(f64::min)?, costs.reduce(f64::max)?);
        Some(Frame {
            x: Log {
                values: (total(first), total(last)),
                places: (80.0, 660.0),
            },
            y: Log {
                values: (low / 1.3, high * 1.3),
                places: (460.0, 90.0),
            },
        })
    }

    fn place(&self, cell: &Cell) -> (f64, f64) {
        (self.x.place(total(cell.level)), self.y.place(cell.cost()))
    }

    fn draw(&self, svg: &mut Svg, levels: &[Level]) {
        let (left, right) = self.x.places;
        let (bottom, top) = self.y.places;
        for tick in self.y.ticks() {
            let y = self.y.place(tick);
            svg.line((left, y), (right, y), "grid");
            let label = format!("{} µs", tick / 1000.0);
            svg.text((left - 8.0, y + 5.0), Anchor::End, "", label);
        }
        for level in levels {
            let x = self.x.place(total(*level));
            svg.line((x, bottom), (x, top), "grid");
            // 10,000 and 5,000 are near each other.
            svg.text((x, bottom + 22.0), Anchor::Middle, "", count(level.idle));
        }
        svg.line((left, bottom), (right, bottom), "axis");
        svg.line((left, bottom), (left, top), "axis");
        let words = "silent connections beside the busy ones";
        svg.text(
            ((left + right) / 2.0, bottom + 48.0),
            Anchor::Middle,
            "",
            words,
        );
        let words = "CPU time of the server for one echo";
        svg.text((16.0, top - 16.0), Anchor::Start, "", words);
    }

    /// Names each line at its right end. Where several end at the same place, their labels are below each other; where others go
    /// on, upward, they are below those.
    fn label(&self, svg: &mut Svg, lines: &[(&Look, Vec<&Cell>)]) {
        let mut ends: Vec<((f64, f64), &Look)> = Vec::new();
        for (look, cells) in lines {
            ends.extend(cells.last().map(|cell| (self.place(cell), *look)));
        }
        ends.sort_by(|(a, _), (b, _)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        for ends in ends.chunk_by(|(a, _), (b, _)| a.0 == b.0) {
            let goes_on = ends.iter().any(|((x, _), _)| *x < self.x.places.1 - 1.0);
            let below = if goes_on { 26.0 } else { 0.0 };
            let heights: Vec<f64> = ends.iter().map(|((_, y), _)| y + below).collect();
            for (((x, y), look), height) in ends.iter().zip(spread(&heights, 19.0)) {
                let class = format!("label {}", look.class);
                svg.line((x + 9.0, *y), (x + 16.0, height), "grid");
                svg.text((x + 18.0, height + 5.0), Anchor::Start, &class, look.label);
            }
        }
    }
}

/// The lines in words.
fn described(lines: &[(&Look, Vec<&Cell>)]) -> String {
    let of_line = |(look, cells): &(&Look, Vec<&Cell>)| {
        let of_cell = |cell: &&Cell| {
            let (cost, idle) = (microseconds(cell.cost()), count(cell.level.idle));
            format!("{cost} beside {idle}")
        };
        let cells: Vec<String> = cells.iter().map(of_cell).collect();
        format!("{}: {}.", look.label, cells.join(", "))
    };
    let lines: Vec<String> = lines.iter().map(of_line).collect();
    format!(
        "Microseconds of CPU time for an echo beside silent connections. {}",
        lines.join(" ")
    )
}

/// The cost of an echo for each server as a bar, `busy` connections being busy and none idle; `None` if that was not measured.
pub fn busy(results: &Results, busy: usize) -> Option<Plot> {
    const ROW: f64 = 27.0;
    const TOP: f64 = 84.0;
    const LEFT: f64 = 330.0;
    const WIDTH: f64 = 450.0;
    let level = Level { busy, idle: 0 };
    let rows: Vec<(&Server, f64)> = (results.servers.iter())
        .filter_map(|server| Some((server, results.cell(&server.id, level)?.cost())))
        .collect();
    let most = rows.iter().map(|(_, cost)| *cost).reduce(f64::max)?;
    let connections = if busy == 1 {
        "connection"
    } else {
        "connections"
    };
    let title = format!("What an echo costs, {busy} {connections} busy and none silent");
    let in_words = rows
        .iter()
        .map(|(server, cost)| format!("{}: {}.", server.id, microseconds(*cost)));
    let in_words: Vec<String> = in_words.collect();
    let described = format!(
        "Microseconds of CPU time for an echo. {}",
        in_words.join(" ")
    );
    let size = (880.0, TOP + rows.len() as f64 * ROW + 16.0);
    let mut svg = Svg::new(&format!("plot-busy-{busy}"), size, &title, described);
    svg.text((16.0, 26.0), Anchor::Start, "title", &title);
    let how = "CPU time of the server, in microseconds: a shorter bar is better. Filled: the lessons. Hollow: others.";
    svg.text((16.0, 50.0), Anchor::Start, "", how);
    for (index, (server, cost)) in rows.iter().enumerate() {
        let y = TOP + index as f64 * ROW;
        let (length, class) = (cost / most * WIDTH, kind(server));
        let name = format!("{}: {}", server.id, server.what);
        svg.text((LEFT - 10.0, y + 5.0), Anchor::End, "", name);
        svg.rectangle((LEFT, y - 8.0), (length, 16.0), class);
        svg.text(
            (LEFT + length + 8.0, y + 5.0),
            Anchor::Start,
            "",
            microseconds(*cost),
        );
    }
    let bottom = TOP + rows.len() as f64 * ROW - 12.0;
    svg.line((LEFT, TOP - 15.0), (LEFT, bottom), "axis");
    Some(Plot(svg))
}

/// A lesson's server, or the learner's, has the number of a lesson.
fn kind(server: &Server) -> &'static str {
    match server.id.starts_with(|char: char| char.is_ascii_digit()) {
        true => "lesson",
        false => "peer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::tests::sample;

    #[test]
    fn every_line_has_its_own_strokes_and_marks_beside_its_colour() {
        for (index, look) in LOOKS.iter().enumerate() {
            for other in &LOOKS[index + 1..] {
                assert_ne!(look.mark, other.mark, "{} and {}", look.label, other.label);
                let looks = |look: &Look| (look.class, look.dash);
                assert_ne!(
                    looks(look),
                    looks(other),
                    "{} and {}",
                    look.label,
                    other.label
                );
            }
        }
    }

    #[test]
    fn the_plot_over_idle_connections_names_every_line_that_was_measured() {
        let text = idle(&sample()).expect("two levels").inline();
        assert!(text.contains(">07: poll</text>"), "{text}");
        assert!(text.contains(">10: epoll</text>"), "{text}");
        assert!(!text.contains("05: select"), "{text}");
        assert!(
            text.contains("07: poll: 4.00 beside 0, 24.0 beside 1,000."),
            "{text}"
        );
        assert_eq!(text.matches("<polyline").count(), 2);
    }

    #[test]
    fn without_a_server_that_it_shows_there_is_no_plot_over_idle_connections() {
        let mut results = sample();
        results.cells.retain(|cell| cell.server == "C");
        assert!(idle(&results).is_none());
        let mut results = sample();
        results.cells.retain(|cell| cell.level.idle == 0);
        assert!(idle(&results).is_none());
    }

    #[test]
    fn a_bar_is_as_long_as_its_cost() {
        let text = busy(&sample(), 64).expect("measured").inline();
        let widths: Vec<&str> = text
            .lines()
            .filter_map(|line| {
                line.strip_prefix("<rect")?
                    .split("width=\"")
                    .nth(1)?
                    .split('"')
                    .next()
            })
            .collect();
        assert_eq!(widths, ["450.0", "360.0", "360.0"]);
        assert!(busy(&sample(), 3).is_none());
    }
}
