//! Lets the servers take turns.

use crate::calls::Counter;
use crate::contestant::Contestant;
use crate::load::{Enough, Load, latencies};
use crate::plan::Plan;
use crate::process::{Places, Process};
use anyhow::{Context, Result};
use bench_results::{Cell, Level, Server};
use hdrhistogram::Histogram;
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// The length of a round that only warms up.
const WARM_UP: Duration = Duration::from_millis(20);

/// What came out.
pub(crate) struct Measured {
    pub(crate) servers: Vec<Server>,
    pub(crate) cells: Vec<Cell>,
    /// Whether every server that was there could be measured.
    pub(crate) all_well: bool,
}

/// Measures all contestants at all levels.
///
/// With nobody idle, all servers stand side by side and take turns, round by round: so their rounds are pairs. With idle
/// connections, it is the levels of one server that stand side by side: what is asked there is how its cost grows.
pub(crate) fn all(contestants: &[Contestant], plan: &Plan, places: &Places) -> Result<Measured> {
    let mut servers: Vec<Server> = contestants.iter().map(|it| it.server.clone()).collect();
    let was_missing = servers.iter().filter(|it| it.missing.is_some()).count();
    let bar = bar(contestants, plan);
    let mut cells = Vec::new();
    for level in &plan.busy {
        let fields = contestants.iter().map(|it| (it, *level));
        cells.extend(side_by_side(fields, plan, places, &mut servers, &bar)?);
    }
    for contestant in contestants {
        let fields = plan.idle.iter().map(|level| (contestant, *level));
        cells.extend(side_by_side(fields, plan, places, &mut servers, &bar)?);
    }
    bar.finish_and_clear();
    // Half a server would be compared with whole ones.
    let is_whole = |id: &str| servers.iter().any(|it| it.id == id && it.missing.is_none());
    cells.retain(|cell| is_whole(&cell.server));
    let missing = servers.iter().filter(|it| it.missing.is_some()).count();
    Ok(Measured {
        all_well: missing == was_missing,
        servers,
        cells,
    })
}

/// Measures servers at levels, taking turns round by round. One that fails is marked as missing, and left out.
fn side_by_side<'c>(
    fields: impl Iterator<Item = (&'c Contestant, Level)>,
    plan: &Plan,
    places: &Places,
    servers: &mut [Server],
    bar: &ProgressBar,
) -> Result<Vec<Cell>> {
    let mut taking_part = Vec::new();
    for (contestant, level) in fields {
        let server = servers.iter_mut().find(|it| it.id == contestant.server.id);
        let server = server.context("each contestant is a server")?;
        let fits = contestant
            .limit
            .is_none_or(|limit| level.busy + level.idle <= limit);
        if server.missing.is_none() && fits {
            bar.set_message(server.id.clone());
            match Field::open(contestant, level, places) {
                Ok(field) => taking_part.push(field),
                Err(error) => server.missing = Some(format!("{error:#}")),
            }
        }
    }
    for _ in 0..plan.rounds {
        for field in &mut taking_part {
            bar.set_message(field.cell.server.clone());
            field.attempt(servers, |field| field.round(plan.round));
            bar.inc(1);
        }
        // There and back: a machine that gets slower all the time is then no advantage for who comes first.
        taking_part.reverse();
    }
    let mut cells = Vec::new();
    for mut field in taking_part {
        if field.cell.level.idle == 0 {
            field.attempt(servers, |field| field.count_calls(plan.counted));
        }
        cells.push(field.closed()?);
    }
    Ok(cells)
}

/// One server at one level, under load.
struct Field {
    load: Load,
    process: Process,
    latencies: Histogram<u64>,
    cell: Cell,
    /// It has failed, and is let alone.
    failed: bool,
}

