//! `cargo xtask bench`: what an echo costs the lessons' servers, and others.
//!
//! [`contestant`] says who takes part, [`plan`] with how many connections, [`measure`] lets them take turns: each is a
//! [`process`] on a processor of its own, under the same [`load`]. What comes out is of the package `bench-results`, which
//! keeps it, and makes the tables and plots.

use anyhow::{Context, Result};
use bench_results::{RECORDED, Results, VERSION, plot, ratio, table};
use clap::Parser;
use rustix::termios::tcgetwinsize;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

mod calls;
mod contestant;
mod load;
mod machine;
mod measure;
mod plan;
mod process;

use contestant::Contestant;
use plan::Plan;

/// The exit status of a command that could not do its work.
const COULD_NOT: u8 = 2;

/// What `cargo xtask bench` passes on: what it was asked, and what it has built.
#[derive(Debug, Parser)]
struct Asked {
    /// The short run
    #[arg(long)]
    quick: bool,
    /// Only these servers
    #[arg(long, value_name = "SERVER", value_delimiter = ',')]
    only: Vec<String>,
    /// An earlier run to be compared with
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Keep the results for the book
    #[arg(long)]
    record: bool,
    /// The workspace
    #[arg(long, value_name = "FOLDER")]
    root: PathBuf,
    /// Where to put what comes out
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// A program of the workspace, by its name
    #[arg(long, value_name = "NAME=PATH", value_parser = named)]
    program: Vec<(String, PathBuf)>,
    /// A program of the learner's, by the number of its lesson
    #[arg(long, value_name = "NUMBER=PATH", value_parser = named)]
    mine: Vec<(String, PathBuf)>,
}

fn named(word: &str) -> Result<(String, PathBuf), String> {
    let (name, path) = word.split_once('=').ok_or("NAME=PATH is missing")?;
    Ok((name.to_owned(), path.into()))
}

fn main() -> ExitCode {
    match bench(&Asked::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // A stderr that is closed is no reason to stop.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::from(COULD_NOT)
        }
    }
}

/// Measures, shows and keeps. Returns whether every server that was there did what it should.
fn bench(asked: &Asked) -> Result<bool> {
    // Before anything takes its time: a file that cannot be read is told now.
    let earlier = asked.against.as_deref().map(Results::read).transpose()?;
    fs::create_dir_all(&asked.out)
        .with_context(|| format!("cannot make {}", asked.out.display()))?;
    let contestants = contestant::all(asked)?;
    let plan = Plan::new(asked.quick)?;
    for (levels, why) in &plan.left_out {
        say(&format!("left out: {levels}: {why}\n"))?;
    }
    let places = process::Places::of_this_machine()?;
    let measured = measure::all(&contestants, &plan, &places)?;
    let results = Results {
        version: VERSION,
        machine: machine::machine(&places)?,
        commit: machine::commit(&asked.root),
        rustc: machine::rustc(),
        quick: asked.quick,
        servers: measured.servers,
        cells: measured.cells,
    };
    show(&results, earlier.as_ref())?;
    keep(&results, asked)?;
    Ok(measured.all_well)
}

/// Prints the tables, and what is to be known to read them.
fn show(results: &Results, earlier: Option<&Results>) -> Result<()> {
    let machine = &results.machine;
    let columns = columns();
    let about = format!(
        "{}, {}, {}; {}; commit {}, {}",
        machine.cpu,
        machine.processors(),
        machine.kernel,
        machine.pinned,
        results.commit,
        results.rustc
    );
    say(&format!("{}\n\n", table::wrapped(&about, columns)))?;
    for table in [
        table::cost(results),
        table::speed(results),
        table::idle(results),
    ] {
        say(&format!("{}\n", table.text(columns)))?;
    }
    let ratios = ratio::table(results, earlier);
    if !ratios.rows.is_empty() {
        say(&ratios.text(columns))?;
    }
    for server in &results.servers {
        if let Some(why) = &server.missing {
            let line = format!("not measured: {}: {why}", server.id);
            say(&format!("{}\n", table::wrapped(&line, columns)))?;
        }
    }
    let mut notes = Vec::new();
    if results.cells.iter().any(|cell| cell.server == "05") {
        notes.push("select watches descriptors below 1024: with more connections there is nothing to measure.");
    }
    if machine.cpus == 1 {
        notes.push("On one processor the load and the server take turns: CPU times and ratios are the server's all the same, rates and waits are those of both together.");
    }
    for note in notes {
        say(&format!("{}\n", table::wrapped(note, columns)))?;
    }
    Ok(())
}

/// How many characters a line of the terminal has; without a terminal, as many as there are.
fn columns() -> usize {
    let size = tcgetwinsize(io::stdout()).ok();
    let columns = size.map(|size| usize::from(size.ws_col));
    columns.filter(|it| *it > 0).unwrap_or(usize::MAX)
}

/// Writes the results and their plots.
fn keep(results: &Results, asked: &Asked) -> Result<()> {
    let mut files = vec![asked.out.join("results.json")];
    results.write(&files[0])?;
    let busy = results.busy_levels();
    let busy = busy.iter().map(|level| level.busy);
    let busy =
        busy.filter_map(|busy| Some((format!("busy-{busy}.svg"), plot::busy(results, busy)?)));
    let idle = plot::idle(results).map(|plot| ("idle.svg".to_owned(), plot));
    for (name, plot) in idle.into_iter().chain(busy) {
        let path = asked.out.join(name);
        fs::write(&path, plot.standalone())
            .with_context(|| format!("cannot write {}", path.display()))?;
        files.push(path);
    }
    if asked.record {
        let path = asked.root.join(RECORDED);
        results.write(&path)?;
        files.push(path);
    }
    let shown: Vec<String> = files.iter().map(|path| shown(path)).collect();
    say(&format!("\nwritten: {}\n", shown.join("\n         ")))?;
    if results.quick && io::stdout().is_terminal() {
        say("This was the quick run: its figures are rough.\n")?;
    }
    Ok(())
}

/// The path as seen from the current folder.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here)
        .unwrap_or(path)
        .display()
        .to_string()
}

/// What a contestant is called on the command line, for messages.
fn names(contestants: &[Contestant]) -> String {
    let names: Vec<&str> = contestants.iter().map(|it| it.server.id.as_str()).collect();
    names.join(", ")
}

/// Writes to stdout, at once.
fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
