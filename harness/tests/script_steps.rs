//! Every form that a step can have, and what it means.

use harness::script::ServerVerb as Server;
use harness::script::parse::parse;
use harness::script::{
    Action, ClientVerb, Data, Manner, Part, PeerVerb, ProgramVerb, Script, StandardInput, Step,
    Text, UserVerb,
};
use std::path::Path;
use std::time::Duration;

fn script(source: &str) -> Script {
    parse(Path::new("scripts/slow-reader.script"), source)
        .unwrap_or_else(|error| panic!("{source}{error:#?}"))
}

/// The last step of a script of these lines.
fn last_step(lines: &str) -> Step {
    let mut script = script(&format!("# Title\n{lines}\n"));
    script.steps.pop().expect("a script has steps")
}

fn text(text: &str) -> Text {
    Text(vec![Part::Bytes(text.into())])
}

#[test]
fn each_step_of_a_client() {
    let text = |bytes: &str| Data::Text(text(bytes));
    let sends = |data, manner| ClientVerb::Sends { data, manner };
    let plainly = |data| sends(data, Manner::Plain);
    let counters = |bytes| ClientVerb::Receives(Data::Counters(bytes));
    for (step, verb) in [
        ("sends \"hi\\n\"", plainly(text("hi\n"))),
        (
            "sends \"\\r\\t\\0\\\"\\\\\\x41\"",
            plainly(text("\r\t\0\"\\A")),
        ),
        ("sends \"{{ada}} grüßt\"", plainly(text("{ada} grüßt"))),
        ("sends hex 00 7F", plainly(text("\0\x7f"))),
        ("sends hex 61 urgently", sends(text("a"), Manner::Urgently)),
        (
            "sends hex 61 byte by byte",
            sends(text("a"), Manner::ByteByByte),
        ),
        (
            "sends \"ab!\" urgently",
            sends(text("ab!"), Manner::Urgently),
        ),
        (
            "sends \"abc\" byte by byte",
            sends(text("abc"), Manner::ByteByByte),
        ),
        (
            "sends 16 MiB of counters",
            plainly(Data::Counters(16 << 20)),
        ),
        ("receives \"hi\\n\"", ClientVerb::Receives(text("hi\n"))),
        ("receives hex 68 69", ClientVerb::Receives(text("hi"))),
        (
            "sends \"hi\\n\" 1000000 times",
            plainly(Data::Repeated(
                Text(vec![Part::Bytes(b"hi\n".into())]),
                1_000_000,
            )),
        ),
        (
            "sends \"ab\" 2 times byte by byte",
            sends(
                Data::Repeated(Text(vec![Part::Bytes(b"ab".into())]), 2),
                Manner::ByteByByte,
            ),
        ),
        (
            "receives \"x\" 2 times",
            ClientVerb::Receives(Data::Repeated(Text(vec![Part::Bytes(b"x".into())]), 2)),
        ),
        (
            "receives \"a\\n\" in any order",
            ClientVerb::ReceivesInAnyOrder(vec![(Text(vec![Part::Bytes(b"a\n".into())]), 1)]),
        ),
        ("receives 1 byte of counters", counters(1)),
        ("receives 20 bytes of counters", counters(20)),
        ("receives 3 KiB of counters", counters(3 << 10)),
        ("receives 16 GiB of counters", counters(16 << 30)),
        ("receives nothing", ClientVerb::ReceivesNothing),
        ("sees end of stream", ClientVerb::SeesEnd),
        ("sees a reset", ClientVerb::SeesReset),
        ("shuts down writing", ClientVerb::ShutsDownWriting),
        ("closes", ClientVerb::Closes),
        ("resets", ClientVerb::Resets),
    ] {
        let action = last_step(&format!("ada connects\nada {step}")).action;
        let who = "ada".to_owned();
        assert_eq!(action, Action::Client { who, verb }, "{step}");
    }
}

