//! A run of the command.

use crate::Event;
use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process_group};
use std::ffi::OsString;
use std::io::{self, IsTerminal, Read};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::mpsc::Sender;
use std::thread;

/// A run of the command; when this is dropped, it ends with all that it has started.
pub(crate) struct Job {
    group: Option<Pid>,
    reader: Option<thread::JoinHandle<()>>,
}

impl Job {
    /// Starts the command as the run of this number; it is to print lines of so many columns.
    pub(crate) fn start(
        command: &[OsString],
        number: u32,
        columns: usize,
        tell: Sender<Event>,
    ) -> Result<Job> {
        let (program, arguments) = command.split_first().context("there is no command")?;
        // One pipe for both, so that they come in their order.
        let (mut output, input) = io::pipe()?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(input.try_clone()?)
            .stderr(input)
            .env("COLUMNS", columns.to_string())
            .process_group(0);
        if io::stdout().is_terminal() {
            command.env("CLICOLOR_FORCE", "1");
        }
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot run {}", program.display()))?;
        drop(command); // With its ends of the pipe, which would never end otherwise.
        let group = Pid::from_raw(child.id().cast_signed());
        let reader = thread::spawn(move || {
            let mut printed = Vec::new();
            let mut buffer = [0; 16 * 1024];
            let text = |printed: &[u8]| String::from_utf8_lossy(printed).into_owned();
            // An error of the pipe is its end. When nobody listens any more, this program is about to end.
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                printed.extend_from_slice(&buffer[..count]);
                let _ = tell.send(Event::Printed(number, text(&printed)));
            }
            let _ = child.wait();
            let _ = tell.send(Event::Ended(number, text(&printed)));
        });
        Ok(Job {
            group,
            reader: Some(reader),
        })
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        let reader = self.reader.take();
        if let Some(reader) = reader {
            // One that has been waited for is gone, and its number may be somebody else's.
            if !reader.is_finished()
                && let Some(group) = self.group
            {
                let _ = kill_process_group(group, Signal::KILL); // It may be gone already.
            }
            let _ = reader.join();
        }
    }
}
