//! The system calls that a trace tells of, and where each has what.

use super::super::log::Thing;
use crate::look::{Call, Kind, by_number};

/// What a call's arguments are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// select(2): a number, three sets.
    Select,
    /// poll(2): an array, its length.
    Poll,
    /// epoll_wait(2): the epoll, room for events.
    EpollWait,
    /// epoll_ctl(2): the epoll, what to do, the descriptor, an event.
    EpollControl,
    /// epoll_create(2).
    EpollCreate,
    /// socket(2): domain, type.
    Socket,
    /// bind(2), shutdown(2), close(2): the descriptor, and what a trace does not tell.
    Plain,
    /// listen(2): the socket, the backlog.
    Listen,
    /// accept(2): the listener, room for an address.
    Accept,
    /// connect(2): the socket, an address.
    Connect,
    /// recv(2), read(2): the descriptor, room for bytes; and where this is true, flags.
    Take(bool),
    /// send(2), write(2): the descriptor, bytes; and where this is true, flags.
    Give(bool),
    /// readv(2): the descriptor, an array of rooms.
    TakeMany,
    /// writev(2): the descriptor, an array of bytes.
    GiveMany,
    /// setsockopt(2): the socket, the level, the option.
    SetOption,
    /// getsockopt(2): the same, and room for its value.
    GetOption,
    /// fcntl(2): the descriptor, what to do, an argument.
    Control,
    /// ioctl(2): the same; the argument is in memory.
    DeviceControl,
    /// nanosleep(2), clock_nanosleep(2).
    Sleep,
}

/// The shape of a call and the name that it is told by; `None` for those that a trace does not tell of.
pub(super) fn of(number: i64) -> Option<(Shape, &'static str)> {
    let Call { name, kind } = by_number(number);
    let shape = match (kind, name) {
        (Kind::Wait(_), "select") => Shape::Select,
        (Kind::Wait(_), "poll") => Shape::Poll,
        (Kind::Wait(_), _) => Shape::EpollWait,
        (Kind::Accept, _) => Shape::Accept,
        (Kind::Connect, _) => Shape::Connect,
        (Kind::Sleep(_), _) => Shape::Sleep,
        (Kind::Read, "recv") => Shape::Take(true),
        (Kind::Read, "read") => Shape::Take(false),
        (Kind::Read, "readv") => Shape::TakeMany,
        (Kind::Write, "send") => Shape::Give(true),
        (Kind::Write, "write") => Shape::Give(false),
        (Kind::Write, "writev") => Shape::GiveMany,
        _ => {
            return OTHERS
                .iter()
                .find(|(known, ..)| *known == number)
                .map(|it| (it.1, it.2));
        }
    };
    Some((shape, name))
}

/// Calls that nobody sleeps in, so that the judge has no name for them.
const OTHERS: [(i64, Shape, &str); 11] = [
    (libc::SYS_epoll_ctl, Shape::EpollControl, "epoll_ctl"),
    (libc::SYS_epoll_create1, Shape::EpollCreate, "epoll_create"),
    (libc::SYS_socket, Shape::Socket, "socket"),
    (libc::SYS_bind, Shape::Plain, "bind"),
    (libc::SYS_listen, Shape::Listen, "listen"),
    (libc::SYS_shutdown, Shape::Plain, "shutdown"),
    (libc::SYS_close, Shape::Plain, "close"),
    (libc::SYS_setsockopt, Shape::SetOption, "setsockopt"),
    (libc::SYS_getsockopt, Shape::GetOption, "getsockopt"),
    (libc::SYS_fcntl, Shape::Control, "fcntl"),
    (libc::SYS_ioctl, Shape::DeviceControl, "ioctl"),
];

/// Whether a call on this descriptor is about connections, or about the user: a program reads files, too.
pub(super) fn is_of_interest(thing: &Thing) -> bool {
    matches!(
        thing,
        Thing::Listener(_) | Thing::Connection(_) | Thing::Socket | Thing::Standard(_)
    )
}
