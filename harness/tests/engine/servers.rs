//! Each step of the server: kept, and not kept.

use crate::cases::{Case, green, red};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = printing();
    cases.extend(waiting());
    cases.extend(freezing());
    cases.extend(holding());
    cases.extend(ending());
    cases.extend(taking_time());
    cases
}

fn printing() -> Vec<Case> {
    vec![
        green(
            "lines_about_different_clients_have_no_order",
            "serves",
            "ada connects\nbob connects\nserver prints \"accepted {bob}\"\nserver prints \"accepted {ada}\"",
        ),
        green(
            "a_reason_may_follow",
            "serves",
            "ada connects\nserver waits in poll\nada resets\nserver prints \"closed {ada}\"",
        ),
        red(
            "lines_about_one_client_keep_their_order",
            "serves",
            "ada connects\nada closes\nserver prints \"closed {ada}\"\nserver prints \"accepted {ada}\"",
            &[
                "the server did not print \"accepted 127.0.0.1:",
                "(ada)\": it printed it too early",
            ],
        ),
        red(
            "a_line_that_never_comes",
            "serves silent",
            "ada connects\nserver prints \"accepted {ada}\"",
            &[
                "the server did not print \"accepted 127.0.0.1:",
                "(ada)\": it will never print it",
            ],
        ),
        red(
            "a_line_is_taken_once",
            "serves",
            "ada connects\nserver prints \"accepted {ada}\"\nserver prints \"accepted {ada}\"",
            &[
                "the server did not print \"accepted 127.0.0.1:",
                "it will never print it",
            ],
        ),
        green(
            "prints_nothing_more",
            "serves chatters",
            "ada connects\nserver prints \"accepted {ada}\"\nserver prints nothing more",
        ),
        // More is printed than what floods are measured by, and nobody is there any more who has sent it.
        green(
            "tells_much_of_clients_who_come_again",
            "serves tells-all",
            "ada connects\nada sends 1200 KiB of counters\nada receives 1200 KiB of counters\nada closes\n\
             ada connects\nserver waits in poll\nada sends \"hi\"\nada receives \"hi\"",
        ),
        // The kernel may give her the port again that she had.
        red(
            "one_who_comes_again_is_not_taken_for_who_she_was",
            "serves",
            "ada connects\nada resets\nada connects\nserver prints \"closed {ada}\"",
            &["the server did not print \"closed 127.1.0.2:"],
        ),
        red(
            "prints_more",
            "serves",
            "ada connects\nada closes\nserver prints \"accepted {ada}\"\nserver prints nothing more",
            &["the server also printed \"closed 127.0.0.1:"],
        ),
    ]
}

fn waiting() -> Vec<Case> {
    let blocks = "serves blocks";
    vec![
        green("waits_in_poll", "serves", "server waits in poll"),
        green(
            "waits_in_select",
            "serves select",
            "ada connects\nserver waits in select",
        )
        .of_lesson(Some("select"), &["select"]),
        green(
            "waits_in_epoll",
            "serves epoll",
            "ada connects\nserver waits in epoll_wait",
        )
        .of_lesson(Some("epoll_wait"), &["epoll_wait"]),
        red(
            "waits_in_recv",
            blocks,
            "ada connects\nserver waits in poll",
            &[
                "the server does not wait in poll: the server is asleep in recv",
                "server: asleep in recv, reading from ada",
                "it should wait in poll",
            ],
        ),
        red(
            "waits_in_another_call_that_is_allowed",
            blocks,
            "ada connects\nserver waits in poll",
            &["the server does not wait in poll: it is asleep in recv"],
        )
        .of_lesson(Some("poll"), &["poll", "recv"]),
        red(
            "waits_in_another_call_than_the_user_names",
            "serves",
            "ada connects\nserver waits in poll",
            &["the server waits in poll, not in epoll_wait"],
        )
        .waiting_in("epoll_wait"),
        red(
            "waits_in_the_call_of_another_lesson",
            "serves epoll",
            "ada connects",
            &[
                "the server waits in epoll_wait, not in select",
                "--waits-in epoll_wait",
            ],
        )
        .of_lesson(Some("select"), &["select"]),
    ]
}

fn freezing() -> Vec<Case> {
    vec![
        green(
            "what_comes_in_between_is_one_batch",
            "serves counts",
            "ada connects\nbob connects\nserver waits in poll\nserver freezes\nada sends \"a\"\nbob sends \"b\"\ncyd connects\nserver thaws\nserver prints \"3 ready\"\nada receives \"a\"\nbob receives \"b\"",
        ),
        green(
            "a_poll_that_was_frozen_is_still_a_poll",
            "serves",
            "ada connects\nserver waits in poll\nserver freezes\nserver thaws\nserver waits in poll",
        ),
        green(
            "an_epoll_that_was_frozen_is_tried_again",
            "serves epoll",
            "ada connects\nserver waits in epoll_wait\nserver freezes\nserver thaws\nada sends \"a\"\nada receives \"a\"",
        )
        .of_lesson(Some("epoll_wait"), &["epoll_wait"]),
        red(
            "an_interrupted_call_is_no_error",
            "serves epoll touchy",
            "ada connects\nserver waits in epoll_wait\nserver freezes\nserver thaws\nada sends \"a\"\nada receives \"a\"",
            &["ada did not receive \"a\": ", "server: exited with 1", "state: exited with 1\n", "stderr: Interrupted system call"],
        )
        .of_lesson(Some("epoll_wait"), &["epoll_wait"]),
    ]
}

