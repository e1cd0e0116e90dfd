//! select(2)

use crate::{Backend, Events, Watched};
use nix::sys::select::{FD_SETSIZE, FdSet, select};
use nix::sys::time::{TimeVal, TimeValLike};
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::time::Duration;

/// Waits in select(2). It remembers nothing: the sets are made anew for each wait. Descriptors
/// from `FD_SETSIZE` (1024) on have no place in them and are refused by `add`.
#[derive(Debug, Clone, Copy, Default)]
pub struct SelectSelector;

impl Backend for SelectSelector {
    fn add(&mut self, source: Watched<'_>) -> io::Result<()> {
        let fd = source.fd().as_raw_fd();
        if fd < FD_SETSIZE as RawFd {
            return Ok(());
        }
        Err(io::Error::other(format!(
            "select watches only descriptors below {FD_SETSIZE}, this one is {fd}"
        )))
    }

    fn modify(&mut self, _: Watched<'_>) -> io::Result<()> {
        Ok(())
    }

    fn delete(&mut self, _: Watched<'_>) -> io::Result<()> {
        Ok(())
    }

    fn wait<'a>(
        &mut self,
        sources: &mut dyn Iterator<Item = Watched<'a>>,
        timeout: Option<Duration>,
    ) -> io::Result<Vec<(RawFd, Events)>> {
        let mut fds = Vec::new();
        let mut to_read = FdSet::new();
        let mut to_write = FdSet::new();
        for source in sources {
            fds.push(source.fd());
            if source.events().to_read() {
                to_read.insert(source.fd());
            }
            if source.events().to_write() {
                to_write.insert(source.fd());
            }
        }
        let mut timeout = timeout.map(microseconds);
        select(None, &mut to_read, &mut to_write, None, timeout.as_mut())?;
        // What is broken or hung up is in both sets already, as far as it was put in.
        let ready = fds.into_iter().filter_map(|fd| {
            let events = Events::ready(to_read.contains(fd), to_write.contains(fd))?;
            Some((fd.as_raw_fd(), events))
        });
        Ok(ready.collect())
    }
}

/// Rounded up, or the wait would end too early, and in the last microsecond over and over. What is
/// too long for select is cut; the selector asks again.
fn microseconds(timeout: Duration) -> TimeVal {
    let count = timeout.as_nanos().div_ceil(1000);
    TimeVal::microseconds(i64::try_from(count).unwrap_or(i64::MAX))
}
