//! Tells of files that change.

use crate::Event;
use anyhow::Result;
use harness::mounts::{has_other_writers, kind_of};
use notify::{Config, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::sync::mpsc::Sender;
use std::time::Duration;

/// How often a folder is looked at where nobody tells of changes.
const INTERVAL: Duration = Duration::from_millis(300);

/// Watches the Rust files in `folder` for as long as what is returned is kept.
pub(crate) fn watch(folder: &Path, poll: bool, tell: Sender<Event>) -> Result<Box<dyn Watcher>> {
    let changed = move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| is_of_interest(&event)) {
            // When nobody listens any more, this program is about to end.
            let _ = tell.send(Event::Changed);
        }
    };
    let mut watcher: Box<dyn Watcher> = if poll {
        // By what is in them: the time of a change is often told in whole seconds.
        let config = Config::default().with_poll_interval(INTERVAL);
        Box::new(PollWatcher::new(
            changed,
            config.with_compare_contents(true),
        )?)
    } else {
        Box::new(RecommendedWatcher::new(changed, Config::default())?)
    };
    // The folder, not the files: an editor may write a new file and give it the old one's name.
    watcher.watch(folder, RecursiveMode::Recursive)?;
    Ok(watcher)
}

/// Whether a file may have changed that the program is built from.
fn is_of_interest(event: &notify::Event) -> bool {
    let is_source = |path: &Path| {
        let name = path.file_name().unwrap_or_default();
        // Hidden files are an editor's own.
        let is_hidden = name.as_encoded_bytes().starts_with(b".");
        !is_hidden && (path.extension() == Some(OsStr::new("rs")) || name == "Cargo.toml")
    };
    !matches!(event.kind, EventKind::Access(_)) && event.paths.iter().any(|path| is_source(path))
}

/// Why `folder` is to be looked at by the clock, if it is: that was `asked` for, or it is on a file system on which
/// changes can be made that this system does not hear of.
pub(crate) fn why_poll(folder: &Path, asked: bool) -> Option<String> {
    if asked {
        return Some("looking by the clock".into());
    }
    let folder = fs::canonicalize(folder).ok()?;
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let kind = kind_of(&mounts, &folder).filter(|kind| has_other_writers(kind))?;
    Some(format!("on {kind}, looking by the clock"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{AccessKind, CreateKind};

    #[test]
    fn only_sources_that_are_written_are_of_interest() {
        let event = |path: &str, kind| notify::Event::new(kind).add_path(path.into());
        let written = EventKind::Create(CreateKind::File);
        assert!(is_of_interest(&event("a/src/main.rs", written)));
        assert!(is_of_interest(&event("a/Cargo.toml", written)));
        for other in [
            "a/src/main.rs~",
            "a/src/.#main.rs",
            "a/src/4913",
            "a/.main.rs.swp",
        ] {
            assert!(!is_of_interest(&event(other, written)), "{other}");
        }
        let read = EventKind::Access(AccessKind::Any);
        assert!(!is_of_interest(&event("a/src/main.rs", read)));
    }
}
