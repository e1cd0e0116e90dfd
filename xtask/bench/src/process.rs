//! A server as a process: on a processor of its own, and what it uses.

use anyhow::{Context, Result, bail};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::time::ClockId;
use nix::unistd::Pid;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::net::SocketAddr;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Who does not come to rest for so long, will not.
const PATIENCE: Duration = Duration::from_secs(10);

/// The processors that the load and the servers have: another for each, if there are two.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places {
    load: usize,
    server: usize,
    /// How many there are to run on.
    pub(crate) count: usize,
}

impl Places {
    /// The first that this process may run on is the load's; the server's is the next that is not the same core's second
    /// half.
    pub(crate) fn of_this_machine() -> Result<Places> {
        let own = Pid::from_raw(0);
        let allowed = sched_getaffinity(own).context("cannot ask where this process may run")?;
        let allowed = |cpu: &usize| allowed.is_set(*cpu).unwrap_or(false);
        let cpus: Vec<usize> = (0..CpuSet::count()).filter(allowed).collect();
        let load = *cpus.first().context("there is no processor to run on")?;
        let siblings = format!("/sys/devices/system/cpu/cpu{load}/topology/thread_siblings_list");
        let siblings = fs::read_to_string(siblings).unwrap_or_default();
        let siblings = numbers(siblings.trim());
        let others = || cpus.iter().copied().filter(|cpu| *cpu != load);
        let server = others().find(|cpu| !siblings.contains(cpu));
        Ok(Places {
            load,
            server: server.or(others().next()).unwrap_or(load),
            count: cpus.len(),
        })
    }

    /// Who runs where.
    pub(crate) fn in_words(&self) -> String {
        match self.load == self.server {
            true => "the load and the server share one processor".into(),
            false => format!(
                "the load on processor {}, the server on {}",
                self.load, self.server
            ),
        }
    }
}

/// Keeps the calling thread, and what it starts from now on, on one processor.
fn pin(cpu: usize) -> Result<()> {
    let mut set = CpuSet::new();
    set.set(cpu)?;
    sched_setaffinity(Pid::from_raw(0), &set)
        .with_context(|| format!("cannot run on processor {cpu}"))
}

/// The numbers of a list such as `0-2,8`.
///
/// Source: cpuset(7), "List format".
fn numbers(list: &str) -> Vec<usize> {
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.parse::<usize>().ok()?..=last.parse().ok()?)
    };
    list.split(',').filter_map(range).flatten().collect()
}

/// A server that runs.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: ChildStderr,
    clock: ClockId,
    pub(crate) address: SocketAddr,
}

impl Process {
    /// Starts it on its processor, and waits until it has said where it listens.
    ///
    /// # Errors
    /// It does not start, or does not listen.
    pub(crate) fn start(command: &[OsString], places: &Places) -> Result<Process> {
        let (program, arguments) = command.split_first().context("there is no command")?;
        let mut command = Command::new(program);
        command.args(arguments).arg("127.0.0.1:0");
        command.stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        pin(places.server)?;
        let child = command.spawn();
        pin(places.load)?;
        let mut child = child.with_context(|| format!("cannot run {}", program.display()))?;
        let pipes = child.stdout.take().zip(child.stderr.take());
        let (stdout, stderr) = pipes.context("both are pipes")?;
        let pid = Pid::from_raw(child.id().cast_signed());
        let clock = ClockId::pid_cpu_clock_id(pid).context("cannot find its clock")?;
        let mut process = Process {
            child,
            stdout: BufReader::new(stdout),
            stderr,
            clock,
            address: SocketAddr::from(([0, 0, 0, 0], 0)),
        };
        process.address = process.listens()?;
        // From now on what it prints is taken when there is time, and it should never have to wait for that.
        rustix::io::ioctl_fionbio(process.stdout.get_ref(), true)?;
        let _ = rustix::pipe::fcntl_setpipe_size(process.stdout.get_ref(), 1 << 20);
        Ok(process)
    }

    /// The address that its first line says.
    fn listens(&mut self) -> Result<SocketAddr> {
        let mut line = String::new();
        self.stdout.read_line(&mut line)?;
        let address = line.trim().strip_prefix("listening on ");
        match address.and_then(|address| address.parse().ok()) {
            Some(address) => Ok(address),
            None => bail!("it does not say where it listens{}", self.last_words()),
        }
    }

