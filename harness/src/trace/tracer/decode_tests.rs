//! Calls are read from memory that is given here byte by byte.

use super::*;
use crate::trace::call::Sets;
use std::cell::RefCell;
use std::collections::HashMap;

/// A program with this memory at [`AT`], and these descriptors.
struct Fake {
    bytes: Vec<u8>,
    things: RefCell<HashMap<i32, Thing>>,
}

const AT: u64 = 0x1000;
const LISTENER: i32 = 3;
const ADA: i32 = 4;
const BOB: i32 = 70;

fn fake(bytes: &[u8]) -> Fake {
    let things = [
        (1, Thing::Standard(1)),
        (LISTENER, Thing::Listener(8002)),
        (ADA, Thing::Connection(1)),
        (BOB, Thing::Connection(2)),
        (9, Thing::Other("eventfd".into())),
    ];
    Fake {
        bytes: bytes.to_vec(),
        things: RefCell::new(things.into()),
    }
}

impl Surroundings for Fake {
    fn memory(&self, address: u64, length: usize) -> Vec<u8> {
        let from = usize::try_from(address - AT).expect("in memory");
        let rest = self.bytes.get(from..).unwrap_or_default();
        rest[..length.min(rest.len())].to_vec()
    }

    fn thing(&self, descriptor: i32) -> Thing {
        let known = self.things.borrow().get(&descriptor).cloned();
        known.unwrap_or(Thing::Closed(descriptor))
    }

    fn is(&self, descriptor: i32, thing: Thing) {
        self.things.borrow_mut().insert(descriptor, thing);
    }

    fn own_port(&self, _: i32) -> Option<u16> {
        Some(8002)
    }

    fn other_port(&self, _: i32) -> Option<u16> {
        Some(3)
    }
}

/// A call from its entry to its return.
fn whole(program: &Fake, number: i64, arguments: [u64; 6], returned: i64) -> Call<Thing> {
    let mut registered = Registered::default();
    let entered = enter(program, &registered, number, arguments).expect("it is told of");
    leave(program, &mut registered, entered, returned).expect("it has returned")
}

fn things(of: &[i32]) -> Vec<Thing> {
    let program = fake(&[]);
    of.iter().map(|number| program.thing(*number)).collect()
}

#[test]
fn the_sets_of_a_select_are_read_bit_by_bit() {
    // The bits 3 and 70, and in the second set the bit 4.
    let mut sets = vec![0; 32];
    (sets[0], sets[8]) = (1 << 3, 1 << (70 - 64));
    sets[16] = 1 << 4;
    let arguments = [71, AT, AT + 16, 0, 0, 0];
    let program = fake(&sets);
    let entered = enter(
        &program,
        &Registered::default(),
        libc::SYS_pselect6,
        arguments,
    );
    let call = entered.expect("it is told of").call;
    let interest = Sets {
        read: things(&[LISTENER, BOB]),
        write: things(&[ADA]),
        ..Sets::default()
    };
    assert_eq!(
        (call.name.as_str(), call.interest),
        ("select", Some(interest))
    );
    assert!(!call.timed);
}

#[test]
fn a_poll_asks_with_events_and_is_answered_with_revents() {
    let entry = |fd: i32, events: i32, revents: i32| {
        let bits = [events as i16, revents as i16].map(i16::to_ne_bytes);
        [&fd.to_ne_bytes()[..], &bits[0], &bits[1]].concat()
    };
    let array = [
        entry(LISTENER, libc::EPOLLIN, 0),
        entry(-1, libc::EPOLLIN, 0),
        entry(ADA, libc::EPOLLOUT, libc::EPOLLOUT | libc::EPOLLHUP),
    ];
    let call = whole(
        &fake(&array.concat()),
        libc::SYS_ppoll,
        [AT, 3, 0, 0, 0, 0],
        1,
    );
    let interest = call.interest.expect("it waits for somebody");
    assert_eq!(interest.read, things(&[LISTENER]));
    assert_eq!(interest.write, things(&[ADA]));
    let Some(Outcome::Ready(ready)) = call.result else {
        panic!("nobody is ready");
    };
    assert_eq!(
        (ready.write, ready.hang_up),
        (things(&[ADA]), things(&[ADA]))
    );
    assert!(ready.read.is_empty());
}

