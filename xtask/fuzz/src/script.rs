//! Scripts of one run of the fuzz: which ones there are, and their text.

use crate::contract::Contract;
use crate::model::{self, Steps};
use crate::operation::{self, Operation};
use anyhow::{Result, anyhow};
use harness::lesson::Lesson;
use harness::script::Script;
use std::path::Path;

/// The lesson whose contract is tried, and the number from which all chance comes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) lesson: &'a Lesson,
    pub(crate) contract: &'a Contract,
    pub(crate) seed: u64,
}

/// A script, and how much it is.
#[derive(Debug)]
pub(crate) struct Drawn {
    pub(crate) script: Script,
    /// Its place among all scripts of the seed, from 0.
    pub(crate) number: u64,
    /// What clients do in it, and what is asked.
    pub(crate) operations: u32,
}

impl Source<'_> {
    /// The operations of a script.
    pub(crate) fn operations(&self, number: u64) -> Vec<Operation> {
        operation::draw(self.contract, self.seed, number)
    }

    /// The steps that operations are.
    pub(crate) fn steps(&self, operations: &[Operation]) -> Steps {
        model::steps(self.contract, operations)
    }

    /// A script of the seed as it is played: once, or once for each variant of the program; not at all if nobody has come.
    ///
    /// # Errors
    /// The model has made what is no script.
    pub(crate) fn draw(&self, number: u64) -> Result<Vec<Drawn>> {
        let steps = self.steps(&self.operations(number));
        if steps.lines.is_empty() {
            return Ok(Vec::new());
        }
        let path = format!("script {number} of seed {}", self.seed);
        let scripts = self.read(Path::new(&path), &self.text(number, None, &steps))?;
        let drawn = scripts.into_iter().map(|script| Drawn {
            script,
            number,
            operations: steps.operations,
        });
        Ok(drawn.collect())
    }

    /// The text of a script, for one variant of the program if one is named.
    pub(crate) fn text(&self, number: u64, variant: Option<&str>, steps: &Steps) -> String {
        let mut text = format!(
            "# Made by chance\n#\n# Script {number} of `cargo xtask fuzz {:02} --seed {}`. What is expected is what the lesson's\n\
             # contract says, whatever the server does in between.\n\n",
            self.lesson.number, self.seed
        );
        if let Some(variant) = variant {
            text.push_str(&format!("only: {variant}\n\n"));
        }
        for line in &steps.lines {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// Reads a script.
    ///
    /// # Errors
    /// The model has made what is no script: a fault of the fuzz.
    pub(crate) fn read(&self, path: &Path, text: &str) -> Result<Vec<Script>> {
        self.lesson.read(path, text).map_err(|error| {
            let report = harness::report::script_error::plain(&error);
            anyhow!("the fuzz has made what is no script: {report}\n{text}")
        })
    }
}
