//! Puts values into texts: `<<limit>>` becomes `5`, and `<<limit + 1>>` becomes `6`.
//!
//! Neither the script language nor Markdown means anything by `<<`. What does not look like a name between the brackets stays as it
//! is: `"1 << 2"`. A script that has to say `<<limit>>` to a server writes `<\x3climit>>`.

use std::collections::BTreeMap;
use std::path::Path;

/// A place that cannot be filled.
#[derive(Debug, PartialEq, Eq)]
pub struct Unfilled {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl Unfilled {
    /// The same with the file that it is in.
    pub fn within(&self, file: &Path) -> String {
        format!("{}, line {}: {}", file.display(), self.line, self.message)
    }
}

/// `text` with the values in their places.
///
/// # Errors
/// The first place that names nothing, or reckons with a word.
pub fn fill(text: &str, values: &BTreeMap<String, String>) -> Result<String, Unfilled> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, place, after)) = next_place(rest) {
        filled.push_str(before);
        let line = text[..text.len() - rest.len() + before.len()]
            .matches('\n')
            .count()
            + 1;
        let value = place.value(values);
        filled.push_str(&value.map_err(|message| Unfilled { line, message })?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// Whether `text` has a place for the parameter `name`.
pub(super) fn uses(text: &str, name: &str) -> bool {
    let mut rest = text;
    while let Some((_, place, after)) = next_place(rest) {
        if place.name == name {
            return true;
        }
        rest = after;
    }
    false
}

/// What is between `<<` and `>>`: a name, and perhaps `+ 1`, `- 1` or `* 2`.
struct Place<'t> {
    name: &'t str,
    reckoning: Option<(char, i64)>,
}

/// The text before the next place, the place, and what follows it.
fn next_place(text: &str) -> Option<(&str, Place<'_>, &str)> {
    let mut from = 0;
    while let Some(at) = text[from..].find("<<") {
        let start = from + at;
        let inside = &text[start + 2..];
        if let Some((inside, after)) = inside.split_once(">>")
            && let Some(place) = Place::read(inside)
        {
            return Some((&text[..start], place, after));
        }
        from = start + 1;
    }
    None
}

impl<'t> Place<'t> {
    fn read(inside: &'t str) -> Option<Place<'t>> {
        let Some(at) = inside.find(['+', '-', '*']) else {
            let name = inside.trim();
            let reckoning = None;
            return is_name(name).then_some(Place { name, reckoning });
        };
        let name = inside[..at].trim();
        let sign = inside[at..].chars().next()?;
        let number = inside[at + 1..].trim().parse().ok()?;
        let reckoning = Some((sign, number));
        is_name(name).then_some(Place { name, reckoning })
    }

    fn value(&self, values: &BTreeMap<String, String>) -> Result<String, String> {
        let name = self.name;
        let Some(value) = values.get(name) else {
            let known: Vec<&str> = values.keys().map(String::as_str).collect();
            return Err(format!(
                "<<{name}>> is no parameter; there are {}",
                known.join(", ")
            ));
        };
        let Some((sign, number)) = self.reckoning else {
            return Ok(value.clone());
        };
        let is_word = |_| format!("<<{name} {sign} {number}>>: {name} is \"{value}\", no number");
        let value: i64 = value.parse().map_err(is_word)?;
        let result = match sign {
            '+' => value.checked_add(number),
            '-' => value.checked_sub(number),
            _ => value.checked_mul(number),
        };
        let too_large = || format!("<<{name} {sign} {number}>>: the number is too large");
        result.map(|it| it.to_string()).ok_or_else(too_large)
    }
}

/// Whether a parameter can be called so: a lower-case word, with underscores in it.
pub(super) fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, String> {
        let values = [("limit", "5"), ("word", "hi")];
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
        fill(text, &BTreeMap::from(values)).map_err(|wrong| wrong.within(Path::new("brief.md")))
    }

    #[test]
    fn values_take_their_places() {
        let text = "<<word>>, <<limit>> or << limit+1 >>, not <<limit - 1>>; <<limit * 10>>";
        assert_eq!(filled(text).unwrap(), "hi, 5 or 6, not 4; 50");
    }

    #[test]
    fn what_looks_like_no_name_stays() {
        for text in ["1 << 2 >> 3", "{ada} <<>> {{limit}}", "cat <<EOF", "a << b"] {
            assert_eq!(filled(text).unwrap(), text);
        }
        assert_eq!(filled("<<<limit>>>").unwrap(), "<5>");
    }

    #[test]
    fn a_place_for_nothing_is_told_with_its_line() {
        assert_eq!(
            filled("a\nb <<limt>>").unwrap_err(),
            "brief.md, line 2: <<limt>> is no parameter; there are limit, word"
        );
        assert_eq!(
            filled("<<word + 1>>").unwrap_err(),
            "brief.md, line 1: <<word + 1>>: word is \"hi\", no number"
        );
    }

    #[test]
    fn it_is_known_which_parameters_a_text_uses() {
        assert!(uses("a << limit + 1 >>", "limit"));
        assert!(!uses("<<word>> limit", "limit"));
    }
}