    /// Its number.
    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }

    /// The CPU time that it has used.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let time = self.clock.now().context("its clock has stopped")?;
        Ok(time.into())
    }

    /// The memory of its own, in bytes: pages that belong to no file.
    ///
    /// Source: proc_pid_status(5), RssAnon.
    pub(crate) fn memory(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        Ok(kib.context("the kernel does not say how much memory it has")? * 1024)
    }

    /// Waits until it is asleep in a system call.
    ///
    /// Source: proc_pid_stat(5), state.
    pub(crate) fn falls_asleep(&self) -> Result<()> {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
            // The name before it is in brackets, and may have brackets of its own.
            let state = stat.rsplit_once(')').map(|(_, rest)| rest.trim_start());
            if state.is_some_and(|state| state.starts_with('S')) {
                return Ok(());
            }
            thread::yield_now();
        }
        bail!("it does not come to rest")
    }

    /// Takes what it has printed so far, and forgets it.
    pub(crate) fn drain(&mut self) {
        let mut buffer = [0; 16 * 1024];
        while self.stdout.read(&mut buffer).is_ok_and(|count| count > 0) {}
    }

    /// Ends it, and returns what it has said to stderr, as the end of a sentence.
    pub(crate) fn last_words(&mut self) -> String {
        self.end();
        let mut said = Vec::new();
        // Nobody writes any more, so this ends.
        let _ = self.stderr.read_to_end(&mut said);
        match essence(&String::from_utf8_lossy(&said)) {
            Some(line) => format!(": {line}"),
            None => String::new(),
        }
    }

    fn end(&mut self) {
        // It may have ended before, and the one who counted its calls may have seen that.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// The line of `said` that says most: the message of a panic, or else the last.
fn essence(said: &str) -> Option<&str> {
    let lines = said.lines().map(str::trim);
    let mut lines = lines.filter(|line| !line.is_empty());
    let mut from_panic = lines.clone();
    let panic = from_panic.find(|line| line.contains(" panicked at "));
    panic.and(from_panic.next()).or(lines.next_back())
}

/// Raises this process's limit on descriptors, which its children inherit, to `wanted`, or as far as it goes. Returns the
/// limit.
pub(crate) fn raise_file_limit(wanted: usize) -> Result<usize> {
    let wanted = wanted as u64;
    let limit = getrlimit(Resource::Nofile);
    let hard = limit.maximum.unwrap_or(wanted);
    // Only root may raise the hard one.
    for hard in [hard.max(wanted), hard] {
        let raised = Rlimit {
            current: Some(hard.min(wanted)),
            maximum: Some(hard),
        };
        match setrlimit(Resource::Nofile, raised) {
            Ok(()) => return Ok(usize::try_from(hard.min(wanted))?),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {}
            Err(error) => return Err(error).context("cannot raise the limit on descriptors"),
        }
    }
    let current = limit.current.unwrap_or(wanted);
    Ok(usize::try_from(current)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_processors_is_read() {
        assert_eq!(numbers("0-2,8"), [0, 1, 2, 8]);
        assert_eq!(numbers("3"), [3]);
        assert!(numbers("").is_empty());
    }

    #[test]
    fn of_a_panic_the_message_is_told() {
        let said = "\nthread 'main' (7) panicked at src/main.rs:9:5:\nnot yet implemented: hole 1\nnote: run with x\n";
        assert_eq!(essence(said), Some("not yet implemented: hole 1"));
        assert_eq!(
            essence("Traceback\nOSError: in use\n\n"),
            Some("OSError: in use")
        );
        assert_eq!(essence("\n"), None);
    }

    #[test]
    fn a_server_that_does_not_listen_is_told_with_its_last_words() {
        let places = Places::of_this_machine().expect("some processor");
        let command = ["sh", "-c", "echo no such luck >&2"].map(OsString::from);
        let error = Process::start(&command, &places).expect_err("it does not listen");
        let error = format!("{error:#}");
        assert!(error.ends_with("where it listens: no such luck"), "{error}");
    }
}
