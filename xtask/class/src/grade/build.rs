//! Builds submissions, each in a folder of its own, confined, on top of dependencies that are built once.

use super::Package;
use super::supervise::{self, Allowance, Done, End};
use super::toolchain::Toolchain;
use super::tree;
use crate::confine::{Confinement, Fences, Limits, files, is_root, own_user};
use anyhow::{Context, Result, bail};
use harness::program::Exit;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Bytes of address space of a process: of a compiler, a linker, a build script.
const MEMORY: u64 = 1 << 30;
/// Bytes of memory of all of them together.
const MEMORY_TOGETHER: u64 = 2 << 30;
/// Processes and threads at a time. Compilers have some of both.
const PROCESSES: u64 = 128;
/// Bytes of one file.
const FILE: u64 = 128 << 20;
/// Bytes of all files that a build leaves.
const DISK: u64 = 512 << 20;
/// How long the dependencies may take. They are those that the assignment names.
const DEPENDENCIES: Duration = Duration::from_secs(900);
/// So many times its processor time a build may take where others build too, or where it waits for something.
const PATIENCE: u32 = 10;
/// Characters that are kept of what a compiler says.
const SAID: usize = 8_000;

/// Builds the submissions of one assignment.
#[derive(Debug)]
pub struct Workshop {
    /// Where everything is written.
    folder: PathBuf,
    /// The package and the program.
    name: String,
    toolchain: Toolchain,
    fences: Fences,
    /// How much processor time one build may take.
    time: Duration,
}

/// What came of a build.
#[derive(Debug)]
pub struct Built {
    /// The program, or one sentence why there is none.
    pub program: Result<PathBuf, String>,
    /// What the compiler said, the end of it.
    pub said: String,
    /// How long it took.
    pub took: Duration,
    /// The most memory that was seen, in bytes.
    pub memory: u64,
}

impl Workshop {
    /// A workshop in `folder`, which is there and empty, for programs called `name`.
    pub fn new(
        folder: PathBuf,
        name: &str,
        toolchain: Toolchain,
        fences: Fences,
        time: Duration,
    ) -> Workshop {
        let name = name.to_owned();
        Workshop {
            folder,
            name,
            toolchain,
            fences,
            time,
        }
    }

    /// Builds `starter`, the package without any submission, and so the dependencies of all.
    ///
    /// # Errors
    /// It does not build: then no submission could.
    pub fn prepare(&self, starter: &Package) -> Result<()> {
        let folder = self.template();
        self.lay_out(&folder, starter)?;
        self.toolchain.fetch(&folder.join("package/Cargo.toml"))?;
        self.toolchain.make_home(&self.home())?;
        let done = self.cargo(&folder, 0, DEPENDENCIES)?;
        if let Err(why) = ended_well(&done, DEPENDENCIES) {
            let hint = match is_root() && !self.fences.files {
                true => {
                    "\nWithout Landlock a submission is built by a user of its own: the toolchain must be where everybody may read it, not below /root"
                }
                false => "",
            };
            let said = done.said.trim_end();
            bail!("of what students are handed: {why}\n{said}{hint}");
        }
        let own = folder.join("target/debug").join(&self.name);
        fs::remove_file(&own).with_context(|| format!("{} was not built", own.display()))
    }

