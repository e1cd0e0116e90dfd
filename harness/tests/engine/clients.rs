//! Each step of a client: kept, and not kept.

use crate::cases::{Case, green, red};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = connecting();
    cases.extend(sending());
    cases.extend(receiving_text());
    cases.extend(receiving_lines());
    cases.extend(receiving_about_a_group());
    cases.extend(receiving_counters());
    cases.extend(ending());
    cases
}

fn connecting() -> Vec<Case> {
    vec![
        green("connects", "serves", "ada connects"),
        red(
            "connects_but_is_refused",
            "serves last",
            "ada connects\nserver prints \"accepted {ada}\"\nbob connects",
            &["bob was refused: nobody listens on 127.0.0.1:"],
        ),
        green(
            "connects_in_a_crowd",
            "serves",
            "crowd of 300 connects\nserver holds 300 connections",
        ),
        red(
            "a_crowd_is_more_than_the_backlog",
            "serves absent",
            "crowd of 200 connects",
            &[
                "crowd 130 could not connect: 129 connections wait to be accepted, and the backlog is 128",
            ],
        ),
        green(
            "connects_with_small_buffers_and_gets_everything_all_the_same",
            "serves",
            "ada connects with small buffers\nada sends 16 KiB of counters\nada receives 16 KiB of counters",
        ),
        red(
            "connects_with_small_buffers_and_can_be_sent_little",
            "serves",
            "ada connects with small buffers\nada sends 200 KiB of counters\nserver waits in poll",
            &["the server does not wait in poll: the server is asleep in send"],
        ),
        green(
            "is_refused",
            "serves last",
            "ada connects\nserver prints \"accepted {ada}\"\nbob is refused",
        ),
        red(
            "is_not_refused",
            "serves",
            "ada is refused",
            &["ada was not refused: somebody listens on 127.0.0.1:"],
        ),
        green(
            "connects_to_the_second_port",
            "serves",
            "ada connects to port 2\nada sends \"a\"\nada receives \"a\"",
        )
        .listening_on(2),
    ]
}

fn sending() -> Vec<Case> {
    vec![
        green("sends_byte_by_byte", "serves", "ada connects\nada sends \"abc\" byte by byte\nada receives \"abc\""),
        red(
            "sends_byte_by_byte_to_one_who_waits_for_more",
            "serves gulps",
            "ada connects\nada sends \"a\" byte by byte\nada receives \"a\"",
            &["ada did not receive \"a\"", "server: asleep in recv, reading from ada, who has nothing more to send now"],
        ),
        green(
            "sends_urgently",
            "serves urgent",
            "ada connects\nada sends \"!\" urgently\nserver prints \"urgent {ada}: !\"",
        ),
        red(
            "sends_urgently_to_one_who_does_not_listen",
            "serves",
            "ada connects\nada sends \"!\" urgently\nserver prints \"urgent {ada}: !\"",
            &["the server did not print \"urgent 127.0.0.1:", "(ada)\": it will never print it"],
        ),
        green(
            "goes_on_sending_in_the_background",
            "serves",
            "ada connects\nada sends 16 MiB of counters\nada receives 16 MiB of counters\nada closes",
        )
        .of_lesson(Some("poll"), &["poll", "send"]),
        red(
            "sends_to_one_who_never_reads_and_wants_to_close",
            "serves never-reads",
            "ada connects\nada sends 16 MiB of counters\nada closes",
            &["ada could not send all: the server will never take the last "],
        ),
        green(
            "shuts_down_writing",
            "serves totals",
            "ada connects\nada sends \"four\"\nada receives \"four\"\nada shuts down writing\nada receives \"4 bytes\"\nada sees end of stream",
        ),
        red(
            "shuts_down_writing_and_nobody_notices",
            "serves ignores-end",
            "ada connects\nada shuts down writing\nada sees end of stream",
            &["ada did not see the end of the stream: the server spins", "ms of CPU while nothing moved"],
        ),
    ]
}

