//! What a program reads as its standard input: how the descriptor comes to it.
//!
//! The harness sends it over the control channel, in the same message as the byte that says what it is (unix(7),
//! SCM_RIGHTS). So the keeper itself holds no more descriptors than before, and the program gets this one as its 0.

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

/// The same, as the keeper gets it.
#[derive(Debug)]
pub(super) enum Given {
    Nothing,
    From(OwnedFd),
    Terminal(OwnedFd),
}

impl Input<'_> {
    /// Tells the keeper; the first thing on the channel.
    pub(super) fn send(&self, control: &UnixStream) -> io::Result<()> {
        let (kind, descriptor) = match self {
            Input::Nothing => (b'n', None),
            Input::From(descriptor) => (b'f', Some(*descriptor)),
            Input::Terminal(descriptor) => (b't', Some(*descriptor)),
        };
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        let descriptors: Vec<BorrowedFd<'_>> = descriptor.into_iter().collect();
        if !descriptors.is_empty() {
            ancillary.push(SendAncillaryMessage::ScmRights(&descriptors));
        }
        let kind = [kind];
        let message = [IoSlice::new(&kind)];
        sendmsg(control, &message, &mut ancillary, SendFlags::empty())?;
        Ok(())
    }
}

impl Given {
    /// What the harness has told.
    pub(super) fn receive(control: &UnixStream) -> io::Result<Given> {
        let mut kind = [0];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        recvmsg(
            control,
            &mut [IoSliceMut::new(&mut kind)],
            &mut ancillary,
            CLOSED_ON_EXEC,
        )?;
        let descriptor = ancillary.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
            _ => None,
        });
        match (kind, descriptor) {
            ([b'n'], None) => Ok(Given::Nothing),
            ([b'f'], Some(descriptor)) => Ok(Given::From(descriptor)),
            ([b't'], Some(descriptor)) => Ok(Given::Terminal(descriptor)),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

#[cfg(target_os = "linux")]
const CLOSED_ON_EXEC: RecvFlags = RecvFlags::CMSG_CLOEXEC;
/// The keeper starts one program, and that gets the descriptor anyway.
#[cfg(not(target_os = "linux"))]
const CLOSED_ON_EXEC: RecvFlags = RecvFlags::empty();