    /// Builds `package` as the submission called `id`. `slot` tells apart those that are built at the same time.
    ///
    /// # Errors
    /// The disk, or the system. Whatever the package does is none.
    pub fn build(&self, id: &str, package: &Package, slot: usize) -> Result<Built> {
        let folder = self.folder.join(id);
        let template = self.template();
        self.lay_out(&folder, package)?;
        if let Ok(lock) = fs::read(template.join("package/Cargo.lock")) {
            fs::write(folder.join("package/Cargo.lock"), lock)
                .context("cannot write Cargo.lock")?;
        }
        // Copies, no links: what a build script did to its own would be done to everybody's.
        tree::copy(&template.join("target"), &folder.join("target"))?;
        let done = self.cargo(&folder, slot, self.time)?;
        let program = self.program(&folder, &done);
        for folder in ["target", "tmp"].map(|it| folder.join(it)) {
            fs::remove_dir_all(&folder)
                .with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        Ok(Built {
            program,
            said: tail(&done.said),
            took: done.took,
            memory: done.memory,
        })
    }

    fn template(&self) -> PathBuf {
        // No submission is called that: their names have no blank.
        self.folder.join("the starter")
    }

    /// The cargo home of all, which none can write to.
    fn home(&self) -> PathBuf {
        self.folder.join("the crates")
    }

    fn lay_out(&self, folder: &Path, package: &Package) -> Result<()> {
        for made in ["tmp", "target", "package"].map(|it| folder.join(it)) {
            fs::create_dir_all(&made).with_context(|| format!("cannot make {}", made.display()))?;
        }
        for (path, bytes) in package {
            let path = folder.join("package").join(path);
            let written = path
                .parent()
                .map_or(Ok(()), fs::create_dir_all)
                .and_then(|()| fs::write(&path, bytes));
            written.with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }

    fn cargo(&self, folder: &Path, slot: usize, time: Duration) -> Result<Done> {
        let user = own_user(slot);
        if let Some(user) = user {
            tree::give_to(folder, user)?;
        }
        let shared = self.toolchain.reads().into_iter().chain([self.home()]);
        let confinement = Confinement {
            reads: shared
                .chain(files::libraries())
                .chain(files::tools())
                .collect(),
            writes: vec![folder.to_owned()],
            limits: Limits {
                memory: MEMORY,
                processes: self.fences.processes.then_some(PROCESSES),
                file_size: FILE,
                cpu: time.as_secs() + 1, // all together have less
            },
            network: self.fences.no_network(),
            user,
            environment: self.toolchain.environment(folder, &self.home()),
        };
        let manifest = folder.join("package/Cargo.toml");
        let words = ["build", "--offline", "--quiet", "--manifest-path"].map(OsString::from);
        let command: Vec<OsString> = [self.toolchain.cargo().into_os_string()]
            .into_iter()
            .chain(words)
            .chain([manifest.into_os_string()])
            .collect();
        let allowed = Allowance {
            work: time,
            time: PATIENCE * time,
            memory: MEMORY_TOGETHER,
            disk: DISK,
        };
        supervise::run(&command, &confinement, folder, &allowed)
    }

    /// Where the program is now, out of reach of whatever its build has left; or why there is none.
    fn program(&self, folder: &Path, done: &Done) -> Result<PathBuf, String> {
        ended_well(done, self.time)?;
        let built = folder.join("target/debug").join(&self.name);
        let is_file = built.symlink_metadata().is_ok_and(|it| it.is_file());
        let program = folder.join("program");
        if !is_file || fs::rename(&built, &program).is_err() {
            return Err(format!("its build left no program {}", self.name));
        }
        Ok(program)
    }
}

/// That a build which had so much time came to a good end, or one sentence why not.
fn ended_well(done: &Done, time: Duration) -> Result<(), String> {
    match done.end {
        End::Exit(Exit::Status(0)) => Ok(()),
        End::Exit(_) => Err("it does not build".into()),
        End::TooMuchWork => Err(format!(
            "its build was not over after {} s of processor time",
            time.as_secs()
        )),
        End::TooLong => Err(format!(
            "its build was not over after {} s",
            (PATIENCE * time).as_secs()
        )),
        End::TooMuchMemory => Err(format!(
            "its build took more than {} GiB of memory",
            MEMORY_TOGETHER >> 30
        )),
        End::TooMuchDisk => Err(format!("its build wrote more than {} MiB", DISK >> 20)),
    }
}

/// The end of what a compiler said, from the beginning of a line.
fn tail(said: &str) -> String {
    let Some((start, _)) = said.char_indices().rev().nth(SAID) else {
        return said.to_owned();
    };
    let rest = &said[start..];
    let line = rest.find('\n').map_or(0, |at| at + 1);
    format!("…\n{}", &rest[line..])
}