fn receiving_text() -> Vec<Case> {
    vec![
        green(
            "receives_text_in_parts",
            "serves",
            "ada connects\nada sends \"abcdef\"\nada receives \"abc\"\nada receives \"def\"",
        ),
        red(
            "receives_nothing_of_it",
            "serves swallows",
            "ada connects\nada sends \"hi\\n\"\nada receives \"hi\\n\"",
            &[
                "ada did not receive \"hi\\n\": the server will never send it",
                "server: asleep in poll",
                "clients: ada sent \"hi\\n\", received nothing",
            ],
        ),
        red(
            "receives_only_half_of_it",
            "serves halves",
            "ada connects\nada sends \"abcd\"\nada receives \"abcd\"",
            &["ada received only \"ab\" of \"abcd\": the server will never send it"],
        ),
        red(
            "receives_something_else",
            "serves shouts",
            "ada connects\nada sends \"1: hi\"\nada receives \"1: hi\"",
            &[
                "ada received something other than \"1: hi\"",
                "expected: \"1: hi\"",
                "received: \"1: HI\"\n    ^ here",
            ],
        ),
        red(
            "receives_the_end_instead",
            "serves hangs-up-on-words",
            "ada connects\nada sends \"hi\"\nada receives \"hi\"",
            &["ada did not receive \"hi\": the server closed the connection"],
        ),
        red(
            "receives_a_reset_instead",
            "serves resets",
            "ada connects\nada receives \"hi\"",
            &["ada did not receive \"hi\": the server cut the connection off, by a reset"],
        ),
        green(
            "receives_nothing",
            "serves",
            "ada connects\nada receives nothing",
        ),
        green(
            "receives_nothing_for_a_time",
            "serves",
            "ada connects\nada receives nothing within 0.2 s\nada receives nothing not before 0.2 s",
        ),
        green(
            "nothing_more_is_printed_for_a_time",
            "serves",
            "ada connects\nserver prints \"accepted {ada}\"\nserver prints nothing more within 0.2 s\n\
             ada receives nothing not before 0.2 s",
        ),
        red(
            "connects_to_a_program_that_has_ended_before_it_listened",
            "serves",
            "server started with \"--unknown\"\nada connects\nserver exits with 0",
            &["there is nobody to connect to: the server exited with 2 before it listened"],
        ),
        red(
            "receives_something_where_nothing_should_come",
            "serves greets",
            "ada connects\nada receives nothing",
            &["ada received \"hello\", and should receive nothing"],
        ),
        green(
            "is_told_its_own_address",
            "serves",
            "ada connects\nbob connects\nada sends \"{bob}\"\nada receives \"{bob}\"",
        ),
        green(
            "is_told_its_number",
            "serves",
            "crowd of 20 connects\ncrowd sends \"{n}\"\ncrowd receives \"{n}\"",
        ),
        red(
            "many_receive_nothing",
            "serves swallows",
            "crowd of 20 connects\ncrowd sends \"{n}\"\ncrowd receives \"{n}\"",
            &[
                "crowd 1 did not receive \"1\" (and 19 more did not): the server will never send it",
                "and 14 more",
            ],
        ),
    ]
}

fn receiving_lines() -> Vec<Case> {
    vec![
        green(
            "receives_a_text_several_times",
            "serves",
            "ada connects\nada sends \"hi\\n\" 1000 times\nada receives \"hi\\n\" 999 times\nada receives \"hi\\n\"",
        ),
        red(
            "receives_a_text_too_few_times",
            "serves",
            "ada connects\nada sends \"hi\\n\" 1000 times\nada receives \"hi\\n\" 1001 times",
            &["ada received only 3000 bytes of 3003 bytes: the server will never send it"],
        ),
        green(
            "receives_lines_in_any_order",
            "serves sips",
            "ada connects\nada sends \"b\\nab\\na\\nb\\nrest\"\nada receives \"a\\n\" and \"b\\n\" 2 times and \"ab\\n\" in any order\nada receives \"rest\"",
        ),
        red(
            "receives_a_line_that_is_none_of_them",
            "serves",
            "ada connects\nada sends \"a\\nabc\\nb\\n\"\nada receives \"a\\n\" and \"b\\n\" and \"ab\\n\" in any order",
            &[
                "ada received a line that should not come",
                "expected: \"ab\\n\" and 1 more line, in any order",
                "received: \"abc\\n\"",
            ],
        ),
        red(
            "receives_a_line_too_often",
            "serves",
            "ada connects\nada sends \"a\\na\\n\"\nada receives \"a\\n\" and \"b\\n\" in any order",
            &[
                "ada received a line that should not come",
                "expected: \"b\\n\", in any order",
                "received: \"a\\n\"",
            ],
        ),
        red(
            "does_not_receive_one_of_the_lines",
            "serves",
            "ada connects\nada sends \"b\\n\"\nada receives \"a\\n\" and \"b\\n\" in any order",
            &["ada did not receive \"a\\n\": the server will never send it"],
        ),
    ]
}

fn receiving_about_a_group() -> Vec<Case> {
    vec![
        green(
            "is_told_of_each_member",
            "serves introduces",
            "ada connects\ncrowd of 3 connects\nada receives \"{crowd} joined\\n\"\ncrowd receives \"{later} joined\\n\"",
        ),
        green(
            "is_told_of_each_member_in_any_order",
            "serves introduces",
            "ada connects\ncrowd of 3 connects\nbob connects\nada receives \"{bob} joined\\n\" and \"{crowd} joined\\n\" in any order\n\
             crowd receives \"{bob} joined\\n\" and \"{later} joined\\n\" in any order",
        ),
        red(
            "a_member_is_told_of_nobody",
            "serves",
            "crowd of 3 connects\ncrowd receives \"{later} joined\\n\"",
            &[
                "crowd 1 did not receive \"{crowd 2} joined\\n{crowd 3} joined\\n\" (and one more did not)",
            ],
        ),
        red(
            "a_member_is_told_of_another_one_only",
            "serves introduces",
            "crowd of 2 connects\ncrowd receives \"{crowd} joined\\n\"",
            &["crowd 2 did not receive \"{crowd 1} joined\\n\""],
        ),
    ]
}

