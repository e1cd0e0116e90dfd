//! Programs that do not come to their first client, and some that do after all.

use crate::cases::{Case, green, red};

const HELLO: &str = "ada connects\nada sends \"hi\"\nada receives \"hi\"";

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = never_listening();
    cases.extend(ending());
    cases.extend(announcing_wrongly());
    cases.extend(right_after_all());
    cases
}

fn never_listening() -> Vec<Case> {
    vec![
        red(
            "asleep_in_accept_without_a_word",
            "accepts-in-secret",
            HELLO,
            &[
                "the server never printed `listening on ADDRESS`: it is asleep and has printed nothing",
                "server: asleep in accept",
                "stdout: empty",
            ],
        ),
        red(
            "asleep_for_thirty_years",
            "sleeps-for-ever",
            HELLO,
            &[
                "the server never printed `listening on ADDRESS`: it is asleep and has printed nothing",
                "server: asleep in clock_nanosleep",
            ],
        ),
        red(
            "asleep_with_other_words",
            "says Server started on port 8002.",
            HELLO,
            &[
                "the server never printed `listening on ADDRESS`: it is asleep",
                "server printed: Server started on port 8002.",
            ],
        ),
        red(
            "a_capital_letter_is_another_letter",
            "says Listening on 127.0.0.1:8002",
            HELLO,
            &[
                "the server never printed `listening on ADDRESS`: it is asleep",
                "expected: the line `listening on 127.0.0.1:PORT`, letter for letter",
                "server printed: Listening on 127.0.0.1:8002",
            ],
        ),
        red(
            "a_line_without_its_end",
            "says-half listening on 127.0.0.1:8002",
            HELLO,
            &[
                "the server never printed `listening on ADDRESS`: it is asleep",
                "stdout: \"listening on 127.0.0.1:8002\", and no line feed after it",
            ],
        ),
        red(
            "a_line_on_stderr",
            "says-on-stderr listening on 127.0.0.1:8002",
            HELLO,
            &[
                "the server never printed `listening on ADDRESS`: it is asleep",
                "stderr: listening on 127.0.0.1:8002",
                "expected: the line `listening on 127.0.0.1:PORT` on stdout, not on stderr",
            ],
        ),
        red(
            "fewer_listeners_than_addresses",
            "listens-once",
            HELLO,
            &["the server announced 1 of 3 listeners: it is asleep"],
        )
        .listening_on(3),
        red(
            "a_flood_instead_of_an_address",
            "floods",
            HELLO,
            &[
                "the server floods its output: ",
                "server printed: … · a line of the flood",
            ],
        ),
    ]
}

fn ending() -> Vec<Case> {
    vec![
        red(
            "exits_at_once",
            "exits 0",
            HELLO,
            &["the server exited with 0 before it listened"],
        ),
        red(
            "fails_with_a_reason",
            "fails no such configuration",
            HELLO,
            &[
                "the server exited with 1 before it listened",
                "stderr: no such configuration",
            ],
        ),
        red(
            "panics",
            "panics at the disco",
            HELLO,
            &[
                "the server exited with 101 before it listened",
                "at the disco",
            ],
        ),
        red(
            "is_killed",
            "is-killed",
            HELLO,
            &["the server died of SIGKILL before it listened"],
        ),
        red(
            "exits_after_it_has_listened",
            "listens-and-exits 3",
            HELLO,
            &["", "the server exited with 3"],
        ),
        red(
            "leaves_children_behind",
            "leaves-children",
            HELLO,
            &["the server exited with 0 before it listened"],
        ),
    ]
}

fn announcing_wrongly() -> Vec<Case> {
    vec![
        red(
            "nobody_listens_there",
            "says listening on 127.0.0.1:1",
            HELLO,
            &["the server says that it listens on 127.0.0.1:1, but nobody does"],
        ),
        red(
            "the_port_of_the_argument",
            "forgets-port",
            HELLO,
            &["the server says that it listens on port 0", "getsockname"],
        ),
        red(
            "all_addresses_of_this_machine",
            "listens-elsewhere 0.0.0.0:0",
            HELLO,
            &["the server was asked to listen on 127.0.0.1, and says that it listens on 0.0.0.0:"],
        ),
        red(
            "the_other_protocol",
            "listens-elsewhere [::1]:0",
            HELLO,
            &["the server was asked to listen on 127.0.0.1, and says that it listens on [::1]:"],
        ),
        red(
            "a_name_is_no_address",
            "says listening on localhost:8002",
            HELLO,
            &[
                "the server printed \"listening on localhost:8002\", which names no address like 127.0.0.1:8002",
            ],
        ),
        red(
            "nonsense_is_no_address",
            "says listening on whatever comes",
            HELLO,
            &[
                "the server printed \"listening on whatever comes\", which names no address like 127.0.0.1:8002",
            ],
        ),
    ]
}

fn right_after_all() -> Vec<Case> {
    vec![
        green("other_lines_come_first", "serves chatters", HELLO),
        green("starts_late", "serves late=300", HELLO),
        green("ignores_sigterm", "serves deaf", HELLO),
        green("has_a_stubborn_child", "serves child", HELLO),
        green(
            "three_listeners",
            "serves",
            "ada connects to port 3\nada sends \"hi\"\nada receives \"hi\"",
        )
        .listening_on(3),
    ]
}
