//! The list of a class: who is who.

use anyhow::{Context, Result, bail};
use std::fs::File;
use std::path::Path;

/// A class as its learning platform tells it.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    /// The students, in the order of the file.
    pub students: Vec<Student>,
}

/// One line of a roster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Student {
    /// What the platform knows them by.
    pub id: String,
    /// The name, first name first.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// Everything else that a submission may be called by.
    others: Vec<String>,
}

/// What columns are called, in small letters, by Moodle, Canvas, GitHub Classroom and people.
const ID: [&str; 7] = [
    "id",
    "identifier",
    "id number",
    "student id",
    "sis user id",
    "roster_identifier",
    "matriculation",
];
const NAME: [&str; 4] = ["name", "full name", "student", "roster_name"];
const FIRST: [&str; 3] = ["first name", "firstname", "given name"];
const LAST: [&str; 4] = ["last name", "surname", "lastname", "family name"];
const EMAIL: [&str; 4] = ["email", "e-mail", "email address", "e-mail address"];

impl Roster {
    /// Reads a CSV file whose first line names its columns: at least an id, a name or an e-mail address.
    ///
    /// # Errors
    /// It cannot be read, or has no column that is known: which ones are.
    pub fn read(path: &Path) -> Result<Roster> {
        let within = || format!("cannot read the roster {}", path.display());
        let file = File::open(path).with_context(within)?;
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(file);
        let head: Vec<String> = reader
            .headers()
            .with_context(within)?
            .iter()
            .map(column)
            .collect();
        let place = |names: &[&str]| head.iter().position(|it| names.contains(&it.as_str()));
        let (id, name, email) = (place(&ID), place(&NAME), place(&EMAIL));
        let (first, last) = (place(&FIRST), place(&LAST));
        if [id, name, email, last].iter().all(Option::is_none) {
            bail!(
                "the roster {} has the columns {}; it needs one that is called id, name or email",
                path.display(),
                head.join(", ")
            );
        }
        let mut students = Vec::new();
        for record in reader.records() {
            let record = record.with_context(within)?;
            let field = |at: Option<usize>| at.and_then(|at| record.get(at)).unwrap_or_default();
            let whole = [field(first), field(last)].join(" ").trim().to_owned();
            let name = Some(field(name)).filter(|name| !name.is_empty());
            let student = Student {
                id: field(id).to_owned(),
                name: name.map_or(whole, str::to_owned),
                email: field(email).to_owned(),
                others: record
                    .iter()
                    .map(plain)
                    .filter(|it| !it.is_empty())
                    .collect(),
            };
            students.push(student.with_some_id());
        }
        Ok(Roster { students })
    }

    /// Whose a submission is, by the place in the list: of the one student that has one of `words` in a column, the first word
    /// first. What two are called tells nothing.
    pub fn find<'w>(&self, words: impl IntoIterator<Item = &'w str>) -> Option<usize> {
        words
            .into_iter()
            .map(plain)
            .filter(|word| !word.is_empty())
            .find_map(|word| {
                let mut called = (0..)
                    .zip(&self.students)
                    .filter(|(_, it)| it.is_called(&word));
                let (place, _) = called.next()?;
                called.next().is_none().then_some(place)
            })
    }
}

impl Student {
    /// Who has no number is known by the address, or by name.
    fn with_some_id(mut self) -> Student {
        if self.id.is_empty() {
            self.id = match self.email.is_empty() {
                true => self.name.clone(),
                false => self.email.clone(),
            };
        }
        self
    }

    fn is_called(&self, word: &str) -> bool {
        // Moodle's list says "Participant 123", its folders say 123.
        let is_it =
            |other: &String| other == word || other.strip_prefix("participant") == Some(word);
        self.others.iter().any(is_it) || plain(&self.name) == word
    }
}

/// A column's name as it is looked for; Excel begins a file with a mark.
fn column(name: &str) -> String {
    name.trim_start_matches('\u{feff}').trim().to_lowercase()
}

/// A word without what is written in different ways: letters and digits, small.
fn plain(word: &str) -> String {
    word.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roster(text: &str) -> Result<Roster> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("roster.csv");
        std::fs::write(&path, text).unwrap();
        Roster::read(&path)
    }

    #[test]
    fn moodles_list_joins_moodles_folders() {
        let roster = roster(
            "\u{feff}Identifier,Full name,Email address,Grade\nParticipant 17,\"Lovelace, Ada\",ada@example.org,\nParticipant 18,Bob Stone,bob@example.org,\n",
        )
        .unwrap();
        assert_eq!(roster.find(["17", "Lovelace, Ada"]), Some(0));
        assert_eq!(roster.find(["99", "Bob Stone"]), Some(1));
        assert_eq!(roster.find(["99", ""]), None);
        assert_eq!(roster.students[0].id, "Participant 17");
    }

    #[test]
    fn a_list_of_first_and_last_names_joins_by_address_or_login() {
        let roster = roster(
            "First name,Surname,E-mail,github_username\nAda,Lovelace,ada@example.org,ada-l\n",
        )
        .unwrap();
        let [student] = &roster.students[..] else {
            panic!("{roster:?}")
        };
        assert_eq!(
            (student.name.as_str(), student.id.as_str()),
            ("Ada Lovelace", "ada@example.org")
        );
        assert_eq!(roster.find(["ada-l"]), Some(0));
    }

    #[test]
    fn a_list_of_nobody_is_refused() {
        let error = roster("colour,size\nred,3\n").unwrap_err().to_string();
        assert!(error.contains("has the columns colour, size"), "{error}");
    }
}
