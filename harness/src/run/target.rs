//! What is checked.

use crate::build::Built;
use crate::lesson::{Lesson, Role, Variant};
use crate::script::Script;
use crate::trace::Trace;
use std::ffi::OsString;
use std::path::PathBuf;

/// What is checked: a program, and what is known of it.
#[derive(Debug, Clone)]
pub struct Target {
    /// The program and its fixed arguments; the addresses come after them.
    pub command: Vec<OsString>,
    /// The folder that it is run in.
    pub directory: PathBuf,
    /// How many addresses it is given, each `127.0.0.1:0`.
    pub addresses: usize,
    /// The call in which it waits when it has nothing to do; `None` for any.
    pub waits_in: Option<String>,
    /// The calls in which it may be found asleep on a socket; not asked where `waits_in` is `None`.
    pub may_sleep_in: Vec<String>,
    /// What is different where a script is played with a variant of the program.
    pub variants: Vec<Variant>,
    /// The calls whose places `waits_in` has taken: a script that names one of them means it.
    pub replaced: Vec<String>,
    /// The program of the tests of its library, if it has some that judge it, too.
    pub tests: Option<PathBuf>,
    /// Where it is written down what happens, if it is to be: for one run.
    pub trace: Option<Trace>,
}

impl Target {
    /// `command` as the program of `lesson`, to be run in `directory`.
    pub fn of_lesson(lesson: &Lesson, command: Vec<OsString>, directory: PathBuf) -> Target {
        Target {
            command,
            directory,
            addresses: match lesson.about.role {
                Role::Server => lesson.about.default_addresses.len(),
                Role::Client => 0,
            },
            waits_in: Some(lesson.about.waits_in.clone()),
            may_sleep_in: lesson.about.may_sleep_in.clone(),
            variants: lesson.about.variants.clone(),
            replaced: Vec::new(),
            tests: None,
            trace: None,
        }
    }

    /// What was built of `lesson`, to be run in `directory`.
    pub fn of_built(lesson: &Lesson, built: Built, directory: PathBuf) -> Target {
        Target {
            tests: built.tests,
            ..Target::of_lesson(lesson, vec![built.program.into()], directory)
        }
    }

    /// The same, but it waits in this call, whatever the variant; in any, if that is `any`.
    pub fn waiting_in(mut self, call: &str) -> Target {
        self.replaced.extend(self.waits_in.clone());
        for variant in &mut self.variants {
            self.replaced.extend(variant.waits_in.take());
        }
        self.wait_in(call);
        if call == "any" {
            self.waits_in = None;
        }
        self
    }

    /// The same, and `trace` takes note of what happens: the program is stopped for a moment at each of its system calls, and each
    /// step waits until the program has come to rest from the one before.
    pub fn traced(mut self, trace: Trace) -> Target {
        self.trace = Some(trace);
        self
    }

    /// What `script` is played against: this, or the variant that it is played with.
    pub(super) fn for_script(&self, script: &Script) -> Target {
        let mut target = self.clone();
        let name = script.variant.as_ref();
        let mut variants = self.variants.iter();
        let Some(variant) = variants.find(|variant| Some(&variant.name) == name) else {
            return target;
        };
        let arguments = variant.arguments.iter().map(OsString::from);
        target.command.extend(arguments);
        if let Some(call) = &variant.waits_in {
            target.wait_in(call);
        }
        target
    }

    /// Puts `call` in the place of the one in which it waits.
    fn wait_in(&mut self, call: &str) {
        let former = self.waits_in.replace(call.to_owned());
        self.may_sleep_in.retain(|it| Some(it) != former.as_ref());
        self.may_sleep_in.insert(0, call.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::parse::parse;
    use std::path::Path;

    fn target() -> Target {
        let variant = |name: &str, waits_in: Option<&str>| Variant {
            name: name.into(),
            arguments: vec!["--selector".into(), name.into()],
            waits_in: waits_in.map(String::from),
            like: None,
        };
        Target {
            command: vec!["server".into()],
            directory: PathBuf::new(),
            addresses: 1,
            waits_in: Some("epoll_wait".into()),
            may_sleep_in: vec!["epoll_wait".into(), "send".into()],
            variants: vec![variant("best", None), variant("poll", Some("poll"))],
            replaced: Vec::new(),
            tests: None,
            trace: None,
        }
    }

    fn script() -> Script {
        parse(Path::new("hello.script"), "# Hello\nada connects\n").unwrap()
    }

    #[test]
    fn a_script_without_a_variant_is_played_against_the_program_itself() {
        let played = target().for_script(&script());
        assert_eq!(played.command, ["server"]);
        assert_eq!(played.waits_in.as_deref(), Some("epoll_wait"));
    }

    #[test]
    fn a_variant_has_its_own_arguments_and_its_own_call() {
        let played = target().for_script(&script().in_variant("poll"));
        assert_eq!(played.command, ["server", "--selector", "poll"]);
        assert_eq!(played.waits_in.as_deref(), Some("poll"));
        assert_eq!(played.may_sleep_in, ["poll", "send"]);
    }

    #[test]
    fn a_variant_without_a_call_waits_where_the_lesson_says() {
        let played = target().for_script(&script().in_variant("best"));
        assert_eq!(played.command, ["server", "--selector", "best"]);
        assert_eq!(played.may_sleep_in, ["epoll_wait", "send"]);
    }

    #[test]
    fn a_call_that_the_user_names_is_that_of_every_variant() {
        for variant in ["best", "poll"] {
            let script = script().in_variant(variant);
            let played = target().waiting_in("select").for_script(&script);
            assert_eq!(played.waits_in.as_deref(), Some("select"));
            assert_eq!(played.may_sleep_in, ["select", "send"]);
            let played = target().waiting_in("any").for_script(&script);
            assert_eq!(played.waits_in, None);
        }
    }
}
