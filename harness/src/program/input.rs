//! What a program reads as its standard input, and where it writes: how the descriptors come to it.
//!
//! The harness sends them over the control channel, in the same message as the byte that says what the input is (unix(7),
//! SCM_RIGHTS). The keeper passes them on, and keeps none.

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

/// What a program is given as its standard input.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// `/dev/null`: the end comes at once.
    Nothing,
    /// This descriptor: the reading end of a pipe, or a file.
    From(BorrowedFd<'a>),
    /// This terminal (pty(7): the slave). It becomes the program's controlling terminal, so that Ctrl-C and a hang-up
    /// reach it as signals.
    Terminal(BorrowedFd<'a>),
}

/// The standard streams of a program, as its keeper gets them.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) input: GivenInput,
    pub(super) stdout: OwnedFd,
    pub(super) stderr: OwnedFd,
}

/// An [`Input`], as the keeper gets it.
#[derive(Debug)]
pub(super) enum GivenInput {
    Nothing,
    From(OwnedFd),
    Terminal(OwnedFd),
}

/// Standard output and error, and an input.
const MOST: usize = 3;

impl Input<'_> {
    /// Sends it to a keeper, with the ends of pipes that are to be standard output and error: the first thing that is said of a
    /// program.
    pub(super) fn send(
        &self,
        outputs: [BorrowedFd<'_>; 2],
        control: &UnixStream,
    ) -> io::Result<()> {
        let (kind, input) = match self {
            Input::Nothing => (b'n', None),
            Input::From(descriptor) => (b'f', Some(*descriptor)),
            Input::Terminal(descriptor) => (b't', Some(*descriptor)),
        };
        let descriptors: Vec<BorrowedFd<'_>> = outputs.into_iter().chain(input).collect();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        ancillary.push(SendAncillaryMessage::ScmRights(&descriptors));
        let kind = [kind];
        let message = [IoSlice::new(&kind)];
        sendmsg(control, &message, &mut ancillary, SendFlags::empty())?;
        Ok(())
    }
}

impl Given {
    /// What the harness has sent; `None` when it is gone.
    pub(super) fn receive(control: &UnixStream) -> io::Result<Option<Given>> {
        let mut kind = [0];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let message = recvmsg(
            control,
            &mut [IoSliceMut::new(&mut kind)],
            &mut ancillary,
            CLOSED_ON_EXEC,
        )?;
        if message.bytes == 0 {
            return Ok(None);
        }
        let mut descriptors = ancillary.drain().flat_map(|message| match message {
            RecvAncillaryMessage::ScmRights(descriptors) => descriptors.collect(),
            _ => Vec::new(),
        });
        let mut next = || descriptors.next().ok_or(io::ErrorKind::InvalidData);
        Ok(Some(Given {
            stdout: next()?,
            stderr: next()?,
            input: match kind {
                [b'n'] => GivenInput::Nothing,
                [b'f'] => GivenInput::From(next()?),
                [b't'] => GivenInput::Terminal(next()?),
                _ => return Err(io::ErrorKind::InvalidData.into()),
            },
        }))
    }
}

#[cfg(target_os = "linux")]
const CLOSED_ON_EXEC: RecvFlags = RecvFlags::CMSG_CLOEXEC;
/// The keeper has one program at a time, and that gets the descriptors anyway.
#[cfg(not(target_os = "linux"))]
const CLOSED_ON_EXEC: RecvFlags = RecvFlags::empty();
