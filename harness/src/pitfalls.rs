//! The pitfalls that a program can fall into which waits for many sockets: what `lessons/pitfalls.toml` says.

use crate::lesson::Lesson;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::fs;
use std::path::Path;

/// Where they are, below the workspace's root.
const FILE: &str = "lessons/pitfalls.toml";

/// A mistake that can be made in several lessons, and has a number by which bugs call it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pitfall {
    /// Its place in the list, from 1.
    pub number: u32,
    /// A few words.
    pub name: String,
    /// What goes wrong, in a sentence.
    pub about: String,
    /// The numbers of the lessons in which it must be caught, or a reason given why it cannot be made.
    pub lessons: Vec<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    pitfall: Vec<Pitfall>,
}

impl Pitfall {
    /// All of them, in the order of their numbers.
    ///
    /// # Errors
    /// The file cannot be read, or does not number them from 1.
    pub fn all(root: &Path) -> Result<Vec<Pitfall>> {
        let text =
            fs::read_to_string(root.join(FILE)).with_context(|| format!("cannot read {FILE}"))?;
        let file: File =
            toml::from_str(&text).with_context(|| format!("{FILE} does not say what it should"))?;
        for (pitfall, number) in file.pitfall.iter().zip(1..) {
            if pitfall.number != number {
                bail!(
                    "{FILE}: pitfall {number} is missing before {}",
                    pitfall.number
                );
            }
        }
        Ok(file.pitfall)
    }

    /// Why it cannot be made in `lesson`, if that is so.
    pub fn not_applicable<'l>(&self, lesson: &'l Lesson) -> Option<&'l str> {
        let reasons = &lesson.about.not_applicable;
        reasons.get(&self.number.to_string()).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Pitfall>> {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("lessons")).unwrap();
        fs::write(root.path().join(FILE), text).unwrap();
        Pitfall::all(root.path())
    }

    fn numbered(number: u32) -> String {
        format!("[[pitfall]]\nnumber = {number}\nname = 'x'\nabout = 'y'\nlessons = [2]\n")
    }

    #[test]
    fn they_are_numbered_from_one() {
        let all = read(&(numbered(1) + &numbered(2))).unwrap();
        assert_eq!(all.len(), 2);
        let error = read(&(numbered(1) + &numbered(3))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "lessons/pitfalls.toml: pitfall 2 is missing before 3"
        );
    }

    #[test]
    fn a_lesson_says_why_one_cannot_be_made_in_it() {
        let [pitfall] = &read(&numbered(1)).unwrap()[..] else {
            panic!("one was written");
        };
        let mut lesson = crate::report::samples::lesson(2, "x");
        assert_eq!(pitfall.not_applicable(&lesson), None);
        lesson
            .about
            .not_applicable
            .insert("1".into(), "a reason".into());
        assert_eq!(pitfall.not_applicable(&lesson), Some("a reason"));
    }
}