fn receiving_counters() -> Vec<Case> {
    vec![
        green(
            "receives_counters",
            "serves",
            "ada connects\nbob connects\nada sends 200 KiB of counters\nbob sends 200 KiB of counters\nada receives 200 KiB of counters\nbob receives 200 KiB of counters",
        )
        .of_lesson(Some("poll"), &["poll", "send"]),
        red(
            "a_lost_byte_shows",
            "serves loses",
            "ada connects\nada sends 200 KiB of counters\nada receives 200 KiB of counters",
            // 100,003 is the third byte of counter 12,500; the first that differs is one of the next counter's.
            &["ada received a wrong byte, byte 10000", "expected: counter 1250", "received: "],
        )
        .of_lesson(Some("poll"), &["poll", "send"]),
        red(
            "a_doubled_byte_shows",
            "serves doubles",
            "ada connects\nada sends 200 KiB of counters\nada receives 200 KiB of counters",
            &["ada received a wrong byte, byte 10000", "expected: counter 1250", "received: "],
        )
        .of_lesson(Some("poll"), &["poll", "send"]),
        red(
            "a_byte_for_somebody_else_shows",
            "serves crosses",
            "ada connects\nbob connects\nbob sends 1 KiB of counters\nada receives 1 KiB of counters",
            &["ada received a wrong byte, byte 2 of the counters", "expected: counter 0 of client 1", "received: counter 0 of client 2"],
        ),
        red(
            "counters_that_never_come",
            "serves swallows",
            "ada connects\nada sends 2 MiB of counters\nada receives 2 MiB of counters",
            &["ada did not receive 2 MiB: the server will never send it", "clients: ada sent 2 MiB, received 0 bytes of 2 MiB"],
        ),
    ]
}

fn ending() -> Vec<Case> {
    vec![
        green(
            "sees_the_end",
            "serves hangs-up",
            "ada connects\nada sees end of stream",
        ),
        red(
            "never_sees_the_end",
            "serves leaks",
            "ada connects\nada shuts down writing\nada sees end of stream",
            &["ada did not see the end of the stream: the server will never close the connection"],
        ),
        red(
            "sees_bytes_before_the_end",
            "serves totals",
            "ada connects\nada shuts down writing\nada sees end of stream",
            &["ada received \"0 bytes\" where the end of the stream should come"],
        ),
        red(
            "sees_a_reset_where_the_end_should_come",
            "serves resets",
            "ada connects\nada sees end of stream",
            &["ada saw a reset, not the end of the stream"],
        ),
        green(
            "sees_a_reset",
            "serves resets",
            "ada connects\nada sees a reset",
        ),
        green(
            "remembers_a_reset_that_came_earlier",
            "serves resets",
            "ada connects\nserver prints \"accepted {ada}\"\nada sends \"hi\"\nbob connects\nbob sees a reset\nada sees a reset",
        ),
        red(
            "sees_the_end_where_a_reset_should_come",
            "serves hangs-up",
            "ada connects\nada sees a reset",
            &["ada saw the end of the stream, not a reset"],
        ),
        red(
            "never_sees_a_reset",
            "serves",
            "ada connects\nada sees a reset",
            &["ada did not see a reset: the server will never close the connection"],
        ),
        green(
            "closes",
            "serves",
            "ada connects\nada closes\nserver prints \"closed {ada}\"",
        ),
        red(
            "closes_with_unread_bytes",
            "serves greets",
            "ada connects\nserver waits in poll\nada closes",
            &[
                "ada cannot close with \"hello\" unread: it would be a reset",
                "script: if that is meant, say `ada resets`",
            ],
        ),
        green(
            "resets",
            "serves",
            "ada connects\nserver waits in poll\nada resets\nserver prints \"closed {ada}: Connection reset by peer (os error 104)\"",
        ),
        red(
            "leaves_bytes_unread_at_the_end",
            "serves greets",
            "ada connects",
            &["ada has \"hello\" unread at the end, which the script does not receive"],
        ),
        red(
            "sees_the_end_of_a_server_that_panicked",
            "serves panics",
            "ada connects\nada sends \"hi\"\nada receives \"hi\"",
            &[
                "ada did not receive \"hi\": ",
                "server: exited with 101",
                "somebody has said something",
            ],
        ),
    ]
}
