//! Replays a session in several terminals: programs that run side by side, and what is typed into them.

use crate::chance::without_chance;
use crate::console::is_progress;
use crate::scratch::Scratch;
use crate::session::{Act, Session, What};
use anyhow::{Context, Result, bail};
use harness::lesson::Lesson;
use rustix::process::{Pid, Signal, kill_process_group};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

/// How long a line that is shown may take to come. It comes at once, or not at all.
const PATIENCE: Duration = Duration::from_secs(20);

/// A recording goes on when nothing has come for so long.
const QUIET: Duration = Duration::from_millis(400);

/// Plays the session and compares what is printed as it goes on.
///
/// # Errors
/// Something else was printed than is shown, or nothing; what it was.
pub(crate) fn check(scratch: &Scratch, lessons: &[Lesson], session: &Session) -> Result<()> {
    let is_printed = |act: &Act| matches!(act.what, What::Printed | What::Begun);
    if !session.acts.iter().any(is_printed) {
        bail!("nothing is printed in it");
    }
    let mut stage = Stage::new(scratch, lessons);
    for act in &session.acts {
        match act.what {
            What::Command | What::Typed => {
                stage.nothing_unsaid()?;
                stage.act(act)?;
            }
            What::Printed => stage.expect(&act.terminal, &format!("{}\n", act.text))?,
            What::Begun => stage.expect(&act.terminal, &act.text)?,
        }
    }
    stage.hear(QUIET)?;
    stage.nothing_unsaid()
}

/// Plays what is typed in the session, and returns the session with what is printed now.
///
/// # Errors
/// A command cannot be run.
pub(crate) fn record(scratch: &Scratch, lessons: &[Lesson], session: &Session) -> Result<Session> {
    let mut stage = Stage::new(scratch, lessons);
    let mut acts = Vec::new();
    let done = session
        .acts
        .iter()
        .filter(|act| matches!(act.what, What::Command | What::Typed));
    for act in done {
        stage.act(act)?;
        acts.push(act.clone());
        stage.hear_listening()?;
        stage.hear(QUIET)?;
        for (terminal, text) in stage.taken() {
            for line in text.split_inclusive('\n') {
                let what = if line.ends_with('\n') {
                    What::Printed
                } else {
                    What::Begun
                };
                let text = line.trim_end_matches('\n').to_owned();
                acts.push(Act {
                    terminal: terminal.clone(),
                    what,
                    text,
                });
            }
        }
    }
    Ok(Session { acts })
}

/// The terminals of a session.
struct Stage<'a> {
    scratch: &'a Scratch,
    lessons: &'a [Lesson],
    running: BTreeMap<String, Running>,
    /// Who has printed what, in the order in which it came.
    said: Receiver<(String, Vec<u8>)>,
    say: Sender<(String, Vec<u8>)>,
    /// What was printed and is not told yet, by terminal.
    untold: Vec<(String, String)>,
    /// Addresses as they are shown, and those that programs listen on here: fixed ports may be taken.
    addresses: Vec<(String, String)>,
}

/// A program in a terminal. Dropped, it is killed.
struct Running {
    child: Child,
    input: Option<ChildStdin>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        // It was killed: there is nothing that could go wrong with waiting for it.
        let _ = self.child.wait();
    }
}

