//! What a program writes, without letting it flood or block anybody.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::{self, BufRead, PipeReader, PipeWriter, Read};
use std::os::fd::{AsFd, BorrowedFd};

/// How much of each stream is kept, in bytes, and how long a line may be.
const KEPT: usize = 64 * 1024;
/// How many lines are kept until somebody takes them, and of how many bytes together.
const KEPT_LINES: usize = 10_000;
const KEPT_LINE_BYTES: usize = 4 * 1024 * 1024;
/// How much of each stream is read at once. Taking in 64 KiB of the shortest lines takes a debug build some milliseconds, and the
/// thread that does it has clients to serve.
const DRAINED: usize = 64 * 1024;

/// A program's standard output and error, as far as they were drained.
#[derive(Debug)]
pub struct Output {
    stdout: Stream,
    stderr: Stream,
    lines: Lines,
    /// All of standard output that nobody has taken, if somebody wants it byte by byte.
    bytes: Option<Vec<u8>>,
    buffer: Vec<u8>,
}

impl Output {
    /// With the ends that the program is to write to.
    pub(super) fn new() -> io::Result<(Output, PipeWriter, PipeWriter)> {
        let (stdout, stdout_end) = Stream::new()?;
        let (stderr, stderr_end) = Stream::new()?;
        let output = Output {
            stdout,
            stderr,
            lines: Lines::default(),
            bytes: None,
            buffer: vec![0; DRAINED],
        };
        Ok((output, stdout_end, stderr_end))
    }

    /// Takes in what the program has written; does not wait. Returns the number of bytes, at most 128 KiB: there may be more.
    /// 0: there is nothing for now, or for ever if [`Output::pipes`] has none left.
    ///
    /// # Errors
    /// read(2).
    pub fn drain(&mut self) -> io::Result<usize> {
        let fresh = self.stdout.drain(&mut self.buffer)?;
        self.lines.add(fresh);
        if let Some(bytes) = &mut self.bytes {
            bytes.extend_from_slice(fresh);
        }
        let count = fresh.len();
        Ok(count + self.stderr.drain(&mut self.buffer)?.len())
    }

    /// The pipes that can still bring something, to wait for. One ends when neither the program nor a descendant
    /// holds its other end.
    pub fn pipes(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let both = [&self.stdout, &self.stderr].into_iter();
        both.filter_map(|stream| Some(stream.pipe.as_ref()?.as_fd()))
    }

    /// The lines of standard output that nobody has taken, the oldest first, without their line feeds. Of a line longer than
    /// 64 KiB, the beginning.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = &str> {
        self.lines.whole.iter().map(String::as_str)
    }

    /// Takes a line out, by its place in [`Output::lines`].
    pub fn take_line(&mut self, index: usize) -> Option<String> {
        self.lines.take(index)
    }

    /// From now on, keeps standard output byte by byte, too, until it is taken. How much that may be, the caller must see to.
    pub fn keep_bytes(&mut self) {
        self.bytes.get_or_insert_default();
    }

    /// Takes out what [`Output::keep_bytes`] has kept.
    pub fn take_bytes(&mut self) -> Vec<u8> {
        self.bytes.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// What came after the last line feed on standard output, if anything.
    pub fn unfinished_line(&self) -> Option<Cow<'_, str>> {
        let line = &self.lines.unfinished;
        (!line.is_empty()).then(|| String::from_utf8_lossy(line))
    }

    /// The last 64 KiB of standard output, taken lines included.
    pub fn stdout(&self) -> Cow<'_, str> {
        self.stdout.tail()
    }

    /// The last 64 KiB of standard error.
    pub fn stderr(&self) -> Cow<'_, str> {
        self.stderr.tail()
    }
}

/// One of the two.
#[derive(Debug)]
struct Stream {
    /// `None` after its end.
    pipe: Option<PipeReader>,
    /// The last [`KEPT`] bytes, at its end.
    kept: Vec<u8>,
}

impl Stream {
    fn new() -> io::Result<(Stream, PipeWriter)> {
        let (pipe, programs_end) = io::pipe()?;
        rustix::io::ioctl_fionbio(&pipe, true)?;
        let stream = Stream {
            pipe: Some(pipe),
            kept: Vec::new(),
        };
        Ok((stream, programs_end))
    }

    /// Reads into `buffer` until nothing comes or it is full; returns the part that it filled.
    fn drain<'a>(&mut self, buffer: &'a mut [u8]) -> io::Result<&'a [u8]> {
        let mut filled = 0;
        while let Some(pipe) = &mut self.pipe
            && filled < buffer.len()
        {
            match pipe.read(&mut buffer[filled..]) {
                Ok(0) => self.pipe = None,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let fresh = &buffer[..filled];
        self.kept.extend_from_slice(fresh);
        // Moving the bytes only now and then keeps the cost of each byte constant.
        if self.kept.len() > 2 * KEPT {
            self.kept.drain(..self.kept.len() - KEPT);
        }
        Ok(fresh)
    }

    fn tail(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.kept[self.kept.len().saturating_sub(KEPT)..])
    }
}

