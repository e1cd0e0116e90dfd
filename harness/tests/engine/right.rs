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

const ANSWER: &str = r#"ada connects
ada sends "a"
ada receives "a"
server waits in poll"#;

const ANSWER_IN_SELECT: &str = r#"ada connects
ada sends "a"
ada receives "a"
server waits in select"#;

const ONE_BY_ONE: &str = r#"ada connects
ada sends "a"
ada receives "a"
bob connects
bob sends "b"
ada closes
server prints "closed {ada}"
bob receives "b""#;

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = visited();
    cases.extend(answered());
    cases
}

fn visited() -> Vec<Case> {
    [
        ("as_it_should_be", "serves"),
        ("wakes_up_once_a_second", "serves wakes=1000"),
        ("wakes_up_five_times_a_second", "serves wakes=200"),
        ("wakes_up_by_a_timer", "serves timer wakes=200"),
        ("takes_one_byte_at_a_time", "serves sips"),
        ("answers_in_fragments", "serves fragments"),
        ("says_more_than_it_must", "serves chatters"),
        ("opens_a_file_for_each_client", "serves files=1"),
        ("starts_late", "serves late=300"),
        ("has_helpers_from_the_start", "serves helpers"),
        ("has_a_child_from_the_start", "serves child"),
        ("thinks_before_it_answers", "serves thinks=30"),
    ]
    .map(|(name, part)| green(name, part, VISIT))
    .into()
}

fn answered() -> Vec<Case> {
    let in_select =
        |name, part| green(name, part, ANSWER_IN_SELECT).of_lesson(Some("select"), &["select"]);
    vec![
        green(
            "answers_when_a_timeout_has_passed",
            "serves wakes=700 later",
            ANSWER,
        ),
        in_select(
            "wakes_up_once_a_second_in_select",
            "serves select wakes=1000",
        ),
        in_select(
            "answers_when_a_timeout_of_select_has_passed",
            "serves select wakes=400 later",
        ),
        green(
            "wakes_up_once_a_second_in_epoll",
            "serves epoll wakes=1000",
            ANSWER,
        )
        .waiting_in("any"),
        green(
            "answers_when_a_timeout_of_epoll_has_passed",
            "serves epoll wakes=400 later",
            ANSWER,
        )
        .waiting_in("epoll_wait"),
        green(
            "any_call_where_the_language_chooses_it",
            "serves select",
            ANSWER,
        )
        .waiting_in("any"),
        green(
            "another_call_where_the_user_names_it",
            "serves select",
            ANSWER,
        )
        .waiting_in("select"),
        green(
            "serves_one_after_the_other_with_a_timeout",
            "one-by-one recv-timeout=200",
            ONE_BY_ONE,
        )
        .of_lesson(Some("accept"), &["accept", "recv", "send"]),
    ]
}
