//! What a script costs beside what it cannot cost less than: start the program, one connection, one byte there and
//! back, kill.
//!
//! ```text
//! cargo bench -p harness --profile dev --bench script_against_floor -- 01 02 03
//! ```
//!
//! Both are timed in turns in one run, so that a busy machine weighs on both alike.

use anyhow::{Context, Result};
use harness::build;
use harness::lesson::{Lesson, Role};
use harness::run::{Target, play};
use harness::script::Script;
use harness::verdict::Outcome;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How often everything is timed.
const ROUNDS: usize = 15;

fn main() -> Result<()> {
    harness::program::serve_if_asked();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("the workspace")?;
    let asked: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let mut lessons = Lesson::all(root)?;
    // A floor is an answer to a byte, which only a server gives.
    lessons.retain(|lesson| lesson.about.role == Role::Server);
    lessons.retain(|lesson| asked.is_empty() || asked.iter().any(|word| lesson.is_called(word)));
    let packages: Vec<&str> = lessons.iter().map(|lesson| lesson.name.as_str()).collect();
    let programs = build::programs(root, &packages)?;
    let mut floors = Vec::new();
    let mut scripts = Vec::new();
    for lesson in &lessons {
        let program = &programs[lesson.name.as_str()];
        let target = Target::of_lesson(lesson, vec![program.into()], root.to_owned());
        let parsed: Vec<Script> = lesson
            .scripts()?
            .into_iter()
            .filter_map(Result::ok)
            .collect();
        let mut of_scripts = vec![Vec::new(); parsed.len()];
        let mut of_floor = Vec::new();
        for _ in 0..ROUNDS {
            for (script, times) in parsed.iter().zip(&mut of_scripts) {
                of_floor.push(floor(program, target.addresses)?);
                let verdict = play(script, &target);
                anyhow::ensure!(
                    matches!(verdict.outcome, Outcome::Passed),
                    "{} did not pass",
                    script.name
                );
                times.push(verdict.took);
            }
        }
        let floor = median(&mut of_floor);
        let medians: Vec<Duration> = of_scripts.iter_mut().map(|times| median(times)).collect();
        let script = median(&mut medians.clone());
        println!(
            "{:24} floor {floor:>8.2?}   script {script:>8.2?}   ratio {:.2}",
            lesson.full_name(),
            ratio(script, floor)
        );
        for (script, time) in parsed.iter().zip(&medians) {
            println!(
                "    {:24} {time:>8.2?}   ratio {:.2}",
                script.name,
                ratio(*time, floor)
            );
        }
        floors.push(floor);
        scripts.extend(medians);
    }
    let (script, floor) = (median(&mut scripts), median(&mut floors));
    println!(
        "the median script takes {script:.2?}, {:.2} times its floor of {floor:.2?}",
        ratio(script, floor)
    );
    Ok(())
}

/// Starts the program without a harness, has one byte of an answer, and kills it.
fn floor(program: &Path, addresses: usize) -> Result<Duration> {
    let started = Instant::now();
    let mut child = Command::new(program)
        .args(std::iter::repeat_n("127.0.0.1:0", addresses))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("piped")?);
    let mut line = String::new();
    for _ in 0..addresses {
        line.clear();
        lines.read_line(&mut line)?;
    }
    let address = line
        .trim_end()
        .strip_prefix("listening on ")
        .context("no address")?;
    let mut client = TcpStream::connect(address)?;
    // A server that speaks first has closed by now, and may answer this with a reset: its byte is there all the same.
    let _ = client.write_all(b"x");
    client.read_exact(&mut [0])?;
    child.kill()?;
    child.wait()?;
    Ok(started.elapsed())
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn ratio(time: Duration, floor: Duration) -> f64 {
    time.as_secs_f64() / floor.as_secs_f64()
}
