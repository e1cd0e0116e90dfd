//! How servers stand to each other: the figures that another machine should show, too.

use crate::results::{Cell, Level, Results};
use crate::statistics::Quartiles;
use crate::table::{Table, count};

/// Whom lesson 10 is compared with, when all connections are busy.
const PEERS: [&str; 4] = ["C", "mio", "tokio", "asyncio"];

/// What a server's cost with many idle connections is compared with: its own with none.
const GROWING: [&str; 7] = ["05", "07", "08-select", "08-poll", "08-default", "10", "11"];

/// A cost in terms of another.
#[derive(Debug, Clone, PartialEq)]
pub struct Ratio {
    /// Whose cost: `10 at 64 connections`.
    pub of: String,
    /// In terms of whose: `C`.
    pub to: String,
    /// The quartiles over the pairs of one round.
    pub is: Quartiles,
    /// From how many pairs.
    pub pairs: usize,
}

/// How the names of the learner's servers end.
pub const MINE: &str = "-mine";

/// All ratios that `results` have the figures for.
pub fn all(results: &Results) -> Vec<Ratio> {
    let levels = results.busy_levels();
    let beside = levels.iter().filter(|level| level.busy > 1);
    let beside = beside.flat_map(|level| {
        let peers = PEERS.map(|peer| compared(results, "10", peer, *level));
        peers.into_iter().chain(learners(results, *level))
    });
    let mine = results.servers.iter().filter(|it| it.id.ends_with(MINE));
    let growing = GROWING.into_iter().chain(mine.map(|it| it.id.as_str()));
    let growing = growing.map(|server| growth(results, server));
    beside.chain(growing).flatten().collect()
}

/// The costs of the learner's servers, each in terms of its lesson's.
fn learners(results: &Results, level: Level) -> Vec<Option<Ratio>> {
    let compared = |mine: &str| {
        let lesson = match mine.strip_suffix(MINE)? {
            // It has three selectors, and takes this one if it is not asked for another.
            "08" => "08-default",
            number => number,
        };
        compared(results, mine, lesson, level)
    };
    let servers = results.servers.iter();
    servers.map(|server| compared(&server.id)).collect()
}

/// A server's cost in terms of another's.
fn compared(results: &Results, own: &str, peer: &str, level: Level) -> Option<Ratio> {
    let of = format!("{own} at {} connections", level.busy);
    let (own, other) = (results.cell(own, level)?, results.cell(peer, level)?);
    Some(Ratio {
        of,
        to: peer.to_owned(),
        is: own.ratio(other),
        pairs: own.cpu.len().min(other.cpu.len()),
    })
}

/// A server's cost at the highest level of idle connections that it has, in terms of its cost with none.
pub fn growth(results: &Results, server: &str) -> Option<Ratio> {
    let (none, most) = none_and_most(results, server)?;
    Some(Ratio {
        of: format!("{server} with {} silent", count(most.level.idle)),
        to: "with none".into(),
        is: most.ratio(none),
        pairs: most.cpu.len().min(none.cpu.len()),
    })
}

/// What each idle connection adds to the cost of an echo, in nanoseconds, at the highest level that a server has.
pub fn slope(results: &Results, server: &str) -> Option<f64> {
    let (none, most) = none_and_most(results, server)?;
    let idle = (most.level.idle - none.level.idle) as f64;
    Some((most.cost() - none.cost()) / idle)
}

/// What was measured of a server with no idle connection, and at the highest level of them that it has.
fn none_and_most<'r>(results: &'r Results, server: &str) -> Option<(&'r Cell, &'r Cell)> {
    let levels = results.idle_levels();
    let mut cells = levels
        .iter()
        .filter_map(|level| results.cell(server, *level));
    Some((cells.next()?, cells.next_back()?))
}

/// The ratios as a table; beside each the one of an `earlier` run.
pub fn table(results: &Results, earlier: Option<&Results>) -> Table {
    let mut head = vec!["cost of", "in terms of", "median", "middle half", "pairs"];
    let before = earlier.map(all).unwrap_or_default();
    if earlier.is_some() {
        head.extend(["earlier", "differs by"]);
    }
    let row = |ratio: &Ratio| {
        let Quartiles { low, median, high } = ratio.is;
        let mut row = vec![
            ratio.of.clone(),
            ratio.to.clone(),
            format!("{median:.2}"),
            format!("{low:.2} to {high:.2}"),
            ratio.pairs.to_string(),
        ];
        let same = |it: &&Ratio| it.of == ratio.of && it.to == ratio.to;
        if let Some(before) = before.iter().find(same) {
            row.push(format!("{:.2}", before.is.median));
            let change = (median / before.is.median - 1.0) * 100.0;
            row.push(format!("{change:+.0} %"));
        }
        row
    };
    Table {
        title: "Ratios of CPU time per echo".into(),
        head: head.into_iter().map(str::to_owned).collect(),
        rows: all(results).iter().map(row).collect(),
        words: 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::tests::sample;

    #[test]
    fn a_ratio_is_the_median_over_pairs_and_not_the_ratio_of_medians() {
        let mut results = sample();
        let level = Level { busy: 64, idle: 0 };
        // The machine got slower in the second half of the run, for both.
        for cell in &mut results.cells {
            match cell.server.as_str() {
                "10" if cell.level == level => cell.cpu = vec![100.0, 100.0, 1000.0],
                "C" if cell.level == level => cell.cpu = vec![100.0, 500.0, 500.0],
                _ => {}
            }
        }
        let ratios = all(&results);
        let ratio = ratios.iter().find(|it| it.to == "C");
        let ratio = ratio.expect("both were measured");
        assert_eq!(ratio.is.median, 1.0);
        assert_eq!(
            (ratio.of.as_str(), ratio.pairs),
            ("10 at 64 connections", 3)
        );
    }

    #[test]
    fn a_learners_server_is_compared_with_its_lessons() {
        let mut results = sample();
        for server in &mut results.servers {
            server.id = server.id.replace('C', "07-mine");
        }
        for cell in &mut results.cells {
            cell.server = cell.server.replace('C', "07-mine");
        }
        let ratios = all(&results);
        let ratio = ratios
            .iter()
            .find(|it| it.of == "07-mine at 64 connections");
        let ratio = ratio.expect("both were measured");
        assert_eq!((ratio.to.as_str(), ratio.is.median), ("07", 0.8));
    }

    #[test]
    fn growth_and_slope_are_those_of_the_highest_level_that_a_server_has() {
        let results = sample();
        let growth = growth(&results, "07").expect("measured");
        assert_eq!(growth.of, "07 with 1,000 silent");
        assert_eq!(growth.is.median, 6.0);
        assert_eq!(slope(&results, "07"), Some(20.0));
        assert_eq!(slope(&results, "C"), None);
    }

    #[test]
    fn another_run_stands_beside_it() {
        let results = sample();
        let text = table(&results, Some(&results)).text(100);
        assert!(text.contains("differs by"), "{text}");
        assert!(text.contains("+0 %"), "{text}");
    }
}
