//! Terminal sessions as pages show them: what was typed, and what was printed.
//!
//! A `console` block is one terminal. `$ ` begins a command, everything else is what it prints:
//!
//! ```text
//! $ cargo xtask list
//! 01  blocking-echo  18 scripts  A server that serves one client at a time
//! ```
//!
//! A `terminals` block tells of several, in the order in which things happened. Each line begins with the name of a
//! terminal and a sign: `$` a command, `<` a line that is typed (`^C` and `^D` are keys), `|` a line that is printed, `:`
//! the same without a line feed at its end.
//!
//! ```text
//! server $ cargo xtask run 01
//! server | listening on 127.0.0.1:32768
//! ada    $ nc 127.0.0.1 32768
//! ada    < hello
//! ada    | hello
//! ```

use std::fmt::Write;

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) acts: Vec<Act>,
}

/// One line of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Act {
    /// The terminal's name; empty if there is only one.
    pub(crate) terminal: String,
    pub(crate) what: What,
    pub(crate) text: String,
}

/// What a line of a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A command for a shell.
    Command,
    /// What is typed while a command runs.
    Typed,
    /// A line that is printed.
    Printed,
    /// What is printed without a line feed at its end.
    Begun,
}

const SIGNS: [(char, What); 4] = [
    ('$', What::Command),
    ('<', What::Typed),
    ('|', What::Printed),
    (':', What::Begun),
];

impl Session {
    /// Reads a `console` block.
    pub(crate) fn of_console(text: &str) -> Session {
        let act = |line: &str| {
            let (what, text) = match line.strip_prefix("$ ") {
                Some(command) => (What::Command, command),
                None => (What::Printed, line),
            };
            Act {
                terminal: String::new(),
                what,
                text: text.to_owned(),
            }
        };
        Session {
            acts: text.lines().map(act).collect(),
        }
    }

    /// Reads a `terminals` block.
    ///
    /// # Errors
    /// The number of the line, counted from 0, that is none of a session, and what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Session, (usize, String)> {
        let mut acts: Vec<Act> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let (terminal, rest) = line.split_once(' ').unwrap_or((line, ""));
            let rest = rest.trim_start();
            let sign = rest.chars().next();
            let Some((sign, what)) = SIGNS.iter().find(|(it, _)| Some(*it) == sign) else {
                let wrong = "a line begins with a terminal's name and one of $ < | :";
                return Err((number, wrong.to_owned()));
            };
            if *what != What::Command && !acts.iter().any(|act| act.terminal == terminal) {
                let wrong = format!("no command was given in terminal \"{terminal}\"");
                return Err((number, wrong));
            }
            let text = rest.strip_prefix(*sign).unwrap_or("");
            acts.push(Act {
                terminal: terminal.to_owned(),
                what: *what,
                text: text.strip_prefix(' ').unwrap_or(text).to_owned(),
            });
        }
        Ok(Session { acts })
    }

    /// The commands, each with the number of its line, counted from 0.
    pub(crate) fn commands(&self) -> impl Iterator<Item = (usize, &str)> {
        let acts = self.acts.iter().enumerate();
        acts.filter(|(_, act)| act.what == What::Command)
            .map(|(number, act)| (number, act.text.as_str()))
    }

    /// As a `console` or a `terminals` block has it.
    pub(crate) fn written(&self) -> String {
        let widths = self.acts.iter().map(|act| act.terminal.chars().count());
        let width = widths.max().unwrap_or(0);
        let mut out = String::new();
        for act in &self.acts {
            let sign = SIGNS.iter().find(|(_, what)| *what == act.what);
            let sign = sign.map_or(' ', |(sign, _)| *sign);
            let line = match (width, act.what) {
                (0, What::Command) => format!("$ {}", act.text),
                (0, _) => act.text.clone(),
                _ => format!("{:width$} {sign} {}", act.terminal, act.text),
            };
            let _ = writeln!(out, "{}", line.trim_end());
        }
        out
    }

    /// As one sees it, in HTML: what happened in one terminal after the other, in blocks that say where they belong. What was
    /// typed is bold.
    pub(crate) fn rendered(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        let mut out = String::from("<div class=\"terminals\">\n");
        for run in self.acts.chunk_by(|a, b| a.terminal == b.terminal) {
            let name = run[0].terminal.as_str();
            if !names.contains(&name) {
                names.push(name);
            }
            let number = names.iter().position(|it| *it == name).unwrap_or(0) + 1;
            let _ = write!(
                out,
                "<div class=\"terminal t{number}\">\n<p class=\"from\">terminal {number}, {}</p>\n\
                 <pre><code class=\"nohighlight\">",
                escaped(name)
            );
            for act in run {
                let text = escaped(&act.text);
                let _ = match act.what {
                    What::Command => writeln!(out, "<b>$ {text}</b>"),
                    What::Typed => writeln!(out, "<b>{text}</b>"),
                    What::Printed => writeln!(out, "{text}"),
                    What::Begun => write!(out, "{text}"),
                };
            }
            let end = if out.ends_with('\n') { "" } else { "\n" };
            let _ = write!(out, "{end}</code></pre>\n</div>\n");
        }
        out + "</div>\n"
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "\
server $ cargo xtask run 03
server | listening on 127.0.0.1:8002
ada    $ nc 127.0.0.1 8002
ada    < hi
ada    | hi
ada    : Roger that.
ada    < again
";

    #[test]
    fn a_session_is_written_as_it_was_read() {
        assert_eq!(Session::parse(TWO).unwrap().written(), TWO);
        let one = "$ cargo xtask list\n01  blocking-echo\n\n02\n";
        assert_eq!(Session::of_console(one).written(), one);
    }

    #[test]
    fn what_is_typed_after_half_a_line_stands_behind_it() {
        let rendered = Session::parse(TWO).unwrap().rendered();
        let typed = "<b>hi</b>\nhi\nRoger that.<b>again</b>\n</code>";
        assert!(rendered.contains(typed), "{rendered}");
        assert!(rendered.contains("terminal 2, ada"));
    }

    #[test]
    fn lines_that_are_none_of_a_session_are_errors() {
        assert_eq!(Session::parse("ada < hi\n").unwrap_err().0, 0);
        assert_eq!(Session::parse("a $ b\nhello\n").unwrap_err().0, 1);
    }
}