/// Bytes made into lines.
#[derive(Debug, Default)]
struct Lines {
    whole: VecDeque<String>,
    /// The bytes in `whole`.
    bytes: usize,
    /// What came after the last line feed, at most [`KEPT`] bytes of it.
    unfinished: Vec<u8>,
}

impl Lines {
    fn add(&mut self, mut fresh: &[u8]) {
        while !fresh.is_empty() {
            let _ = fresh.read_until(b'\n', &mut self.unfinished); // Reading from memory cannot fail.
            let ends = self.unfinished.pop_if(|last| *last == b'\n').is_some();
            self.unfinished.truncate(KEPT);
            if ends {
                self.finish();
            }
        }
    }

    fn finish(&mut self) {
        let line = String::from_utf8_lossy(&self.unfinished).into_owned();
        self.unfinished.clear();
        self.bytes += line.len();
        self.whole.push_back(line);
        if self.whole.len() > KEPT_LINES || self.bytes > KEPT_LINE_BYTES {
            self.take(0);
        }
    }

    fn take(&mut self, index: usize) -> Option<String> {
        let line = self.whole.remove(index)?;
        self.bytes -= line.len();
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn lines_of(pieces: &[&[u8]]) -> Lines {
        let mut lines = Lines::default();
        pieces.iter().for_each(|piece| lines.add(piece));
        lines
    }

    #[test]
    fn a_line_is_one_when_its_line_feed_has_come() {
        let mut lines = lines_of(&[b"one\ntw"]);
        assert_eq!(lines.whole, ["one"]);
        assert_eq!(lines.unfinished, b"tw");
        lines.add(b"o\n\n");
        assert_eq!(lines.whole, ["one", "two", ""]);
        assert!(lines.unfinished.is_empty());
    }

    #[test]
    fn lines_can_be_taken_out_of_their_order() {
        let mut lines = lines_of(&[b"one\ntwo\nthree\n"]);
        assert_eq!(lines.take(1).as_deref(), Some("two"));
        assert_eq!(lines.take(2), None);
        assert_eq!(lines.whole, ["one", "three"]);
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        assert_eq!(lines_of(&[b"\xff!\n"]).whole, ["\u{fffd}!"]);
    }

    #[test]
    fn a_line_that_is_too_long_keeps_its_beginning() {
        let mut lines = lines_of(&[b"begin", &[b'x'; 3 * KEPT], b"end\nnext\n"]);
        assert_eq!(lines.take(1).as_deref(), Some("next"));
        let long = lines.take(0).unwrap();
        assert_eq!(long.len(), KEPT);
        assert!(long.starts_with("beginx"));
    }

    #[test]
    fn of_too_many_lines_the_last_are_kept() {
        let mut lines = Lines::default();
        for number in 0..KEPT_LINES + 5 {
            lines.add(format!("{number}\n").as_bytes());
        }
        assert_eq!(lines.whole.len(), KEPT_LINES);
        assert_eq!(lines.whole[0], "5");
    }

    #[test]
    fn of_lines_that_are_too_long_together_the_last_are_kept() {
        let mut lines = Lines::default();
        for _ in 0..100 {
            lines.add(&[b'x'; KEPT]);
            lines.add(b"\n");
        }
        assert!(lines.bytes <= KEPT_LINE_BYTES);
        assert_eq!(lines.whole.len() * KEPT, lines.bytes);
    }

    #[test]
    fn who_wants_every_byte_gets_every_byte() -> io::Result<()> {
        let (mut output, mut stdout, _stderr) = Output::new()?;
        output.keep_bytes();
        for part in [&b"half a li"[..], b"ne\n\xff", b"\n"] {
            stdout.write_all(part)?;
            output.drain()?;
            assert_eq!(output.take_bytes(), part);
        }
        assert_eq!(output.take_bytes(), b"");
        Ok(())
    }

    #[test]
    fn of_a_stream_the_last_64_kib_are_kept() -> io::Result<()> {
        let (mut output, mut stdout, stderr) = Output::new()?;
        for _ in 0..10 {
            stdout.write_all(&[b'x'; KEPT])?; // as much as a pipe holds
            assert_eq!(output.drain()?, KEPT);
        }
        stdout.write_all(b"the end")?;
        drop((stdout, stderr));
        assert_eq!(output.drain()?, 7);
        assert_eq!(output.stdout().len(), KEPT);
        assert!(output.stdout().ends_with("xthe end"));
        assert_eq!(output.drain()?, 0);
        assert_eq!(output.pipes().count(), 0);
        Ok(())
    }
}