impl Field {
    /// Starts a server and makes its connections.
    fn open(contestant: &Contestant, level: Level, places: &Places) -> Result<Field> {
        let mut process = Process::start(&contestant.command, places)?;
        let mut load = Load::new(contestant.suffix)?;
        let address = process.address;
        let connected = load.connect(address, (level.busy, level.idle), || process.drain());
        connected.map_err(|error| error.context(failure(&mut process)))?;
        let cell = Cell {
            server: contestant.server.id.clone(),
            level,
            cpu: Vec::new(),
            rate: Vec::new(),
            p50: 0,
            p99: 0,
            calls: None,
            memory: process.memory()?,
        };
        let mut field = Field {
            load,
            process,
            latencies: latencies()?,
            cell,
            failed: false,
        };
        let mut nobody = latencies()?;
        let warm_up = Enough::Time(WARM_UP);
        field
            .load
            .round(warm_up, &mut nobody, || field.process.drain())?;
        Ok(field)
    }

    /// Does something with it that may fail. Then it takes no more part, and is marked as missing.
    fn attempt(&mut self, servers: &mut [Server], work: impl FnOnce(&mut Field) -> Result<()>) {
        if self.failed {
            return;
        }
        let Err(error) = work(self) else { return };
        self.failed = true;
        let error = error.context(failure(&mut self.process));
        let own = |server: &&mut Server| server.id == self.cell.server;
        if let Some(server) = servers.iter_mut().find(own) {
            server.missing = Some(format!("{error:#}"));
        }
    }

    /// Measures for one round.
    fn round(&mut self, time: Duration) -> Result<()> {
        let before = self.process.cpu()?;
        let (time, drain) = (Enough::Time(time), || self.process.drain());
        let round = self.load.round(time, &mut self.latencies, drain)?;
        let used = self.process.cpu()? - before;
        let echoes = round.echoes as f64;
        self.cell
            .cpu
            .push((used.as_nanos() as f64 / echoes).round());
        self.cell
            .rate
            .push((echoes / round.took.as_secs_f64()).round());
        Ok(())
    }

    /// Counts system calls, which slows it down: so this comes last, and nothing else is measured meanwhile. A slow server
    /// would seldom sleep, and an edge-triggered one would never see EAGAIN; so it is asleep whenever messages come.
    fn count_calls(&mut self, echoes: u64) -> Result<()> {
        // Where nobody may be traced, the other figures are still good.
        let Ok(counter) = Counter::attach(self.process.pid()) else {
            return Ok(());
        };
        let mut nobody = latencies()?;
        self.load
            .round(Enough::OneEach, &mut nobody, || self.process.drain())?;
        self.process.falls_asleep()?;
        let before = counter.count();
        let mut answered = 0;
        while answered < echoes {
            let drain = || self.process.drain();
            answered += self.load.round(Enough::OneEach, &mut nobody, drain)?.echoes;
            self.process.falls_asleep()?;
        }
        let calls = (counter.count() - before) / answered as f64;
        self.cell.calls = Some((calls * 100.0).round() / 100.0);
        Ok(())
    }

    /// What was measured.
    fn closed(mut self) -> Result<Cell> {
        self.cell.p50 = self.latencies.value_at_quantile(0.5);
        self.cell.p99 = self.latencies.value_at_quantile(0.99);
        Ok(self.cell)
    }
}

/// That a server has failed, with what it has said about it.
fn failure(process: &mut Process) -> String {
    format!("it has failed{}", process.last_words())
}

/// A bar on stderr, if that is a terminal: a step for each round.
fn bar(contestants: &[Contestant], plan: &Plan) -> ProgressBar {
    let fields = |contestant: &Contestant| {
        let levels = plan.busy.iter().chain(&plan.idle);
        let fits = |level: &&Level| {
            contestant
                .limit
                .is_none_or(|limit| level.busy + level.idle <= limit)
        };
        levels.filter(fits).count()
    };
    let there = contestants.iter().filter(|it| it.server.missing.is_none());
    let bar = ProgressBar::new((there.map(fields).sum::<usize>() * plan.rounds) as u64);
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} rounds, {elapsed}, {msg}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
