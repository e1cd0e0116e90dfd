//! The program of a task's reference solution.

use anyhow::{Context, Result, anyhow};
use harness::build::Built;
use harness::lesson::Lesson;
use harness::prove::apply;
use harness::prove::workspace::{Variant, build};
use harness::report::script_error;

/// Builds the reference solution of `task`; returns where its program is, and that of its tests.
pub(crate) fn program(task: &Lesson) -> Result<Built> {
    let reference = task.reference()?.context("this is no task")?;
    let patch = reference.patch().context("a reference is a patch")?;
    let variant = Variant::new(task, patch, &apply::sources(task)?)
        .map_err(|error| anyhow!("{}", script_error::plain(&error)))?;
    let built = build(&task.root, &[variant])?;
    built
        .into_iter()
        .next()
        .context("cargo did not say where the program is")
}
