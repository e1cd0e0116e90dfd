//! Programs that are right in their own way: none of them may be red.

use crate::cases::{Case, green};

/// Something of everything, with times at which nothing happens.
const VISIT: &str = r#"bob connects
ada connects
server prints "accepted {ada}"
server prints "accepted {bob}"
ada receives nothing
bob sends "hi\n"
bob receives "hi\n"
server waits in poll
ada sends "one, two, three"
ada receives "one, two, three"
bob closes
server prints "closed {bob}"
server holds 1 connection
ada sends "four"
ada receives "four"
ada receives nothing
ada shuts down writing
ada sees end of stream
server prints "closed {ada}"
server prints nothing more"#;

pub(crate) fn cases() -> Vec<Case> {
    let visited = |name, part| green(name, part, VISIT);
    vec![
        visited("as_it_should_be", "serves"),
        visited("wakes_up_once_a_second", "serves wakes=1000"),
        visited("wakes_up_five_times_a_second", "serves wakes=200"),
        visited("takes_one_byte_at_a_time", "serves sips"),
        visited("answers_in_fragments", "serves fragments"),
        visited("says_more_than_it_must", "serves chatters"),
        visited("opens_two_files", "serves files=1"),
        visited("starts_late", "serves late=300"),
        visited("has_helpers_from_the_start", "serves helpers"),
        visited("has_a_child_from_the_start", "serves child"),
        visited("thinks_before_it_answers", "serves thinks=30"),
        visited("thinks_long_before_it_answers", "serves thinks=300"),
        green("answers_when_a_timeout_has_passed", "serves wakes=700 later", "ada connects\nada sends \"a\"\nada receives \"a\""),
        green("wakes_up_once_a_second_in_select", "serves select wakes=1000", "ada connects\nada sends \"a\"\nada receives \"a\"\nserver waits in select")
            .of_lesson(Some("select"), &["select"]),
        green("answers_when_a_timeout_of_select_has_passed", "serves select wakes=400 later", "ada connects\nada sends \"a\"\nada receives \"a\"\nserver waits in select")
            .of_lesson(Some("select"), &["select"]),
        green("answers_when_a_timeout_of_epoll_has_passed", "serves epoll wakes=400 later", "ada connects\nada sends \"a\"\nada receives \"a\"\nserver waits in epoll_wait")
            .of_lesson(Some("epoll_wait"), &["epoll_wait"]),
        green("a_call_of_its_own_where_any_is_right", "serves epoll", "ada connects\nada sends \"a\"\nada receives \"a\"").of_lesson(None, &[]),
        green("serves_one_after_the_other_with_a_timeout", "one-by-one recv-timeout=200", "ada connects\nada sends \"a\"\nada receives \"a\"\nada closes\nbob connects\nbob sends \"b\"\nbob receives \"b\"\nserver prints \"closed {ada}\"")
            .of_lesson(Some("accept"), &["accept", "recv", "send"]),
    ]
}
