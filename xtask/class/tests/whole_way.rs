//! The whole way of an assignment: handed out, built without network, begun, solved, and graded.
//!
//! It has a main of its own, since its binary is also the keeper of the programs that are played against.

use anyhow::{Context, Result, ensure};
use class::assignment::{Assignment, fill};
use class::grade::results::Results;
use class::handout::{Handout, hand_out};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};

/// Everything that is made here, below the target folder; made anew each time, but for what was built.
const PLACE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/whole-way");
/// The sample that goes the way, and the student: it has values of each student's own.
const SAMPLE: &str = "quota-echo";
const STUDENT: &str = "ada";

fn main() -> ExitCode {
    harness::program::serve_if_asked();
    match whole_way() {
        Ok(()) => {
            println!("handed out, built without network, begun, solved, graded: ok");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn whole_way() -> Result<()> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let course = own
        .ancestors()
        .nth(2)
        .context("the workspace is two folders up")?;
    let folder = own.join("samples").join(SAMPLE);
    let out = Path::new(PLACE).join("handed-out");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    let told = hand_out(
        course,
        &Handout {
            assignment: folder.clone(),
            out: out.clone(),
            students: vec![STUDENT.into()],
            roster: None,
            vendor: true,
        },
    )?;
    println!("{}", told.trim_end());
    let student = out.join(STUDENT);
    let assignment = Assignment::load(course, &folder)?;
    // Somebody hands in what all begin with.
    let submissions = Path::new(PLACE).join("submissions");
    if submissions.exists() {
        fs::remove_dir_all(&submissions)?;
    }
    hand_in(&student, &submissions.join("bob"))?;
    begin(&student)?;
    solve(&student, &assignment)?;
    hand_in(&student, &submissions.join(STUDENT))?;
    grade(&folder, &submissions, assignment.points())
}

/// Copies the program, as it is handed in.
fn hand_in(student: &Path, submission: &Path) -> Result<()> {
    fs::create_dir_all(submission.join("src"))?;
    fs::copy(student.join("src/main.rs"), submission.join("src/main.rs"))?;
    Ok(())
}

/// Who has solved it has all points, the hidden scripts' too; who has only begun, some.
fn grade(assignment: &Path, submissions: &Path, all: u32) -> Result<()> {
    let out = Path::new(PLACE).join("grades");
    // Builds go on below a folder that has cargo's settings, which no submission may read.
    let work = Path::new(PLACE).join("checkout/work");
    let settings = Path::new(PLACE).join("checkout/.cargo");
    fs::create_dir_all(&settings)?;
    fs::write(settings.join("config.toml"), "")?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_class"));
    command.arg("grade").args([assignment, submissions]);
    command.arg("--out").arg(&out);
    command.arg("--work").arg(&work);
    let graded = command.stdin(Stdio::null()).output()?;
    let (stdout, stderr) = texts(&graded);
    ensure!(graded.status.success(), "{stdout}{stderr}");
    let results: Results = serde_json::from_slice(&fs::read(out.join("results.json"))?)?;
    let points = |id: &str| {
        let of = results.submissions.iter().find(|it| it.person.id == id);
        of.map(|it| it.points)
    };
    ensure!(points(STUDENT) == Some(f64::from(all)), "{stdout}");
    // What lesson 07's scripts ask, its program does, and a line at a time it echoes already.
    ensure!(points("bob") == Some(5.0), "{stdout}");
    Ok(())
}

/// The starter builds, and is told what is still wrong with it.
fn begin(student: &Path) -> Result<()> {
    let begun = xtask(student, &["verify"])?;
    let (stdout, stderr) = texts(&begun);
    ensure!(begun.status.code() == Some(1), "{stdout}{stderr}");
    for said in [
        "checking YOUR program quota-echo\nerror: ",
        "--> scripts/",
        "= your code: src/main.rs:",
        "= by hand: cargo xtask run  ·  nc 127.0.0.1 1234",
    ] {
        ensure!(stdout.contains(said), "`{said}` is not in: {stdout}");
    }
    for not_said in ["vendor/", "exercise", "LESSON", "book/"] {
        ensure!(!stdout.contains(not_said), "`{not_said}` is in: {stdout}");
    }
    let listed = xtask(student, &["list"])?;
    let (stdout, _) = texts(&listed);
    ensure!(
        stdout.contains("quota               The quota is used up\n"),
        "{stdout}"
    );
    ensure!(!stdout.contains("own-quota"), "{stdout}");
    Ok(())
}

/// With the reference in its place all public scripts pass.
fn solve(student: &Path, assignment: &Assignment) -> Result<()> {
    let reference = fs::read_to_string(assignment.folder.join("reference/main.rs"))?;
    let values = assignment.values(STUDENT);
    let solution = fill::fill(&reference, &values)
        .map_err(|wrong| anyhow::anyhow!("{}", wrong.within(Path::new("reference/main.rs"))))?;
    fs::write(student.join("src/main.rs"), solution)?;
    let solved = xtask(student, &["verify"])?;
    let (stdout, stderr) = texts(&solved);
    ensure!(solved.status.success(), "{stdout}{stderr}");
    ensure!(stdout.contains("7 passed, 0 failed in "), "{stdout}");
    Ok(())
}

/// `cargo xtask` as the student types it, without network and without any crate from before.
fn xtask(student: &Path, arguments: &[&str]) -> Result<Output> {
    let home = Path::new(PLACE).join("cargo-home");
    fs::create_dir_all(&home)?;
    let mut command = Command::new(env!("CARGO"));
    harness::build::forget_own_package(&mut command);
    command
        .arg("xtask")
        .args(arguments)
        .current_dir(student)
        .env("CARGO_HOME", home)
        .env("CARGO_NET_OFFLINE", "true")
        .env("CARGO_TARGET_DIR", target())
        // Built sooner: nobody debugs it, and it is built once. Reports tell lines.
        .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only")
        .env("CARGO_INCREMENTAL", "0")
        .stdin(Stdio::null());
    command.output().context("cannot run cargo")
}

/// What was built stays from one time to the next.
fn target() -> PathBuf {
    Path::new(PLACE).join("target")
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}
