//! What no script has to ask, and each proof that something is wrong.

use crate::cases::{Case, red};

const HELLO: &str = "ada connects\nada sends \"hi\"\nada receives \"hi\"";
const SILENCE: &str = "ada connects\nserver waits in poll\nada receives nothing";

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = asleep();
    cases.extend(awake());
    cases.extend(helped());
    cases.extend(keeping());
    cases
}

fn asleep() -> Vec<Case> {
    vec![
        red(
            "the_wrong_call",
            "serves blocks",
            "ada connects\nbob connects\nbob sends \"hi\"\nbob receives \"hi\"",
            &[
                "bob did not receive \"hi\": the server is asleep in recv",
                "server: asleep in recv, reading from ada, who has nothing more to send now; it should wait in poll",
                "your code: tests/engine/actors/server.rs:",
                "  socket.read_exact(&mut [0])?;\n",
                "unread: 2 bytes from bob, who waits to be accepted",
                "state: asleep in recv\n",
            ],
        ),
        red(
            "writing_to_one_who_does_not_read",
            "serves",
            "bob connects\nada connects\nada sends 16 MiB of counters\nbob sends \"hi\"\nbob receives \"hi\"",
            &[
                "bob did not receive \"hi\": the server is asleep in send",
                "server: asleep in send, writing to ada, who leaves ",
                "unread: ",
                "state: asleep in send\n",
            ],
        ),
        red(
            "writing_to_one_who_does_not_read_where_that_is_allowed",
            "serves",
            "ada connects\nada sends 64 MiB of counters\nada closes",
            &[
                "ada could not send all: the server will never take the last ",
                "server: asleep in send, writing to ada, who leaves ",
            ],
        )
        .of_lesson(Some("poll"), &["poll", "send"]),
        red(
            "asleep_in_what_is_no_call_on_a_socket",
            "serves never-reads",
            HELLO,
            &[
                "ada did not receive \"hi\": the server will never send it",
                "server: asleep in futex; it should wait in poll",
                "unread: 2 bytes from ada",
                "state: asleep in futex\n",
            ],
        ),
        red(
            "a_timeout_changes_nothing_when_it_was_sat_out",
            "serves swallows wakes=200",
            HELLO,
            &[
                "ada did not receive \"hi\": the server will never send it",
                "server: asleep in poll, for 200 ms at most",
            ],
        ),
        red(
            "another_call_at_the_end",
            "one-by-one",
            "ada connects\nada sends \"hi\"\nada receives \"hi\"\nada closes",
            &["the server is not ready for its first client"],
        ),
    ]
}

fn awake() -> Vec<Case> {
    vec![
        red(
            "spins",
            "serves spins",
            HELLO,
            &[
                "the server is not ready for its first client: the server spins",
                "state: spinning\n",
            ],
        ),
        red(
            "spins_when_a_client_has_left",
            "serves ignores-end",
            "ada connects\nada closes\nbob connects\nbob receives nothing",
            &[
                "that bob receives nothing cannot be told: the server spins",
                "your code: tests/engine/actors/",
                "  let bytes = match self.socket.read(&mut buffer) {\n",
                "  poll(&mut watched, ",
            ],
        ),
        red(
            "asks_a_hundred_times_a_second",
            "serves wakes=10",
            SILENCE,
            &[
                "the server is not ready for its first client: the server polls by the clock",
                "server: woke up from poll ",
                "state: polling by the clock\n",
            ],
        ),
        red(
            "asks_a_hundred_times_a_second_by_a_timer",
            "serves timer wakes=10",
            SILENCE,
            &[
                "the server is not ready for its first client: the server polls by the clock",
                "server: woke up from poll ",
            ],
        ),
        red(
            "asks_a_hundred_times_a_second_in_select",
            "serves select wakes=10",
            "ada connects\nada receives nothing",
            &[
                "the server is not ready for its first client: the server polls by the clock",
                "server: woke up from select ",
            ],
        )
        .of_lesson(Some("select"), &["select"]),
        red(
            "naps",
            "serves naps=5",
            SILENCE,
            &[
                "the server is not ready for its first client: the server polls by the clock",
                "server: woke up from clock_nanosleep ",
            ],
        ),
        red(
            "floods_when_it_serves",
            "listens-and-floods",
            "ada connects\nada receives \"hi\"",
            &["the server floods its output: "],
        ),
    ]
}

fn helped() -> Vec<Case> {
    vec![
        red(
            "a_thread_for_each_client",
            "serves threads",
            "ada connects\nbob connects\nada sends \"hi\"\nada receives \"hi\"",
            &[
                "the server has started threads to serve its clients",
                "threads: 2 more than before its first client",
            ],
        ),
        red(
            "a_process_for_each_client",
            "serves forks",
            "ada connects\nbob connects\nada sends \"hi\"\nada receives \"hi\"",
            &[
                "the server has started processes to serve its clients",
                "processes: 2 more than before its first client",
            ],
        ),
        red(
            "a_process_that_came_and_went",
            "serves forks-briefly",
            HELLO,
            &[
                "the server has started processes to serve its clients",
                "processes: ",
            ],
        ),
        red(
            "a_thread_that_was_there_from_the_start_and_does_the_work",
            "serves select pretends",
            HELLO,
            &[
                "another thread has served the clients, not the one that waits in poll",
                "server: asleep in poll since before its first client",
            ],
        ),
        red(
            "helpers_are_told_also_where_something_else_is_wrong",
            "serves forks swallows",
            HELLO,
            &[
                "ada did not receive \"hi\"",
                "processes: 1 more than before its first client",
            ],
        ),
    ]
}

fn keeping() -> Vec<Case> {
    vec![
        red(
            "keeps_a_socket",
            "serves leaks-quietly",
            "ada connects\nada closes\nserver prints \"closed {ada}\"",
            &["the server keeps 1 socket although all clients have left"],
        ),
        red(
            "keeps_a_socket_that_only_the_end_of_the_script_closes",
            "serves leaks",
            "ada connects\nbob connects",
            &["the server keeps 2 sockets although all clients have left"],
        ),
        red(
            "keeps_files",
            "serves files=3",
            HELLO,
            &["the server keeps 3 descriptors more open than before its first client"],
        ),
        red(
            "keeps_watching_one_who_has_left",
            "serves ignores-end",
            "ada connects",
            &["the server is not at rest after its last client has left: the server spins"],
        ),
        red(
            "panics_when_the_last_client_leaves",
            "serves ends=4 silent",
            "ada connects\nada sees end of stream",
            &["the server exited with 4"],
        ),
    ]
}