#[test]
fn an_epoll_answers_by_the_data_that_was_registered() {
    let event = |bits: i32, data: u64| {
        let mut bytes = (bits as u32).to_ne_bytes().to_vec();
        bytes.resize(if cfg!(target_arch = "x86_64") { 4 } else { 8 }, 0);
        bytes.extend(data.to_ne_bytes());
        bytes
    };
    let program = fake(&event(libc::EPOLLIN | libc::EPOLLET, 4711));
    let mut registered = Registered::default();
    let add = [5, libc::EPOLL_CTL_ADD as u64, ADA as u64, AT, 0, 0];
    let entered = enter(&program, &registered, libc::SYS_epoll_ctl, add).expect("it is told of");
    let call = leave(&program, &mut registered, entered, 0).expect("it has returned");
    assert_eq!(call.flag.as_deref(), Some("EPOLL_CTL_ADD"));
    assert_eq!(
        call.interest.expect("a registration").edge_triggered,
        things(&[ADA])
    );

    let program = fake(&event(libc::EPOLLIN | libc::EPOLLRDHUP, 4711));
    let wait = [5, AT, 8, 0, 0, 0];
    let entered = enter(&program, &registered, libc::SYS_epoll_pwait, wait).expect("it is told of");
    assert_eq!(entered.call.timeout_ms, Some(0));
    assert_eq!(
        entered.call.interest.as_ref().map(|it| &it.read),
        Some(&things(&[ADA]))
    );
    let call = leave(&program, &mut registered, entered, 1).expect("it has returned");
    let Some(Outcome::Ready(ready)) = call.result else {
        panic!("nobody is ready");
    };
    assert_eq!(
        (ready.read, ready.half_closed),
        (things(&[ADA]), things(&[ADA]))
    );
}

#[test]
fn an_accept_tells_whom_it_has_accepted() {
    // AF_INET, port 50112, as the kernel writes it.
    let [high, low] = 50112_u16.to_be_bytes();
    let program = fake(&[2, 0, high, low]);
    let call = whole(
        &program,
        libc::SYS_accept4,
        [LISTENER as u64, AT, AT, 0, 0, 0],
        8,
    );
    assert_eq!(call.result, Some(Outcome::New(Thing::Connection(50112))));
    assert_eq!(program.thing(8), Thing::Connection(50112));
}

#[test]
fn what_was_received_is_what_the_buffer_holds_up_to_the_result() {
    let program = fake(b"hi\nold bytes");
    let arguments = [ADA as u64, AT, 12, 0, 0, 0];
    let call = whole(&program, libc::SYS_recvfrom, arguments, 3);
    assert_eq!(call.data.as_deref(), Some("hi\\n"));
    assert_eq!(call.result, Some(Outcome::Bytes(3)));
    let end = whole(&program, libc::SYS_recvfrom, arguments, 0);
    assert_eq!((end.data, end.result), (None, Some(Outcome::End)));
    let nothing = whole(
        &program,
        libc::SYS_recvfrom,
        arguments,
        -i64::from(libc::EAGAIN),
    );
    assert_eq!(nothing.result, Some(Outcome::Failed("EAGAIN".into())));
}

#[test]
fn a_call_that_is_only_interrupted_has_not_returned() {
    const ERESTARTNOHAND: i64 = 514;
    let program = fake(&[0; 32]);
    let mut registered = Registered::default();
    let arguments = [0, 0, 0, 0, 0, 0];
    let entered =
        enter(&program, &registered, libc::SYS_pselect6, arguments).expect("it is told of");
    assert!(leave(&program, &mut registered, entered, -ERESTARTNOHAND).is_none());
}

#[test]
fn files_and_what_a_runtime_has_for_itself_are_not_told_of() {
    let program = fake(&[0; 8]);
    let read = [9, AT, 8, 0, 0, 0];
    assert!(enter(&program, &Registered::default(), libc::SYS_read, read).is_none());
    let get_flags = [ADA as u64, libc::F_GETFL as u64, 0, 0, 0, 0];
    assert!(enter(&program, &Registered::default(), libc::SYS_fcntl, get_flags).is_none());
}
