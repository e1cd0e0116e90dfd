//! Reads what the kernel tells of a process's threads (proc(5): `/proc/PID/task/TID/stat` and `syscall`; the kernel's
//! Documentation/scheduler/sched-stats.rst: `schedstat`).

use super::calls::by_number;
use super::threads::{Doing, Thread};
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::FileExt;
use std::time::Duration;

/// The unit of times in `stat` (time(7): USER_HZ is 100 wherever Linux is of interest today).
const TICK: Duration = Duration::from_millis(10);

/// Whether a process may be looked at: /proc has what we read, and lets us (proc(5): `syscall` asks for the right to trace,
/// ptrace(2): PTRACE_MODE_ATTACH).
pub(super) fn may_be_looked_at(pid: i32) -> bool {
    let mut text = String::new();
    // What can only not be opened now, for want of descriptors, is there.
    let mut is_there =
        |file: &str| !matches!(read(&format!("/proc/{pid}/{file}"), &mut text), Ok(None));
    is_there("stat") && is_there("schedstat") && is_there("syscall")
}

/// Minor page faults of the children that a process has waited for (proc(5), stat: `cminflt`); 0 if it is gone.
pub fn children_faults(pid: i32) -> u64 {
    let mut text = String::new();
    let field = |text: &str| text.rsplit_once(") ")?.1.split(' ').nth(8)?.parse().ok();
    let stat = read(&format!("/proc/{pid}/stat"), &mut text).ok().flatten();
    stat.and_then(field).unwrap_or(0)
}

/// Whether a process has a controlling terminal (proc(5), stat: `tty_nr`); false if it is gone.
pub fn has_terminal(pid: i32) -> bool {
    let mut text = String::new();
    let field = |text: &str| text.rsplit_once(") ")?.1.split(' ').nth(4)?.parse().ok();
    let stat = read(&format!("/proc/{pid}/stat"), &mut text).ok().flatten();
    stat.and_then(field)
        .is_some_and(|terminal: i64| terminal != 0)
}

/// How often a thread has gone to sleep so far, but for its own memory (proc(5), status: `voluntary_ctxt_switches`, and stat:
/// `majflt`). Also of one that has ended, until its parent asks; `None` if it is gone.
pub fn times_asleep(tid: i32) -> Option<u64> {
    let mut text = String::new();
    let faults = |text: &str| text.rsplit_once(") ")?.1.split(' ').nth(9)?.parse().ok();
    let stat = read(&format!("/proc/{tid}/task/{tid}/stat"), &mut text).ok()??;
    let faults: u64 = faults(stat)?;
    let status = std::fs::read_to_string(format!("/proc/{tid}/task/{tid}/status")).ok()?;
    let mut lines = status.lines();
    let times = lines.find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
    Some(times.trim().parse::<u64>().ok()?.saturating_sub(faults))
}

/// The threads of a process; none if it has ended, or may not be looked at.
pub(super) fn threads_of(pid: i32) -> io::Result<Vec<Thread>> {
    let mut text = String::new();
    let folder = format!("/proc/{pid}");
    let mut threads = Vec::new();
    match stat(&folder, &mut text)? {
        None
        | Some(Stat {
            state: 'Z' | 'X', ..
        }) => {}
        // Of the only one, the process tells the same.
        Some(stat) if stat.threads == 1 => {
            threads.extend(thread(pid, pid, &folder, stat, &mut text)?);
        }
        Some(_) => {
            for tid in tids_of(pid) {
                let folder = format!("{folder}/task/{tid}");
                if let Some(stat) = stat(&folder, &mut text)? {
                    threads.extend(thread(pid, tid, &folder, stat, &mut text)?);
                }
            }
        }
    }
    Ok(threads)
}

fn tids_of(pid: i32) -> Vec<i32> {
    let entries = std::fs::read_dir(format!("/proc/{pid}/task"));
    let numbers = entries.into_iter().flatten().flatten();
    let mut tids: Vec<i32> = numbers
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    tids.sort_unstable();
    tids
}

fn stat(folder: &str, text: &mut String) -> io::Result<Option<Stat>> {
    Ok(read(&format!("{folder}/stat"), text)?.and_then(parse_stat))
}

fn thread(
    pid: i32,
    tid: i32,
    folder: &str,
    stat: Stat,
    text: &mut String,
) -> io::Result<Option<Thread>> {
    let doing = read(&format!("{folder}/syscall"), text)?.and_then(parse_syscall);
    let times = read(&format!("{folder}/schedstat"), text)?.and_then(parse_schedstat);
    let (Some(doing), Some((cpu, waited, runs))) = (doing, times) else {
        return Ok(None);
    };
    Ok(Some(Thread {
        pid,
        tid,
        state: stat.state,
        doing,
        cpu,
        kernel: stat.kernel,
        faults: stat.faults,
        waited,
        runs,
    }))
}

