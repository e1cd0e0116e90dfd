//! Prints how a suite goes, as it goes.

use crate::cli::Format;
use anyhow::Result;
use harness::report::{Entry, Tally, Wording, human, json, junit, plain};
use harness::suite::{Case, Event};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, Write};
use std::mem;
use std::ops::ControlFlow;
use std::time::Instant;

/// Collects what came of the runs and prints each lesson as soon as all of it is known; documents at the end.
pub(crate) struct Teller<'a> {
    format: Format,
    wording: Wording,
    /// What there is so far, in the order of the cases.
    entries: Vec<Entry<'a>>,
    /// Whether the first thing that is wrong in a lesson is told before the rest is known.
    at_once: bool,
    /// Whether that was done in this lesson.
    told: bool,
    /// How many of `entries` have been printed.
    printed: usize,
    /// For each lesson, how many of `entries` there are when its last run has ended.
    ends: Vec<usize>,
    /// The longest name of a lesson, in columns.
    width: usize,
    /// On stderr, and only if that is a terminal.
    bar: ProgressBar,
    began: Instant,
    /// What kept stdout from being written to.
    error: Option<io::Error>,
}

impl<'a> Teller<'a> {
    pub(crate) fn new(format: Format, wording: Wording, cases: &[Case<'a>], repeat: u32) -> Self {
        let mut ends: Vec<usize> = Vec::new();
        for lesson in cases.chunk_by(|a, b| a.lesson.folder == b.lesson.folder) {
            let before = ends.last().copied().unwrap_or_default();
            ends.push(before + lesson.len() * repeat as usize);
        }
        let names = cases.iter().map(|case| case.lesson.full_name().len());
        Teller {
            width: names.max().unwrap_or_default(),
            // Once through the scripts is over before one could read it.
            bar: if format == Format::Human && repeat > 1 {
                bar(cases.len() as u64 * u64::from(repeat))
            } else {
                ProgressBar::hidden()
            },
            // What came of several runs of a script is told together.
            at_once: format == Format::Human && wording.program.is_in_work() && repeat == 1,
            told: false,
            format,
            wording,
            entries: Vec::new(),
            printed: 0,
            ends,
            began: Instant::now(),
            error: None,
        }
    }

    /// Takes what a suite tells. Breaks it off when nobody reads the output any more.
    pub(crate) fn told(&mut self, event: Event<Case<'a>>) -> ControlFlow<()> {
        match event {
            Event::Progress { .. } => self.bar.inc(1),
            Event::Played { case, run, verdict } => {
                self.entries.push(Entry {
                    lesson: case.lesson,
                    script: case.script,
                    run,
                    verdict,
                });
                if let Err(error) = self.tell_first() {
                    self.error = Some(error);
                    return ControlFlow::Break(());
                }
                if self.ends.contains(&self.entries.len())
                    && let Err(error) = self.print_lesson()
                {
                    self.error = Some(error);
                    return ControlFlow::Break(());
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// Of a learner's program one thing is told, and that at once: the others need not be waited for.
    fn tell_first(&mut self) -> io::Result<()> {
        if !self.at_once || self.told {
            return Ok(());
        }
        let report = self
            .entries
            .last()
            .and_then(|last| human::entry(last, &self.wording));
        report.map_or(Ok(()), |report| {
            self.told = true;
            print(&format!("{report}\n\n"))
        })
    }

    fn print_lesson(&mut self) -> io::Result<()> {
        let entries = &self.entries[self.printed..];
        self.printed = self.entries.len();
        let text = match self.format {
            Format::Human if mem::take(&mut self.told) => {
                human::summary_after_first(entries, &self.wording, self.width)
            }
            Format::Human => human::lesson(entries, &self.wording, self.width),
            Format::Plain => plain::lesson(entries, &self.wording),
            Format::Json | Format::Junit => return Ok(()),
        };
        self.bar.suspend(|| print(&text))
    }

    /// Prints what comes last, and counts.
    pub(crate) fn finish(self) -> Result<Tally> {
        self.bar.finish_and_clear();
        if let Some(error) = self.error {
            return Err(error.into());
        }
        let tally = Tally::of(&self.entries);
        print(&match self.format {
            Format::Human | Format::Plain => {
                // Scripts are played side by side: only all of them together take a time that anybody waits for.
                format!("{tally} in {:.1} s\n", self.began.elapsed().as_secs_f64())
            }
            Format::Json => json::document(&self.entries, &self.wording.program),
            Format::Junit => junit::document(&self.entries, &self.wording)?,
        })?;
        Ok(tally)
    }
}

/// Writes to stdout and sees to it that it has arrived: a pipe may be closed.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// A bar for long work, on stderr if that is a terminal.
pub(crate) fn bar(runs: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} runs, {eta} left");
    ProgressBar::new(runs).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
