//! Recordings: stories that are kept, for the book's player. `FORMAT.md` says what is in them.

use super::normal::repeatable;
use super::story::{Scene, Story};
use crate::lesson::Lesson;
use crate::script::Script;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// Raised when something that a reader relies on changes or goes; new fields do not raise it.
pub const FORMAT: u32 = 1;
/// Where recordings are, below the workspace's root.
pub const FOLDER: &str = "book/recordings";

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// See [`FORMAT`].
    pub format: u32,
    /// The lesson's full name: `05-select-read-write`.
    pub lesson: String,
    /// The script, as reports call it: `slow-reader`, `hello (poll)`.
    pub script: String,
    /// The script's title.
    pub title: String,
    /// A hash of the lesson's program: of every file in its folder `src`.
    pub program_hash: String,
    /// A hash of the script's file.
    pub script_hash: String,
    /// What happened.
    #[serde(flatten)]
    pub story: Story,
}

impl Recording {
    /// A recording of `story`, which `script` of `lesson` has told.
    ///
    /// # Errors
    /// The lesson's sources cannot be read.
    pub fn new(lesson: &Lesson, script: &Script, story: Story) -> Result<Recording> {
        Ok(Recording {
            format: FORMAT,
            lesson: lesson.full_name(),
            script: script.name.clone(),
            title: script.title.clone(),
            program_hash: hash_of_folder(&lesson.root.join(&lesson.folder).join("src"))?,
            script_hash: hash(script.source.as_bytes()),
            story,
        })
    }

    /// The same with only what every run has.
    pub fn repeatable(self, script: &Script) -> Recording {
        Recording {
            story: repeatable(&self.story, script),
            ..self
        }
    }

    /// The file's text: a line for each scene and for each event, so that a change is seen where it is.
    ///
    /// # Errors
    /// Never: there is nothing in it that JSON has no words for.
    pub fn to_json(&self) -> Result<String> {
        let empty = Recording {
            story: Story {
                scenes: Vec::new(),
                beside: self.story.beside.clone(),
            },
            ..self.clone()
        };
        let scenes: Result<Vec<String>> = self.story.scenes.iter().map(scene).collect();
        let scenes = format!("\"scenes\": [\n{}\n  ]", scenes?.join(",\n"));
        let head = serde_json::to_string_pretty(&empty)?;
        Ok(head.replacen("\"scenes\": []", &scenes, 1) + "\n")
    }

    /// Where it is kept, below the workspace's root.
    pub fn path(&self) -> PathBuf {
        let number = self.lesson.split('-').next().unwrap_or_default();
        let script = self.script.replace(" (", "-").replace(')', "");
        Path::new(FOLDER).join(format!("{number}-{script}.json"))
    }

    /// Reads a recording.
    ///
    /// # Errors
    /// It is not there, or not one.
    pub fn read(file: &Path) -> Result<Recording> {
        let text =
            fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is no recording", file.display()))
    }

    /// What has changed since this was recorded, if `now` is what is recorded today: a sentence each.
    pub fn differences(&self, now: &Recording) -> Vec<String> {
        let mut told = Vec::new();
        if self.format != now.format {
            told.push(format!("it has format {}, not {}", self.format, now.format));
        }
        if self.program_hash != now.program_hash {
            told.push("the lesson's program has changed since".into());
        }
        if self.script_hash != now.script_hash {
            told.push("the script has changed since".into());
        }
        if self.story != now.story {
            told.push(first_difference(&self.story, &now.story));
        }
        if self.title != now.title && told.is_empty() {
            told.push("its title is another".into());
        }
        told
    }
}

/// A scene on several lines.
fn scene(scene: &Scene) -> Result<String> {
    let empty = Scene {
        events: Vec::new(),
        ..scene.clone()
    };
    let events = scene.events.iter().map(serde_json::to_string);
    let events = events.collect::<serde_json::Result<Vec<_>>>()?;
    let events = match events.is_empty() {
        true => "\"events\":[]".to_owned(),
        false => format!("\"events\":[\n      {}\n    ]", events.join(",\n      ")),
    };
    let head = serde_json::to_string(&empty)?;
    Ok(format!(
        "    {}",
        head.replacen("\"events\":[]", &events, 1)
    ))
}

/// Where two stories part.
fn first_difference(then: &Story, now: &Story) -> String {
    let scenes = then.scenes.iter().zip(&now.scenes);
    for (then, now) in scenes {
        if then == now {
            continue;
        }
        if (&then.text, then.line) != (&now.text, now.line) {
            return format!("\"{}\" has taken the place of \"{}\"", now.text, then.text);
        }
        let line = |events: &[super::story::Event], index: usize| {
            let event = events.get(index);
            let words = event.map(|event| super::wording::event(event).join(" "));
            words.unwrap_or_else(|| "nothing".into())
        };
        let same = then
            .events
            .iter()
            .zip(&now.events)
            .take_while(|(a, b)| a == b)
            .count();
        let (was, is) = (line(&then.events, same), line(&now.events, same));
        return match was == is {
            true => format!(
                "at \"{}\", `{is}` comes from another line, or leaves something else",
                now.text
            ),
            false => format!(
                "at \"{}\", the program now does `{is}` where it did `{was}`",
                now.text
            ),
        };
    }
    format!(
        "it has {} scenes, not {}",
        now.scenes.len(),
        then.scenes.len()
    )
}

/// All recordings that there are, by their files.
///
/// # Errors
/// The folder cannot be read.
pub fn files(root: &Path) -> Result<Vec<PathBuf>> {
    let folder = root.join(FOLDER);
    let mut files = Vec::new();
    let entries =
        fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn hash_of_folder(folder: &Path) -> Result<String> {
    let mut paths = Vec::new();
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    let mut all = Vec::new();
    for path in paths {
        all.extend(path.file_name().unwrap_or_default().as_encoded_bytes());
        all.extend(fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?);
    }
    Ok(hash(&all))
}

/// FNV-1a, 64 bits (RFC 9923): it tells a change from none, which is all that is asked of it, and stays the same for ever.
fn hash(bytes: &[u8]) -> String {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    format!("{:016x}", bytes.iter().fold(0xcbf2_9ce4_8422_2325, step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(hash(b""), "cbf29ce484222325");
        assert_eq!(hash(b"foobar"), "85944171f73967e8");
    }
}