#[test]
fn each_way_to_connect() {
    for (step, who, verb) in [
        (
            "ada connects",
            "ada",
            ClientVerb::Connects {
                port: 1,
                members: None,
                small_buffers: false,
            },
        ),
        (
            "ada connects to port 2",
            "ada",
            ClientVerb::Connects {
                port: 2,
                members: None,
                small_buffers: false,
            },
        ),
        (
            "crowd of 500 connects",
            "crowd",
            ClientVerb::Connects {
                port: 1,
                members: Some(500),
                small_buffers: false,
            },
        ),
        (
            "b-2_c of 1 connects to port 64",
            "b-2_c",
            ClientVerb::Connects {
                port: 64,
                members: Some(1),
                small_buffers: false,
            },
        ),
        (
            "ada connects to port 2 with small buffers",
            "ada",
            ClientVerb::Connects {
                port: 2,
                members: None,
                small_buffers: true,
            },
        ),
        ("ada is refused", "ada", ClientVerb::IsRefused { port: 1 }),
        (
            "ada is refused by port 3",
            "ada",
            ClientVerb::IsRefused { port: 3 },
        ),
    ] {
        let who = who.to_owned();
        assert_eq!(
            last_step(step).action,
            Action::Client { who, verb },
            "{step}"
        );
    }
}

#[test]
fn each_step_of_the_server() {
    let once = || vec![text("--once"), Text(Vec::new())];
    for (step, verb) in [
        ("started with \"--once\" \"\"", Server::StartedWith(once())),
        ("prints \"ready\"", Server::Prints(text("ready"))),
        (
            "prints \"one\" before \"two\"",
            Server::PrintsBefore(text("one"), text("two")),
        ),
        ("prints nothing more", Server::PrintsNothingMore),
        ("waits in select", Server::WaitsIn("select".into())),
        ("waits in epoll_wait", Server::WaitsIn("epoll_wait".into())),
        ("freezes\nserver thaws", Server::Thaws),
        ("may open 0 more files", Server::MayOpen(Some(0))),
        ("may open 1 more file", Server::MayOpen(Some(1))),
        ("may open any number of files", Server::MayOpen(None)),
        ("holds 3 connections", Server::Holds(3)),
        ("holds 1 connection", Server::Holds(1)),
        ("holds no connections", Server::Holds(0)),
        ("is interrupted", Server::IsInterrupted),
        ("exits with 255", Server::ExitsWith(255)),
        ("dies of SIGINT", Server::DiesOf("SIGINT".into())),
    ] {
        let action = last_step(&format!("server {step}")).action;
        assert_eq!(action, Action::Server(verb), "{step}");
    }
}

/// The last step of a script for a client that has been started.
fn last_step_with_client(line: &str) -> Action {
    let start = "peer listens\nclient started with \"{peer}\" on a terminal\npeer accepts";
    last_step(&format!("{start}\n{line}")).action
}

#[test]
fn each_step_of_a_peer_and_the_user() {
    for (step, verb) in [
        ("peer listens", PeerVerb::Listens),
        ("alpha listens", PeerVerb::Listens),
        ("peer refuses", PeerVerb::Refuses),
        (
            "peer keeps everybody waiting",
            PeerVerb::KeepsEverybodyWaiting,
        ),
    ] {
        let mut steps = script(&format!("# Title\n{step}\nclient started\n")).steps;
        let who = step.split(' ').next().unwrap_or_default().to_owned();
        assert_eq!(
            steps.swap_remove(0).action,
            Action::Peer { who, verb },
            "{step}"
        );
    }
    let who = || "peer".to_owned();
    assert_eq!(
        last_step_with_client("peer sends \"x\""),
        Action::Client {
            who: who(),
            verb: ClientVerb::Sends {
                data: Data::Text(text("x")),
                manner: Manner::Plain
            }
        }
    );
    assert_eq!(
        last_step_with_client("peer closes\npeer accepts"),
        Action::Peer {
            who: who(),
            verb: PeerVerb::Accepts(None)
        }
    );
    for (step, verb) in [
        ("types \"x\"", UserVerb::Types(Data::Text(text("x")))),
        (
            "types 1 KiB of counters",
            UserVerb::Types(Data::Counters(1024)),
        ),
        ("ends the input", UserVerb::EndsTheInput),
        ("hangs up", UserVerb::HangsUp),
    ] {
        let action = last_step_with_client(&format!("user {step}"));
        assert_eq!(action, Action::User(verb), "{step}");
    }
}