fn holding() -> Vec<Case> {
    let come_and_go = "server may open 2 more files\nada connects\nada closes\nserver prints \"closed {ada}\"\nbob connects\nbob closes\nserver prints \"closed {bob}\"\ncyd connects\ncyd sends \"c\"\ncyd receives \"c\"";
    vec![
        green("may_open_two_more_files", "serves", come_and_go),
        red(
            "may_open_two_more_files_and_wastes_them",
            "serves leaks",
            come_and_go,
            &["", "server: exited with 1", "stderr: Too many open files"],
        ),
        green(
            "may_open_any_number_of_files",
            "serves",
            "server may open any number of files\ncrowd of 1100 connects\nserver holds 1100 connections",
        ),
        green(
            "holds_two_connections",
            "serves",
            "ada connects\nbob connects\nserver holds 2 connections",
        ),
        red(
            "holds_one_too_many",
            "serves leaks",
            "ada connects\nada closes\nserver prints \"closed {ada}\"\nbob connects\nserver holds 1 connection",
            &["the server holds 2 connections, and should hold 1"],
        ),
        red(
            "holds_none_of_two",
            "serves hangs-up",
            "ada connects\nbob connects\nserver holds 2 connections",
            &["the server holds 0 connections, and should hold 2"],
        ),
    ]
}

fn ending() -> Vec<Case> {
    vec![
        green(
            "dies_of_sigint",
            "serves",
            "ada connects\nserver prints \"accepted {ada}\"\nserver is interrupted\nserver dies of SIGINT\nada sees end of stream",
        ),
        red(
            "does_not_die_of_sigint",
            "serves deaf",
            "ada connects\nserver is interrupted\nserver dies of SIGINT",
            &[
                "the server did not die of SIGINT: it goes on",
                "server: asleep in poll",
            ],
        ),
        red(
            "exits_where_it_should_die",
            "serves tidy",
            "server is interrupted\nserver dies of SIGINT",
            &["the server did not die of SIGINT: it exited with 0"],
        ),
        green(
            "exits_with_0",
            "serves tidy",
            "server is interrupted\nserver exits with 0",
        ),
        red(
            "dies_where_it_should_exit",
            "serves",
            "server is interrupted\nserver exits with 0",
            &["the server did not exit with 0: it died of SIGINT"],
        ),
        green(
            "started_with_an_option",
            "serves",
            "server started with \"--exit-with=7\"\nada connects\nserver exits with 7",
        ),
        red(
            "started_with_an_option_that_it_does_not_know",
            "serves",
            "server started with \"--unknown\"\nada connects",
            &[
                "the server exited with 2 before it listened",
                "stderr: there is no option --unknown",
            ],
        ),
        red(
            "ends_in_the_middle",
            "serves ends=4",
            "ada connects\nserver prints \"accepted {ada}\"\nada receives \"hi\"",
            &["", "the server exited with 4"],
        ),
        red(
            "ends_when_all_is_said",
            "serves ends=4",
            "ada connects\nserver prints \"accepted {ada}\"\nada sees end of stream",
            &["the server exited with 4"],
        ),
        green(
            "a_child_closes_the_connection_a_moment_later",
            "serves child",
            "ada connects\nserver prints \"accepted {ada}\"\nserver is interrupted\nserver dies of SIGINT\nada sees end of stream",
        ),
    ]
}

fn taking_time() -> Vec<Case> {
    let late = "serves wakes=300 later";
    vec![
        green(
            "an_answer_after_a_timeout",
            late,
            "ada connects\nada sends \"a\"\nada receives \"a\"",
        ),
        green(
            "an_answer_within_its_time",
            late,
            "ada connects\nada sends \"a\"\nada receives \"a\" within 30 s",
        ),
        green(
            "an_answer_not_before_its_time",
            late,
            "ada connects\nserver waits in poll\nada sends \"a\"\nada receives \"a\" not before 100 ms",
        ),
        red(
            "an_answer_too_soon",
            "serves",
            "ada connects\nada sends \"a\"\nada receives \"a\" not before 40 s",
            &["this came ", "but not before 40000 ms was asked"],
        ),
        red(
            "an_answer_not_within_its_time",
            "serves swallows",
            "ada connects\nada sends \"a\"\nada receives \"a\" within 100 ms",
            &["ada did not receive \"a\": not within 100 ms"],
        ),
    ]
}
