//! Asks whether things are ready, and looks how long it takes all the same.

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Instant;
use std::{env, fs, process};

const MIB: usize = 1024 * 1024;

fn main() -> io::Result<()> {
    let path = env::temp_dir().join(format!("ready-and-slow-{}", process::id()));
    let result = a_file(&mut File::create(&path)?);
    fs::remove_file(&path)?;
    result?;
    a_pipe()?;
    a_computation()
}

/// A file is always ready. How long it takes to get what is in it onto the disk is another question.
fn a_file(file: &mut File) -> io::Result<()> {
    println!(
        "a file:         poll says: {}",
        told_by_poll(file, PollFlags::all())?
    );
    let epoll = Epoll::new(EpollCreateFlags::empty())?;
    let answer = match epoll.add(&*file, EpollEvent::new(EpollFlags::EPOLLIN, 0)) {
        Ok(()) => "taken".to_owned(),
        Err(errno) => format!("{errno:?}"),
    };
    println!("                epoll_ctl says: {answer}");
    let start = Instant::now();
    file.write_all(&vec![1; 16 * MIB])?;
    file.sync_all()?;
    println!(
        "                16 MiB of it are on the disk after {} ms",
        ms(start)
    );
    Ok(())
}

/// Standard output may be a pipe whose reader does something else.
fn a_pipe() -> io::Result<()> {
    let (_reader, mut writer) = io::pipe()?;
    writer.write_all(&[1; 64 * 1024])?;
    println!(
        "a full pipe:    poll says: {}",
        told_by_poll(&writer, PollFlags::POLLOUT)?
    );
    Ok(())
}

/// Who is ready waits until the program asks.
fn a_computation() -> io::Result<()> {
    let (bob, mut other) = UnixStream::pair()?;
    other.write_all(b"hi\n")?;
    println!(
        "bob's socket:   poll says: {}",
        told_by_poll(&bob, PollFlags::POLLIN)?
    );
    let start = Instant::now();
    let primes = (2..40_000_u32).filter(|n| {
        (2..*n)
            .take_while(|d| d * d <= *n)
            .all(|d| !n.is_multiple_of(d))
    });
    let count = primes.count();
    println!(
        "                after {count} primes he has waited {} ms",
        ms(start)
    );
    Ok(())
}

fn told_by_poll(fd: &impl AsFd, asked: PollFlags) -> io::Result<String> {
    let asked = asked & (PollFlags::POLLIN | PollFlags::POLLOUT);
    let mut watched = [PollFd::new(fd.as_fd(), asked)];
    poll(&mut watched, PollTimeout::ZERO)?;
    let told = watched[0].revents().unwrap_or(PollFlags::empty());
    let names: Vec<&str> = told.iter_names().map(|(name, _)| name).collect();
    Ok(if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(" ")
    })
}

fn ms(start: Instant) -> String {
    format!("{:.1}", start.elapsed().as_secs_f64() * 1000.0)
}