/// Reads a small file of /proc in one read, so that its parts belong together; `None` if whom it tells of is gone, or may not
/// be looked at.
fn read<'a>(path: &str, text: &'a mut String) -> io::Result<Option<&'a str>> {
    let mut buffer = [0; 1024];
    match File::open(path).and_then(|mut file| file.read(&mut buffer)) {
        Ok(length) => {
            text.clear();
            text.push_str(&String::from_utf8_lossy(&buffer[..length]));
            Ok(Some(text))
        }
        Err(err) if err.raw_os_error() == Some(libc::ESRCH) => Ok(None),
        Err(err)
            if matches!(
                err.kind(),
                ErrorKind::NotFound | ErrorKind::PermissionDenied
            ) =>
        {
            Ok(None)
        }
        Err(err) => Err(err),
    }
}

/// What is used of a `stat`.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    state: char,
    faults: u64,
    kernel: Duration,
    threads: usize,
}

/// Fields 3, 10, 15 and 20 (proc(5)). The name before them may hold anything.
fn parse_stat(text: &str) -> Option<Stat> {
    let (_, after_name) = text.rsplit_once(") ")?;
    let mut fields = after_name.split(' ');
    Some(Stat {
        state: fields.next()?.chars().next()?,
        faults: fields.nth(6)?.parse().ok()?,
        kernel: TICK * fields.nth(4)?.parse().ok()?,
        threads: fields.nth(4)?.parse().ok()?,
    })
}

pub(super) fn parse_syscall(text: &str) -> Option<Doing> {
    let mut fields = text.split_whitespace();
    let number: i64 = match fields.next()? {
        "running" => return Some(Doing::Running),
        first => first.parse().ok()?,
    };
    if number < 0 {
        return Some(Doing::Faulting);
    }
    let mut next = || u64::from_str_radix(fields.next()?.trim_start_matches("0x"), 16).ok();
    let arguments = [next()?, next()?, next()?, next()?, next()?, next()?];
    let stack = next()?;
    Some(Doing::In {
        call: by_number(number),
        number,
        arguments,
        stack,
    })
}

/// On a CPU, ready and waiting for one, and how often it got one.
fn parse_schedstat(text: &str) -> Option<(Duration, Duration, u64)> {
    let mut fields = text.split_whitespace();
    let mut next = || fields.next()?.parse().ok();
    let (cpu, waited) = (next()?, next()?);
    Some((
        Duration::from_nanos(cpu),
        Duration::from_nanos(waited),
        next()?,
    ))
}

/// Two words of a process's memory.
pub(super) fn read_two_words(pid: i32, address: u64) -> Option<[u64; 2]> {
    let mut bytes = [0; 16];
    File::open(format!("/proc/{pid}/mem"))
        .ok()?
        .read_exact_at(&mut bytes, address)
        .ok()?;
    let (low, high) = bytes.split_at(8);
    Some([
        u64::from_ne_bytes(low.try_into().ok()?),
        u64::from_ne_bytes(high.try_into().ok()?),
    ])
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::super::calls::Kind;
    use super::*;

    #[test]
    fn a_process_name_with_brackets_and_spaces_does_not_shift_the_fields() {
        let text = "7 (a) b) (c) S 1 7 7 0 -1 4194304 41 0 0 0 5 2 0 0 20 0 3 0 100";
        let stat = Stat {
            state: 'S',
            faults: 41,
            kernel: Duration::from_millis(20),
            threads: 3,
        };
        assert_eq!(parse_stat(text), Some(stat));
    }

    #[test]
    fn a_sleeping_call_is_read_with_its_arguments() {
        let text = format!(
            "{} 0x3 0x1 0x0 0x0 0x0 0x0 0x7ffd 0x7f00\n",
            libc::SYS_recvfrom
        );
        let Some(Doing::In {
            call,
            arguments,
            stack,
            ..
        }) = parse_syscall(&text)
        else {
            panic!("not read as a call");
        };
        assert_eq!((call.name, call.kind), ("recv", Kind::Read));
        assert_eq!((arguments[0], arguments[1], stack), (3, 1, 0x7ffd));
    }

    #[test]
    fn a_running_thread_and_a_page_fault_are_no_call() {
        assert_eq!(parse_syscall("running\n"), Some(Doing::Running));
        assert_eq!(parse_syscall("-1 0x7ffd 0x7f00\n"), Some(Doing::Faulting));
    }
}
