//! The submissions in a folder, and whose they are.

use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What Canvas writes into the name of what came late.
const LATE: &str = "LATE";

/// One sub-folder, or one zip file, of what was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Where it is.
    pub path: PathBuf,
    /// The name of its folder.
    pub folder: String,
    /// Whose it is, as far as the name of the folder tells: a number, or the whole name. No two have the same.
    pub id: String,
    /// The student's name, if the folder tells it.
    pub name: Option<String>,
}

/// The submissions in `folder`, by name: each sub-folder, as Moodle, Canvas, `git clone` and `gh classroom clone` leave them, and
/// each zip file. `assignment` is its name, which `gh` puts before each student's.
///
/// # Errors
/// The folder cannot be read, or there is nothing in it.
pub fn all(folder: &Path, assignment: &str) -> Result<Vec<Submission>> {
    let entries = fs::read_dir(folder)
        .with_context(|| format!("cannot read the submissions in {}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let mut known = BTreeSet::new();
    let submissions: Vec<Submission> = paths
        .into_iter()
        .filter_map(|path| one(path, assignment))
        .map(|it| with_own_id(it, &mut known))
        .collect();
    if submissions.is_empty() {
        bail!(
            "there is no submission in {}: each is a sub-folder, or a zip file",
            folder.display()
        );
    }
    Ok(submissions)
}

fn one(path: PathBuf, assignment: &str) -> Option<Submission> {
    // A link could lead anywhere, and nobody's system makes one here.
    let kind = path.symlink_metadata().ok()?.file_type();
    let is_zip = kind.is_file()
        && path
            .extension()
            .is_some_and(|it| it.eq_ignore_ascii_case("zip"));
    let folder = match is_zip {
        true => path.file_stem()?,
        false => path.file_name()?,
    };
    let folder = folder.to_string_lossy().into_owned();
    if folder.starts_with('.') || !(is_zip || kind.is_dir()) {
        return None;
    }
    let (id, name) = whose(&folder, assignment);
    Some(Submission {
        path,
        folder,
        id,
        name,
    })
}

/// What the name of a folder tells. `Ada Lovelace_123_assignsubmission_file_` is Moodle's, `lovelaceada_LATE_123_45_main` Canvas's:
/// the first number is the student's. Any other name is the student's as a whole.
fn whose(folder: &str, assignment: &str) -> (String, Option<String>) {
    let parts: Vec<&str> = folder.split('_').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
    if let Some(at) = parts.iter().position(is_number)
        && at > 0
    {
        let name: Vec<&str> = parts[..at]
            .iter()
            .copied()
            .filter(|it| *it != LATE)
            .collect();
        return (parts[at].to_owned(), Some(name.join(" ")));
    }
    let own = folder
        .strip_prefix(assignment)
        .and_then(|rest| rest.strip_prefix('-'));
    (own.unwrap_or(folder).to_owned(), None)
}

/// A second of the same student is told apart by its folder, and if that is called the same as a file, by a number.
fn with_own_id(mut submission: Submission, known: &mut BTreeSet<String>) -> Submission {
    let (id, folder) = (submission.id.clone(), submission.folder.clone());
    let numbered = (2..).map(|number| format!("{number}-{folder}"));
    let mut ids = [id, folder.clone()].into_iter().chain(numbered);
    if let Some(own) = ids.find(|id| known.insert(file_name(id))) {
        submission.id = own;
    }
    submission
}

/// Characters of a file's name that are kept: with an ending it must not be too long for any file system.
const LENGTH: usize = 60;

/// `id` as the name of a file: what could mean something in a path is a hyphen.
pub fn file_name(id: &str) -> String {
    let safe = |c: char| {
        if c.is_alphanumeric() || "-_.@+".contains(c) {
            c
        } else {
            '-'
        }
    };
    let name: String = id.chars().map(safe).take(LENGTH).collect();
    match name.trim_start_matches('.') {
        "" => "unnamed".into(),
        name => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_tell_whose_they_are() {
        let cases = [
            (
                "Ada Lovelace_123_assignsubmission_file_",
                "123",
                Some("Ada Lovelace"),
            ),
            ("lovelaceada_4711_88_main", "4711", Some("lovelaceada")),
            ("lovelaceada_LATE_4711_88_main", "4711", Some("lovelaceada")),
            ("quota-echo-ada", "ada", None),
            ("ada", "ada", None),
            ("u_ada", "u_ada", None),
            ("20240017", "20240017", None),
        ];
        for (folder, id, name) in cases {
            let (found, whose) = whose(folder, "quota-echo");
            assert_eq!((found.as_str(), whose.as_deref()), (id, name), "{folder}");
        }
    }

    #[test]
    fn each_sub_folder_and_each_zip_is_a_submission() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "ada_1_assignsubmission_file_",
            "ada_1_assignsubmission_onlinetext_",
            ".git",
        ] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        fs::write(folder.path().join("bob_2_file.zip"), "").unwrap();
        fs::write(folder.path().join("grades.csv"), "").unwrap();
        let ids: Vec<String> = all(folder.path(), "a")
            .unwrap()
            .into_iter()
            .map(|it| it.id)
            .collect();
        assert_eq!(ids, ["1", "ada_1_assignsubmission_onlinetext_", "2"]);
    }

    #[test]
    fn no_two_have_the_same_file() {
        let mut known = BTreeSet::new();
        let mut file = |folder: &str| {
            let one = Submission {
                path: PathBuf::new(),
                folder: folder.into(),
                id: folder.into(),
                name: None,
            };
            file_name(&with_own_id(one, &mut known).id)
        };
        let long = "x".repeat(200);
        let files = [
            file("a:b"),
            file("a b"),
            file(&long),
            file(&(long.clone() + "y")),
        ];
        let different: BTreeSet<&String> = files.iter().collect();
        assert_eq!(different.len(), 4, "{files:?}");
    }

    #[test]
    fn an_id_is_a_file_name_that_leads_nowhere() {
        assert_eq!(file_name("../../etc/passwd"), "-..-etc-passwd");
        assert_eq!(file_name("ada@example.org"), "ada@example.org");
        assert_eq!(file_name(".."), "unnamed");
    }
}
