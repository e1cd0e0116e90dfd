//! What was measured, as it is kept in a file.

use crate::statistics::{Quartiles, median};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

/// The version of the file's format that this program writes and reads.
pub const VERSION: u32 = 1;

/// One run of the benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// [`VERSION`].
    pub version: u32,
    /// What it ran on.
    pub machine: Machine,
    /// The commit of the workspace, with `+` after it if files had changed since.
    pub commit: String,
    /// What `rustc --version` says.
    pub rustc: String,
    /// Whether it was the short run, whose figures are rough.
    pub quick: bool,
    /// Who was measured, in the order of the tables.
    pub servers: Vec<Server>,
    /// What was measured, one for each server and level.
    pub cells: Vec<Cell>,
}

/// What a benchmark ran on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The model of its processor.
    pub cpu: String,
    /// How many processors there were to run on.
    pub cpus: usize,
    /// The kernel's name and version.
    pub kernel: String,
    /// Which processors the load and the server had, in words.
    pub pinned: String,
}

impl Machine {
    /// `2 processors`
    pub fn processors(&self) -> String {
        match self.cpus {
            1 => "1 processor".into(),
            more => format!("{more} processors"),
        }
    }
}

/// A server that takes part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Its short name, such as `10` or `tokio`.
    pub id: String,
    /// What it waits in, or what it is written with.
    pub what: String,
    /// Why it did not take part, if it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
}

/// How many connections a server had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Level {
    /// Those that always have a message under way.
    pub busy: usize,
    /// Those that are silent.
    pub idle: usize,
}

/// What was measured of one server at one level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// The server's [`Server::id`].
    pub server: String,
    /// How many connections it had.
    #[serde(flatten)]
    pub level: Level,
    /// The server's CPU time for an echo, in nanoseconds, in each round. The same round of two cells of one comparison
    /// was taken within the same second or so: they are pairs.
    pub cpu: Vec<f64>,
    /// Echoes in a second, in each round.
    pub rate: Vec<f64>,
    /// The latency that half of the echoes were below, in nanoseconds.
    pub p50: u64,
    /// The latency that 99 of 100 echoes were below, in nanoseconds.
    pub p99: u64,
    /// System calls of the server for an echo, counted in a round of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<f64>,
    /// Memory of the process's own (RssAnon) when the idle connections had been made, in bytes.
    pub memory: u64,
}

impl Results {
    /// Reads a file that [`Results::write`] has written.
    ///
    /// # Errors
    /// There is none, or it is of another version.
    pub fn read(path: &Path) -> Result<Results> {
        let text = fs::read_to_string(path);
        let text = text.with_context(|| format!("cannot read {}", path.display()))?;
        let results: Results = serde_json::from_str(&text)
            .with_context(|| format!("{} is not what a benchmark writes", path.display()))?;
        if results.version != VERSION {
            let found = results.version;
            bail!(
                "{} is of version {found}, not {VERSION}: run the benchmark anew",
                path.display()
            );
        }
        Ok(results)
    }

    /// Writes them as JSON, and makes the folder if there is none.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let text = serde_json::to_string(self)?;
        // A line for each cell, so that two runs can be compared by eye.
        let text = text.replace("{\"server\":", "\n{\"server\":") + "\n";
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// What was measured of a server at a level.
    pub fn cell(&self, server: &str, level: Level) -> Option<&Cell> {
        let mut cells = self.cells.iter();
        cells.find(|cell| cell.server == server && cell.level == level)
    }

    /// The levels at which nobody was idle and everybody took part, fewest connections first.
    pub fn busy_levels(&self) -> Vec<Level> {
        let mut levels = self.levels();
        let idle_busy = self.idle_levels().first().map(|level| level.busy);
        levels.retain(|level| level.idle == 0 && Some(level.busy) != idle_busy);
        levels
    }

    /// The levels that differ only in how many were idle, fewest first.
    pub fn idle_levels(&self) -> Vec<Level> {
        let levels = self.levels();
        let busy = levels.iter().find(|level| level.idle > 0);
        let busy = busy.map(|level| level.busy);
        let mut levels = levels;
        levels.retain(|level| Some(level.busy) == busy);
        levels
    }

    fn levels(&self) -> Vec<Level> {
        let mut levels: Vec<Level> = self.cells.iter().map(|cell| cell.level).collect();
        levels.sort();
        levels.dedup();
        levels
    }

    /// The process's own memory for an idle connection, in bytes: at the highest level that there is, less what it had with
    /// no idle one.
    pub fn memory_per_idle(&self, server: &str) -> Option<f64> {
        let levels = self.idle_levels();
        let cells = levels.iter().filter_map(|level| self.cell(server, *level));
        let cells: Vec<&Cell> = cells.collect();
        let (none, most) = (cells.first()?, cells.last()?);
        let idle = most.level.idle.checked_sub(none.level.idle)?;
        let grown = most.memory.saturating_sub(none.memory);
        (idle > 0).then(|| grown as f64 / idle as f64)
    }
}

impl Cell {
    /// The median of the server's CPU time for an echo, in nanoseconds.
    pub fn cost(&self) -> f64 {
        median(&self.cpu)
    }

    /// The median of the echoes in a second.
    pub fn per_second(&self) -> f64 {
        median(&self.rate)
    }

    /// How this cell's cost stands to that of another: the quartiles over the pairs of one round.
    pub fn ratio(&self, to: &Cell) -> Quartiles {
        let pairs = self.cpu.iter().zip(&to.cpu);
        let ratios: Vec<f64> = pairs.map(|(own, other)| own / other).collect();
        Quartiles::of(&ratios)
    }
}
