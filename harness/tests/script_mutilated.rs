//! Whatever a file contains, reading it ends with a script or with an error that has a place.

use harness::script::parse::parse;
use std::path::Path;

/// A script with every kind of line, string and number in it.
const WHOLE: &str = r#"# A slöw reader
#
# ada asks for a lot.
#
# bob must not notice.

hint: Which call is it?
guards: nothing

server started with "--once" "ünï"
ada connects to port 2
crowd of 20 connects
bob is refused by port 3
ada sends "h{ada}i\n\x00\"é{{" urgently
crowd sends "{n}\r\t" byte by byte
ada sends hex 00 ff
# A comment.
ada sends 16 MiB of counters
ada receives 1 byte of counters within 0.5 s not before 20 ms
server freezes
ada shuts down writing
server thaws
server prints "closed {ada}" not before 1 s
server prints "one" before "closed {ada}" within 3 s
server prints nothing more
server waits in epoll_wait within 3 s
server may open 4 more files
server may open any number of files
server holds 21 connections
server owes ada at most 64 KiB
crowd receives nothing
crowd sees a reset
ada sees end of stream
ada closes
server is interrupted
server dies of SIGINT
"#;

/// The same for a program that is a client.
const WHOLE_OF_CLIENT: &str = r#"# A slöw server

hint: Which call is it?

peer listens
alpha refuses
b-2 keeps everybody waiting
client started with "http://{peer}/a" "{b-2}" "--tïme" on a terminal
peer accepts within 2 s
user types "hel\x00lo\n"
user types 3 KiB of counters
peer receives "hel\0lo\n"
peer sends hex 00 ff byte by byte
client prints "\0\xff" not before 0.2 s
client prints 1 KiB of counters
client says "{alpha}"
client prints nothing more
client waits in select
client freezes
user hangs up
peer resets
client thaws
client dies of SIGHUP
"#;

/// Reads it; whether it is a script.
fn survives(source: &str) -> bool {
    let check = |span: &std::ops::Range<usize>| {
        // Also asks that both ends lie in the text and between two characters.
        assert!(source.get(span.clone()).is_some(), "{span:?} in {source:?}");
    };
    match parse(Path::new("x.script"), source) {
        Ok(script) => {
            script.steps.iter().for_each(|step| check(&step.span));
            true
        }
        Err(error) => {
            check(&error.span);
            assert!(
                !error.message.is_empty() && !error.help.is_empty(),
                "{error:?}"
            );
            assert!(
                !source[error.span].contains('\n'),
                "an error on two lines: {source:?}"
            );
            false
        }
    }
}

#[test]
fn the_whole_script_can_be_read() {
    assert!(survives(WHOLE));
    assert!(survives(&WHOLE.replace('\n', "\r\n")));
    assert!(survives(&WHOLE.replace('\n', "\t \n\t")));
    assert!(survives(WHOLE_OF_CLIENT));
}

#[test]
fn any_beginning_and_any_end_of_it() {
    for whole in [WHOLE, WHOLE_OF_CLIENT] {
        for (at, _) in whole.char_indices() {
            survives(&whole[..at]);
            survives(&whole[at..]);
        }
    }
}

#[test]
fn any_character_missing_doubled_or_replaced() {
    let odd = [
        "\0", "\t", "\r", "\r\n", "\n", "\"", "\\", "{", "}", "#", ":", "0", "9", "-", ".", "é",
        "€", "🦀", "\u{301}", "\u{feff}", "\u{a0}", "\u{2028}", "“", "x", " ",
    ];
    for whole in [WHOLE, WHOLE_OF_CLIENT] {
        for (at, c) in whole.char_indices() {
            let (before, after) = (&whole[..at], &whole[at + c.len_utf8()..]);
            survives(&format!("{before}{after}"));
            survives(&format!("{before}{c}{c}{after}"));
            for put in odd {
                survives(&format!("{before}{put}{after}"));
            }
        }
    }
}

#[test]
fn any_byte_missing_or_replaced_where_that_is_still_text() {
    for at in 0..WHOLE.len() {
        let mut bytes = WHOLE.as_bytes().to_vec();
        bytes.remove(at);
        // What is not UTF-8 comes in as its caller would show it.
        survives(&String::from_utf8_lossy(&bytes));
        bytes.insert(at, 0xc3);
        survives(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn any_line_alone_missing_or_moved() {
    [WHOLE, WHOLE_OF_CLIENT].into_iter().for_each(shuffle);
}

fn shuffle(whole: &str) {
    let lines: Vec<&str> = whole.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        survives(line);
        survives(&format!("# Title\n{line}"));
        let mut others = lines.clone();
        others.remove(at);
        survives(&others.join("\n"));
        others.reverse();
        survives(&others.join("\n"));
        for (to, _) in lines.iter().enumerate() {
            let mut moved = lines.clone();
            let line = moved.remove(at);
            moved.insert(to, line);
            survives(&moved.join("\n"));
        }
    }
}

#[test]
fn words_and_numbers_without_end() {
    let long = "9".repeat(100_000);
    for line in [
        long.clone(),
        format!("ada connects to port {long}"),
        format!("ada connects\nada receives \"x\" within {long} s"),
        format!("ada connects\nada receives \"x\" within 0.{long} ms"),
        format!("ada connects\nada sends {long} GiB of counters"),
        format!("ada connects\nada sends \"{}", "\\".repeat(100_001)),
        format!("ada connects\nada sends \"{}\"", "{".repeat(100_001)),
    ] {
        survives(&format!("# Title\n{line}"));
    }
}
