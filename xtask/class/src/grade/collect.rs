//! Takes from a submission the files that are the student's to write, and nothing else.

use super::files::{self, Files};
use anyhow::{Context, Result};
use glob::{MatchOptions, Pattern};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Bytes of one file that is taken; nobody writes longer ones.
const LONGEST: u64 = 1 << 20;
/// Files that are taken.
const MOST: usize = 200;

/// What is a student's to write in an assignment.
#[derive(Debug)]
pub struct Wanted {
    patterns: Vec<Pattern>,
    package: String,
}

/// What was taken from one submission.
#[derive(Debug, Default)]
pub struct Collected {
    /// The files' contents, by their paths in the package.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
    /// What the instructor should know, a sentence each.
    pub notes: Vec<String>,
}

impl Wanted {
    /// Files that match one of `patterns`; `package` is the name of the package that they are of.
    ///
    /// # Errors
    /// A pattern is none.
    pub fn new(patterns: &[String], package: &str) -> Result<Wanted> {
        let read = |pattern: &String| {
            Pattern::new(pattern).with_context(|| format!("may_change: {pattern} is no pattern"))
        };
        Ok(Wanted {
            patterns: patterns.iter().map(read).collect::<Result<_>>()?,
            package: package.to_owned(),
        })
    }

    /// Takes them from the submission at `path`, a folder or a zip file. They may lie some folders deeper, also in a zip file.
    ///
    /// # Errors
    /// The submission cannot be read.
    pub fn collect(&self, path: &Path) -> Result<Collected> {
        let all = Files::below(path)?;
        let mut collected = Collected {
            notes: all.notes.clone(),
            ..Collected::default()
        };
        let Some(base) = self.base(&all) else {
            return Ok(collected);
        };
        for (path, file) in &all.files {
            let Some(own) = path
                .strip_prefix(&base)
                .ok()
                .filter(|own| self.is_wanted(own))
            else {
                continue;
            };
            if file.length() > LONGEST || collected.files.len() == MOST {
                collected
                    .notes
                    .push(format!("{} was not taken: it is too much", own.display()));
                continue;
            }
            let bytes = file.read(LONGEST);
            let bytes = bytes.with_context(|| format!("cannot read {}", path.display()))?;
            collected.files.insert(own.to_owned(), bytes);
        }
        Ok(collected)
    }

    fn is_wanted(&self, path: &Path) -> bool {
        let options = MatchOptions {
            require_literal_separator: true,
            ..MatchOptions::new()
        };
        self.patterns
            .iter()
            .any(|it| it.matches_path_with(path, options))
    }

    /// The folder that the wanted files are relative to: the package's own, or else the least deep one that has any.
    fn base(&self, all: &Files) -> Option<PathBuf> {
        let bases = all.files.keys().flat_map(|path| {
            let bases = path.ancestors().skip(1);
            bases.filter(|base| path.strip_prefix(base).is_ok_and(|own| self.is_wanted(own)))
        });
        let rank = |base: &&Path| {
            let manifest = all.files.get(&base.join("Cargo.toml"));
            let is_own =
                manifest.is_some_and(|it| files::package(it).as_ref() == Some(&self.package));
            (!is_own, base.components().count(), base.to_path_buf())
        };
        bases.min_by_key(rank).map(Path::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write;
    use std::os::unix::fs::symlink;
    use zip::write::{SimpleFileOptions, ZipWriter};

    fn wanted() -> Wanted {
        Wanted::new(&["src/**/*.rs".into()], "quota-echo").unwrap()
    }

    fn write(root: &Path, files: &[(&str, &str)]) {
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    fn taken(collected: &Collected) -> Vec<(String, String)> {
        let text = |bytes: &Vec<u8>| String::from_utf8(bytes.clone()).unwrap();
        let files = collected.files.iter();
        files
            .map(|(path, bytes)| (path.display().to_string(), text(bytes)))
            .collect()
    }

    #[test]
    fn only_what_is_the_students_is_taken() {
        let root = tempfile::tempdir().unwrap();
        write(
            root.path(),
            &[
                ("src/main.rs", "mine"),
                ("src/net/mod.rs", "mine too"),
                ("src/notes.txt", "-"),
                ("build.rs", "-"),
                ("Cargo.toml", "-"),
                ("scripts/hello.script", "-"),
                ("target/debug/build/x/src/main.rs", "-"),
            ],
        );
        let collected = wanted().collect(root.path()).unwrap();
        let expected = [("src/main.rs", "mine"), ("src/net/mod.rs", "mine too")];
        assert_eq!(
            taken(&collected),
            expected.map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
    }

    #[test]
    fn the_package_is_found_in_a_clone_of_the_whole_handout() {
        let root = tempfile::tempdir().unwrap();
        write(
            root.path(),
            &[
                ("clone/harness/src/lib.rs", "not mine"),
                (
                    "clone/harness/Cargo.toml",
                    "[package]\nname = \"harness\"\n",
                ),
                ("clone/work/echo/src/main.rs", "mine"),
                (
                    "clone/work/echo/Cargo.toml",
                    "[package]\nname = \"quota-echo\"\n",
                ),
            ],
        );
        let collected = wanted().collect(root.path()).unwrap();
        assert_eq!(
            taken(&collected),
            [("src/main.rs".to_owned(), "mine".to_owned())]
        );
    }

    #[test]
    fn a_zip_file_is_as_good_as_a_folder() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("handin.zip");
        let mut zip = ZipWriter::new(fs::File::create(&path).unwrap());
        for (name, text) in [
            ("../../evil/src/main.rs", "evil"),
            ("mine/src/main.rs", "mine"),
        ] {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
        for submission in [root.path(), &path] {
            let collected = wanted().collect(submission).unwrap();
            assert_eq!(
                taken(&collected),
                [("src/main.rs".to_owned(), "mine".to_owned())]
            );
        }
    }

    #[test]
    fn links_and_giants_are_left_and_told_of() {
        let root = tempfile::tempdir().unwrap();
        write(
            root.path(),
            &[("src/main.rs", "mine"), ("hidden", "secret")],
        );
        symlink(root.path().join("hidden"), root.path().join("src/link.rs")).unwrap();
        symlink(root.path(), root.path().join("src/round")).unwrap();
        let giant = fs::File::create(root.path().join("src/giant.rs")).unwrap();
        giant.set_len(LONGEST + 1).unwrap();
        let collected = wanted().collect(root.path()).unwrap();
        assert_eq!(
            taken(&collected),
            [("src/main.rs".to_owned(), "mine".to_owned())]
        );
        let notes = collected.notes.join("\n");
        assert!(
            notes.contains("src/giant.rs was not taken: it is too much"),
            "{notes}"
        );
        assert!(
            notes.contains("src/link.rs was not taken: it is a link"),
            "{notes}"
        );
    }

    #[test]
    fn a_submission_with_nothing_in_it_is_empty() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), &[("essay.pdf", "…")]);
        assert!(wanted().collect(root.path()).unwrap().files.is_empty());
    }
}