impl Running {
    /// As the terminal does it for a key: to all of the group.
    fn signal(&self, signal: Signal) {
        if let Some(group) = Pid::from_raw(self.child.id().cast_signed()) {
            // It may have ended by itself.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl<'a> Stage<'a> {
    fn new(scratch: &'a Scratch, lessons: &'a [Lesson]) -> Stage<'a> {
        let (say, said) = channel();
        Stage {
            scratch,
            lessons,
            running: BTreeMap::new(),
            said,
            say,
            untold: Vec::new(),
            addresses: Vec::new(),
        }
    }

    /// Gives a command, or types.
    fn act(&mut self, act: &Act) -> Result<()> {
        if act.what == What::Command {
            return self.start(&act.terminal, &act.text);
        }
        let running = self
            .running
            .get_mut(&act.terminal)
            .context("nothing runs there")?;
        match (act.text.as_str(), &mut running.input) {
            ("^C", _) => running.signal(Signal::INT),
            ("^D", input) => *input = None,
            // In one piece, as a terminal hands out a line: a program would send two pieces on as two.
            (text, Some(input)) => input.write_all(format!("{text}\n").as_bytes())?,
            (_, None) => bail!("the input of {} has ended", act.terminal),
        }
        Ok(())
    }

    fn start(&mut self, terminal: &str, line: &str) -> Result<()> {
        let line = self.with_free_ports(line)?;
        let mut command = self.scratch.shell(&format!("exec {line}"));
        let (reader, writer) = std::io::pipe()?;
        command.process_group(0).stdin(Stdio::piped());
        command.stdout(writer.try_clone()?).stderr(writer);
        let mut child = command.spawn().context("cannot run sh")?;
        let input = child.stdin.take();
        self.running
            .insert(terminal.to_owned(), Running { child, input });
        let (say, name) = (self.say.clone(), terminal.to_owned());
        thread::Builder::new().spawn(move || pass_on(reader, &name, &say))?;
        Ok(())
    }

    /// The command with ports that are free: 0 for a program of ours, and for others what that has become.
    fn with_free_ports(&mut self, line: &str) -> Result<String> {
        let mut line = line.to_owned();
        for (shown, real) in &self.addresses {
            let in_two_words = |address: &str| address.replace(':', " ");
            let replaced = line.replace(shown, real);
            let replaced = replaced.replace(&in_two_words(shown), &in_two_words(real));
            if real.is_empty() && replaced != line {
                bail!("nobody has said yet that it listens on {shown}");
            }
            line = replaced;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["cargo", "xtask", "run", lesson] = words[..]
            && let Some(lesson) = self.lessons.iter().find(|it| it.is_called(lesson))
        {
            let shown = lesson.about.default_addresses.iter();
            self.addresses
                .extend(shown.clone().map(|shown| (shown.clone(), String::new())));
            line += " --";
            line += &" 127.0.0.1:0".repeat(shown.len());
        }
        Ok(line)
    }

    /// Waits until the servers that were started have said where they listen. On a busy machine that takes longer than `QUIET`.
    fn hear_listening(&mut self) -> Result<()> {
        while let Some((shown, _)) = self.addresses.iter().find(|(_, real)| real.is_empty()) {
            match self.said.recv_timeout(PATIENCE) {
                Ok((terminal, bytes)) => self.note(terminal, &bytes),
                Err(_) => bail!("nobody has said that it listens on {shown}"),
            }
        }
        Ok(())
    }

    /// Waits until nothing has come for `quiet`.
    fn hear(&mut self, quiet: Duration) -> Result<()> {
        loop {
            match self.said.recv_timeout(quiet) {
                Ok((terminal, bytes)) => self.note(terminal, &bytes),
                Err(RecvTimeoutError::Timeout) => return Ok(()),
                Err(RecvTimeoutError::Disconnected) => bail!("nobody is there to be heard"),
            }
        }
    }

    fn note(&mut self, terminal: String, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let lines = text.split_inclusive('\n');
        let mut text: String = lines.filter(|line| !is_progress(line)).collect();
        if text.is_empty() {
            return;
        }
        for line in text.clone().lines() {
            let real = line.strip_prefix("listening on ");
            let mut open = self
                .addresses
                .iter_mut()
                .filter(|(_, real)| real.is_empty());
            if let (Some(real), Some((_, unknown))) = (real, open.next()) {
                *unknown = real.to_owned();
            }
        }
        for (shown, real) in self.addresses.iter().filter(|(_, real)| !real.is_empty()) {
            text = text.replace(real, shown);
        }
        match self.untold.last_mut().filter(|(last, _)| *last == terminal) {
            Some((_, all)) => *all += &text,
            None => self.untold.push((terminal, text)),
        }
    }

    fn taken(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.untold)
    }

    /// That `text` comes next in this terminal, but for what is chance.
    fn expect(&mut self, terminal: &str, text: &str) -> Result<()> {
        loop {
            let of_terminal: String = self.untold_of(terminal);
            let length = match text.ends_with('\n') {
                true => of_terminal.find('\n').map(|at| at + 1),
                false => Some(text.len()).filter(|length| of_terminal.len() >= *length),
            };
            if let Some(length) = length {
                let really = of_terminal.get(..length).unwrap_or(&of_terminal);
                if without_chance(really) != without_chance(text) {
                    bail!("{terminal} is shown {text:?}, and printed {of_terminal:?}");
                }
                let rest = of_terminal.get(length..).unwrap_or_default().to_owned();
                self.untold.retain(|(name, _)| name != terminal);
                if !rest.is_empty() {
                    self.untold.push((terminal.to_owned(), rest));
                }
                return Ok(());
            }
            match self.said.recv_timeout(PATIENCE) {
                Ok((terminal, bytes)) => self.note(terminal, &bytes),
                Err(_) => bail!("{terminal} is shown {text:?}, and printed {of_terminal:?}"),
            }
        }
    }

    fn untold_of(&self, terminal: &str) -> String {
        let own = self.untold.iter().filter(|(name, _)| name == terminal);
        own.map(|(_, text)| text.as_str()).collect()
    }

    /// That everything that has come was shown.
    fn nothing_unsaid(&mut self) -> Result<()> {
        while let Ok((terminal, bytes)) = self.said.try_recv() {
            self.note(terminal, &bytes);
        }
        match self.untold.first() {
            None => Ok(()),
            Some((terminal, text)) => bail!("{terminal} printed {text:?}, which is not shown"),
        }
    }
}

/// Passes on what comes from `reader` until its end.
fn pass_on(mut reader: impl Read, terminal: &str, say: &Sender<(String, Vec<u8>)>) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = reader.read(&mut buffer) {
        if say
            .send((terminal.to_owned(), buffer[..count].to_vec()))
            .is_err()
        {
            return;
        }
    }
}
