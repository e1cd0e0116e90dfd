//! Why a program could not be started, in a sentence.

use super::Launch;
use std::error::Error;
use std::ffi::OsStr;
use std::path::Path;
use std::{fmt, io};

/// Why a program could not be started. Its text is one clear sentence that names the program, without a full stop.
#[derive(Debug)]
pub enum StartError {
    /// There is no such file (ENOENT).
    NotFound {
        /// The program, as it was asked for.
        program: String,
    },
    /// There is something of that name, but it is no program (EACCES, ENOEXEC), or not for this machine or user.
    NotExecutable {
        /// The program, as it was asked for.
        program: String,
        /// What it is instead, or lacks.
        reason: String,
    },
    /// The hard limit on open files is lower than what the program is to get.
    LimitTooLow {
        /// How many descriptors the program was to have.
        asked: u64,
        /// How many it could have at most here.
        hard: u64,
    },
    /// Anything else: the harness itself lacks something.
    Other {
        /// The program, as it was asked for.
        program: String,
        /// What the system said.
        cause: io::Error,
    },
}

impl StartError {
    /// Sorts an error that came while `launch` was carried out.
    pub(super) fn because(cause: io::Error, launch: &Launch) -> StartError {
        let name = launch.command.first().map_or(OsStr::new(""), |name| name);
        let program = name.display().to_string();
        // Only a name with a slash is a path; the others were looked up in PATH.
        let path = program.contains('/').then(|| launch.directory.join(name));
        let not_executable = |program, reason: &str| StartError::NotExecutable {
            program,
            reason: reason.to_owned(),
        };
        match cause.raw_os_error() {
            Some(libc::ENOENT) if path.as_deref().is_some_and(Path::exists) => not_executable(
                program,
                "it needs another program to run, the interpreter in its first line or a loader, which is not there",
            ),
            Some(libc::ENOENT | libc::ENOTDIR) => StartError::NotFound { program },
            Some(libc::EACCES) if path.as_deref().is_some_and(Path::is_dir) => {
                not_executable(program, "it is a folder")
            }
            Some(libc::EACCES) => not_executable(
                program,
                "you may not execute it; `chmod +x` makes a file executable",
            ),
            Some(libc::ENOEXEC) => not_executable(
                program,
                "it is neither machine code for this system nor a script whose first line begins with #!",
            ),
            _ => StartError::Other { program, cause },
        }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::NotFound { program } if program.contains('/') => {
                write!(f, "cannot start `{program}`: there is no such file")
            }
            StartError::NotFound { program } => {
                write!(f, "cannot start `{program}`: no folder in PATH has it")
            }
            StartError::NotExecutable { program, reason } => {
                write!(f, "cannot start `{program}`: {reason}")
            }
            StartError::LimitTooLow { asked, hard } => write!(
                f,
                "the program needs a limit of {asked} open files, and this system allows {hard} (`ulimit -Hn`)"
            ),
            StartError::Other { program, cause } => {
                write!(f, "cannot start `{program}`: {cause}")
            }
        }
    }
}

impl Error for StartError {}