#[test]
fn each_way_to_start_a_client() {
    let peer = || Text(vec![Part::Address("peer".into())]);
    for (step, arguments, input) in [
        ("started", vec![], StandardInput::Pipe),
        ("started with \"{peer}\"", vec![peer()], StandardInput::Pipe),
        (
            "started with \"-x\" \"{peer}\" on a terminal",
            vec![text("-x"), peer()],
            StandardInput::Terminal,
        ),
        (
            "started from a file of \"x\"",
            vec![],
            StandardInput::File(Data::Text(text("x"))),
        ),
        (
            "started with \"\" from /dev/null",
            vec![Text(vec![])],
            StandardInput::Nothing,
        ),
    ] {
        let action = last_step(&format!("peer listens\nclient {step}")).action;
        let verb = ProgramVerb::Started { arguments, input };
        assert_eq!(action, Action::Program(verb), "{step}");
    }
}

#[test]
fn each_step_of_a_client_program() {
    let address = Text(vec![Part::Address("peer".into())]);
    for (step, verb) in [
        (
            "prints \"hel\\n\"",
            ProgramVerb::Prints(Data::Text(text("hel\n"))),
        ),
        (
            "prints 1 MiB of counters",
            ProgramVerb::Prints(Data::Counters(1 << 20)),
        ),
        ("prints nothing more", ProgramVerb::PrintsNothingMore),
        ("says \"{peer}\"", ProgramVerb::Says(address)),
    ] {
        let action = last_step_with_client(&format!("client {step}"));
        assert_eq!(action, Action::Program(verb), "{step}");
    }
    for (step, verb) in [
        ("waits in select", Server::WaitsIn("select".into())),
        ("freezes\nclient thaws", Server::Thaws),
        ("holds 1 connection", Server::Holds(1)),
        ("is interrupted", Server::IsInterrupted),
        ("exits with 0", Server::ExitsWith(0)),
        ("dies of SIGHUP", Server::DiesOf("SIGHUP".into())),
    ] {
        let action = last_step_with_client(&format!("client {step}"));
        assert_eq!(action, Action::Server(verb), "{step}");
    }
}

#[test]
fn what_the_server_owes_is_an_amount_for_one_client() {
    for (amount, at_most) in [("0 bytes", 0), ("1 byte", 1), ("64 KiB", 64 << 10)] {
        let who = "ada".to_owned();
        let step = format!("ada connects\nserver owes ada at most {amount}");
        assert_eq!(
            last_step(&step).action,
            Action::Server(Server::Owes { who, at_most })
        );
    }
}

#[test]
fn places_in_a_text() {
    let printed = last_step("ada connects\nserver prints \"closed {ada}: {{}}\"");
    let parts = vec![
        Part::Bytes(b"closed ".to_vec()),
        Part::Address("ada".into()),
        Part::Bytes(b": {}".to_vec()),
    ];
    assert_eq!(printed.action, Action::Server(Server::Prints(Text(parts))));

    let sent = last_step("crowd of 3 connects\ncrowd sends \"{n}\"");
    let data = Data::Text(Text(vec![Part::Number]));
    let manner = Manner::Plain;
    let verb = ClientVerb::Sends { data, manner };
    assert_eq!(
        sent.action,
        Action::Client {
            who: "crowd".into(),
            verb
        }
    );
}

#[test]
fn a_text_that_names_a_group_is_meant_for_each_member() {
    for step in [
        "ada receives \"{crowd} joined\\n\"",
        "ada receives \"{crowd}: {n}\\n\" 3 times",
        "crowd receives \"{later} joined\\n\"",
        "crowd receives \"{n} \"",
        "ada receives \"{crowd}: {n}\\n\" and \"{bob} {crowd} {crowd}\\n\" 7 times and \"{others}\\n\" in any order",
        "others receives \"{crowd}: {n}\\n\" and \"{later}: {n}\\n\" in any order within 1 s",
    ] {
        last_step(&format!(
            "ada connects\nbob connects\ncrowd of 3 connects\nothers of 2 connects\n{step}"
        ));
    }
}

