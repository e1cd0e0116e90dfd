//! Marks as a table that learning platforms and spreadsheets read: CSV (RFC 4180).

use super::results::{Graded, Person, Results};
use super::table;
use anyhow::{Context, Result};

/// The columns. A platform is told which of its own they are when the file is imported.
const HEAD: [&str; 8] = [
    "id", "name", "email", "points", "of", "percent", "final", "comment",
];

/// One line for each submission, and one without points for each student who has handed in nothing.
///
/// # Errors
/// None that happens: a text is written.
pub fn of(results: &Results) -> Result<String> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(HEAD)?;
    let line = |person: &Person, marks: [String; 4], comment: String| {
        let [points, of, percent, is_final] = marks;
        let some = |text: &Option<String>| cell(text.as_deref().unwrap_or_default());
        [
            cell(&person.id),
            some(&person.name),
            some(&person.email),
            points,
            of,
            percent,
            is_final,
            cell(&comment),
        ]
    };
    for graded in &results.submissions {
        let percent = 100.0 * graded.points / f64::from(results.points.max(1));
        let marks = [
            table::points(graded.points),
            results.points.to_string(),
            format!("{percent:.1}"),
            if graded.is_final { "yes" } else { "no" }.into(),
        ];
        table.write_record(line(&graded.person, marks, comment(graded)))?;
    }
    for person in &results.missing {
        let marks = [
            String::new(),
            results.points.to_string(),
            String::new(),
            "yes".into(),
        ];
        table.write_record(line(person, marks, "handed in nothing".into()))?;
    }
    let bytes = table.into_inner().context("a table was not finished")?;
    Ok(String::from_utf8(bytes)?)
}

/// In a few words, which platforms show to students: hidden scripts by their titles.
fn comment(graded: &Graded) -> String {
    let told = table::remark(graded, |script| match script.hidden {
        true => &script.title,
        false => &script.name,
    });
    if told.is_empty() {
        "passes everything".into()
    } else {
        told
    }
}

/// A cell that a spreadsheet takes for a text, whatever a student is called: not for a formula.
///
/// Source: <https://owasp.org/www-community/attacks/CSV_Injection>.
fn cell(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}
