//! What the system allows and shows.

use super::Check;
use crate::look::{Look, Net, may_be_stopped};
use crate::program::Waiting;
use rustix::process::{Resource, getrlimit};
use std::fs;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

/// Enough for the script with the most clients, beside others.
const ENOUGH_FILES: u64 = 4096;
/// With fewer, hardly a script can be played.
const FEW_FILES: u64 = 64;
/// So many connections may be in TIME_WAIT at a time.
const ENOUGH_PORTS: u32 = 8000;

/// Checks limits, rights and the network.
pub(super) fn check(tell: &mut impl FnMut(Check)) {
    tell(open_files());
    if cfg!(target_os = "linux") {
        rights(tell);
        tell(sock_diag());
        tell(ports());
    } else {
        let without =
            "only Linux shows what a program waits for; elsewhere two seconds of silence stand in";
        tell(Check::optional(
            "/proc",
            without,
            "use Linux, in a virtual machine or a container",
        ));
    }
    tell(loopback());
}

/// The harness raises its own limit as far as it may: that is the one that counts.
fn open_files() -> Check {
    const WHAT: &str = "open files";
    let limit = getrlimit(Resource::Nofile);
    let told = |limit: Option<u64>| limit.map_or("unlimited".into(), |limit| limit.to_string());
    let is = format!(
        "{} (ulimit -Sn), may be raised to {} (ulimit -Hn)",
        told(limit.current),
        told(limit.maximum)
    );
    let remedy = format!("sudo prlimit --pid $$ --nofile={ENOUGH_FILES}");
    match limit.maximum {
        Some(few) if few < FEW_FILES => Check::needed(WHAT, is, remedy),
        Some(few) if few < ENOUGH_FILES => Check::optional(
            WHAT,
            format!("{is}; scripts that need more are skipped"),
            remedy,
        ),
        _ => Check::well(WHAT, is),
    }
}

/// What `verify` asks of a program: in which call it sleeps, and from which line of its source.
fn rights(tell: &mut impl FnMut(Check)) {
    const SYSCALL: &str = "/proc";
    const CODE: &str = "your code";
    let scope = fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").unwrap_or_default();
    let remedy = match scope.trim() {
        "2" | "3" => {
            "sudo sysctl kernel.yama.ptrace_scope=1   (after a restart, if that is refused)"
        }
        _ => "in a container: docker run --cap-add=SYS_PTRACE …",
    };
    let waiting = match Waiting::start() {
        Ok(waiting) => waiting,
        Err(error) => {
            let without = format!("no process can be started to look at: {error}");
            return tell(Check::needed(SYSCALL, without, "ulimit -u; ulimit -n"));
        }
    };
    tell(match Look::is_allowed(waiting.pid()) {
        true => Check::well(SYSCALL, "shows in which call a program sleeps"),
        false if fs::metadata("/proc/self").is_err() => Check::needed(
            SYSCALL,
            "it is not mounted",
            "sudo mount -t proc proc /proc",
        ),
        false => {
            let without =
                "/proc/PID/syscall may not be read: nothing can be proven of a program that waits";
            Check::needed(SYSCALL, without, remedy)
        }
    });
    tell(match may_be_stopped(waiting.pid()) {
        true => Check::well(CODE, "a program can be asked for the line that it is in"),
        false => {
            let without = "ptrace is refused: reports cannot name the line that a program is in";
            Check::optional(CODE, without, remedy)
        }
    });
}

fn sock_diag() -> Check {
    const WHAT: &str = "sock_diag";
    let remedy = "sudo modprobe tcp_diag   (in a container: on its host)";
    match Net::if_there() {
        Ok(Some(_)) => Check::well(WHAT, "shows what is under way in a connection"),
        Ok(None) => Check::needed(WHAT, "the kernel does not have it", remedy),
        Err(error) => Check::needed(WHAT, format!("it does not answer: {error}"), remedy),
    }
}

/// Source: ip(7), `ip_local_port_range`.
fn ports() -> Check {
    const WHAT: &str = "ports";
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let ends: Vec<u32> = range.split_whitespace().flat_map(str::parse).collect();
    match ends[..] {
        [first, last] if last.saturating_sub(first) < ENOUGH_PORTS => Check::optional(
            WHAT,
            format!("clients have {first} to {last}: scripts with many of them may run out"),
            "sudo sysctl net.ipv4.ip_local_port_range='32768 60999'",
        ),
        [first, last] => Check::well(WHAT, format!("clients have {first} to {last}")),
        _ => Check::well(WHAT, "the system does not say which clients have"),
    }
}

fn loopback() -> Check {
    match over_loopback() {
        Ok(()) => Check::well("loopback", "a byte gets from 127.0.0.1 to 127.0.0.1"),
        Err(error) => Check::needed("loopback", error.to_string(), "sudo ip link set lo up"),
    }
}

fn over_loopback() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut client = TcpStream::connect(listener.local_addr()?)?;
    let (mut server, _) = listener.accept()?;
    client.write_all(b"x")?;
    server.read_exact(&mut [0])
}