#[test]
fn expectations_can_have_a_time() {
    let ms = |ms| Some(Duration::from_millis(ms));
    for (step, within, not_before) in [
        ("ada receives \"x\"", None, None),
        ("ada receives \"x\" within 3 s", ms(3000), None),
        ("ada receives hex 00 within 200 ms", ms(200), None),
        ("ada receives nothing within 0.5 s", ms(500), None),
        ("ada sees end of stream not before 1 s", None, ms(1000)),
        (
            "ada sees a reset not before 1 s within 50 s",
            ms(50_000),
            ms(1000),
        ),
        (
            "server prints \"x\" within 2 s not before 0.1 s",
            ms(2000),
            ms(100),
        ),
        (
            "server prints \"x\" before \"y\" not before 1 s",
            None,
            ms(1000),
        ),
        ("server prints nothing more within 1 s", ms(1000), None),
        ("server waits in poll within 1 s", ms(1000), None),
        ("server waits within 1 s", ms(1000), None),
        ("server exits with 0 within 1 s", ms(1000), None),
        ("server dies of SIGTERM within 1 s", ms(1000), None),
    ] {
        let step_as_read = last_step(&format!("ada connects\n{step}"));
        assert_eq!(step_as_read.within, within, "{step}");
        assert_eq!(step_as_read.not_before, not_before, "{step}");
    }
}

#[test]
fn the_lines_above_the_steps() {
    let source = "# A slow reader\n#\n# ada asks for a lot\n# and does not read it.\n#\n#\n#   bob must not notice. \n\n\
                  # Not part of it.\nhint: Look: a call.\nguards: it is right\n# A comment.\nhint: Another.\n\n\
                  ada connects\n\n  # In between.\n\tada closes\t\n";
    let script = script(source);
    assert_eq!(script.name, "slow-reader");
    assert_eq!(script.path, Path::new("scripts/slow-reader.script"));
    assert_eq!(script.source, source);
    assert_eq!(script.title, "A slow reader");
    assert_eq!(
        script.why,
        "ada asks for a lot and does not read it.\nbob must not notice."
    );
    assert_eq!(script.hints, ["Look: a call.", "Another."]);
    assert_eq!(script.guards.as_deref(), Some("it is right"));
    let words: Vec<&str> = script.steps.iter().map(|step| script.words(step)).collect();
    assert_eq!(words, ["ada connects", "ada closes"]);
    let line_of = |step: &Step| script.line_of(step.span.start);
    assert_eq!(
        script.steps.iter().map(line_of).collect::<Vec<_>>(),
        [15, 18]
    );
}

#[test]
fn an_editor_of_another_system_wrote_it() {
    let script = script(
        "\u{feff}# Title\r\n#\r\n# Why.\r\n\r\nhint: Try.\r\nada connects\u{a0}\r\nada\t closes\r\n",
    );
    assert_eq!((&*script.title, &*script.why), ("Title", "Why."));
    assert_eq!(script.hints, ["Try."]);
    let words: Vec<&str> = script.steps.iter().map(|step| script.words(step)).collect();
    assert_eq!(words, ["ada connects", "ada\t closes"]);
}

#[test]
fn what_a_script_may_do_in_a_row() {
    for lines in [
        "ada connects\nada closes\nada connects\nada closes",
        "ada connects\nada resets\nada connects",
        "ada connects\nada sees end of stream\nada connects",
        "ada connects\nada sees a reset\nada closes\nada connects",
        "ada connects\nada sees end of stream\nada sends \"x\"\nada sees a reset",
        "ada connects\nada shuts down writing\nada receives \"x\"\nada sees end of stream\nada closes",
        "ada is refused\nada connects\nada closes\nada is refused\nserver prints \"closed {ada}\"",
        "crowd of 2 connects\ncrowd closes\ncrowd connects\ncrowd sends \"x\"",
        "bob connects\nserver freezes\nada connects\nada sends \"x\"\nada shuts down writing\nada closes\n\
         bob resets\ncrowd of 127 connects\nothers of 128 connects to port 2\nserver thaws\n\
         server freezes\nmore of 128 connects\nserver thaws",
        "ada connects\nserver is interrupted\nserver dies of SIGINT\nada receives \"x\"\nada receives nothing\n\
         ada sees end of stream\nada closes\nbob is refused",
        "server started with \"--once\"\nserver prints \"ready\"",
        "client started with \"nonsense\"\nclient says \"usage\"\nclient exits with 2\nclient prints nothing more",
        "peer listens\nclient started with \"{peer}\"\npeer accepts\npeer sees end of stream\npeer sends \"x\"\n\
         peer closes\npeer accepts\npeer resets\nclient exits with 1\nclient prints \"x\"",
        "peer listens\nclient started with \"{peer}\"\npeer accepts\nclient freezes\nuser types \"x\"\nuser ends the input\n\
         peer sends \"{peer}\"\nclient thaws",
    ] {
        script(&format!("# Title\n{lines}\n"));
    }
}
