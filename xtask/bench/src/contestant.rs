//! Who takes part.

use crate::{Asked, names};
use anyhow::{Result, bail};
use bench_results::Server;
use bench_results::ratio::MINE;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A server that takes part, or would.
#[derive(Debug)]
pub(crate) struct Contestant {
    pub(crate) server: Server,
    /// What starts it; the address to listen on is appended.
    pub(crate) command: Vec<OsString>,
    /// What follows the message in its answer.
    pub(crate) suffix: &'static [u8],
    /// The most connections that it can have.
    pub(crate) limit: Option<usize>,
}

/// select watches the descriptors below 1024; some are the listener's, stdin's and so on.
const SELECT: Option<usize> = Some(1024 - 8);
const ROGER: &[u8] = b"Roger that.";

/// One of the workspace's own programs.
struct Own {
    id: &'static str,
    program: &'static str,
    arguments: &'static [&'static str],
    what: &'static str,
    limit: Option<usize>,
}

const OWN: [Own; 10] = [
    own(
        "03",
        "select-one-port",
        &[],
        "select; writes inline",
        SELECT,
    ),
    own("05", "select-read-write", &[], "select; queues", SELECT),
    own("07", "poll-fdmap", &[], "poll; prints all it gets", None),
    own(
        "08-select",
        "selectors-callbacks",
        &["--selector", "select"],
        "SelectSelector",
        SELECT,
    ),
    own(
        "08-poll",
        "selectors-callbacks",
        &["--selector", "poll"],
        "PollSelector",
        None,
    ),
    own(
        "08-default",
        "selectors-callbacks",
        &["--selector", "default"],
        "DefaultSelector (epoll)",
        None,
    ),
    own("10", "epoll", &[], "epoll, level-triggered", None),
    own(
        "11",
        "epoll-edge-triggered",
        &[],
        "epoll, edge-triggered",
        None,
    ),
    own("mio", "peer-mio", &[], "Rust, mio", None),
    own("tokio", "peer-tokio", &[], "Rust, tokio, one thread", None),
];

const fn own(
    id: &'static str,
    program: &'static str,
    arguments: &'static [&'static str],
    what: &'static str,
    limit: Option<usize>,
) -> Own {
    Own {
        id,
        program,
        arguments,
        what,
        limit,
    }
}

/// All that were asked for; those that cannot take part say why.
pub(crate) fn all(asked: &Asked) -> Result<Vec<Contestant>> {
    let mut all: Vec<Contestant> = OWN.iter().map(|own| of_workspace(own, asked)).collect();
    let mine = asked.mine.iter();
    all.extend(mine.map(|(number, program)| of_learner(number, program)));
    all.push(in_c(asked));
    all.push(in_python(
        "selectors",
        "Python, selectors (epoll)",
        "selectors_echo.py",
        asked,
    ));
    all.push(in_python(
        "asyncio",
        "Python, asyncio (epoll)",
        "asyncio_echo.py",
        asked,
    ));
    for name in &asked.only {
        if !all.iter().any(|it| it.server.id == *name) {
            bail!("there is no server {name}; there are {}", names(&all));
        }
    }
    all.retain(|it| asked.only.is_empty() || is_meant(&it.server.id, &asked.only));
    Ok(all)
}

/// Whether `only` names this server; with a lesson's, the learner's for the same lesson is meant, too.
fn is_meant(id: &str, only: &[String]) -> bool {
    let lesson = id.strip_suffix(MINE);
    only.iter()
        .any(|name| name == id || lesson.is_some_and(|lesson| name.starts_with(lesson)))
}

fn of_workspace(own: &Own, asked: &Asked) -> Contestant {
    let built = asked.program.iter().find(|(name, _)| name == own.program);
    let missing = built.is_none().then(|| "it was not built".to_owned());
    let arguments = own.arguments.iter().map(OsString::from);
    let program = built.map(|(_, path)| path.clone().into_os_string());
    Contestant {
        server: server(own.id, own.what, missing),
        command: program.into_iter().chain(arguments).collect(),
        suffix: if own.id == "03" { ROGER } else { b"" },
        limit: own.limit,
    }
}

/// The learner's program for a lesson. It answers as the lesson's does.
fn of_learner(number: &str, program: &Path) -> Contestant {
    Contestant {
        server: server(&format!("{number}{MINE}"), "yours", None),
        command: vec![program.into()],
        suffix: if number == "03" { ROGER } else { b"" },
        limit: ["03", "05"].contains(&number).then_some(()).and(SELECT),
    }
}

/// The plain C loop, compiled now.
fn in_c(asked: &Asked) -> Contestant {
    let program = asked.out.join("peer-c");
    let mut command = Command::new("cc");
    command.args(["-O2", "-o"]).arg(&program);
    command.arg(peers(asked).join("c/epoll.c"));
    let missing = match command.stdin(Stdio::null()).output() {
        Err(_) => Some("there is no C compiler (cc)".to_owned()),
        Ok(output) if !output.status.success() => {
            let said = String::from_utf8_lossy(&output.stderr);
            Some(format!("cc does not compile it: {}", said.trim()))
        }
        Ok(_) => None,
    };
    Contestant {
        server: server("C", "plain C, epoll", missing),
        command: vec![program.into()],
        suffix: b"",
        limit: None,
    }
}

fn in_python(id: &str, what: &str, file: &str, asked: &Asked) -> Contestant {
    let version = Command::new("python3").arg("--version").output();
    let is_there = version.is_ok_and(|output| output.status.success());
    let missing = (!is_there).then(|| "there is no python3".to_owned());
    Contestant {
        server: server(id, what, missing),
        command: vec![
            "python3".into(),
            peers(asked).join("python").join(file).into(),
        ],
        suffix: b"",
        limit: None,
    }
}

/// The folder that peers in other languages are in.
fn peers(asked: &Asked) -> PathBuf {
    asked.root.join("xtask/bench/peers")
}

fn server(id: &str, what: &str, missing: Option<String>) -> Server {
    Server {
        id: id.into(),
        what: what.into(),
        missing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_learners_server_takes_part_where_its_lessons_does() {
        let only = ["08-poll", "C"].map(str::to_owned);
        assert!(is_meant("08-mine", &only) && is_meant("C", &only));
        assert!(!is_meant("10-mine", &only) && !is_meant("08-select", &only));
    }
}
