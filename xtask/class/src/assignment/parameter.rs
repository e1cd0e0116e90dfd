//! Parameters: numbers and words that an assignment leaves open, the same for all or chosen for each student.

use super::about::About;
use super::fill::is_name;
use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;
use toml::Value;

/// The name under which the student's id is put into texts. No parameter is called so.
pub const STUDENT: &str = "student";

/// A number or a word that is put into texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parameter {
    /// `limit = 5` or `word = "hi"`: the same for all.
    Fixed(String),
    /// `limit = { from = 3, to = 9, step = 2 }`: one of these numbers, chosen for each student.
    Range {
        /// The first.
        from: i64,
        /// The last that there may be.
        to: i64,
        /// From one to the next; 1, if nothing is said.
        step: i64,
    },
    /// `word = { one_of = ["hi", "ho"] }`: one of these words, chosen for each student.
    OneOf(Vec<String>),
}

/// The keys of a parameter that is chosen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Choice {
    from: Option<i64>,
    to: Option<i64>,
    step: Option<i64>,
    one_of: Option<Vec<Value>>,
}

const FORMS: &str =
    r#"a parameter is a number, a word, { from = 3, to = 9 } or { one_of = ["hi", "ho"] }"#;

/// All that `about` has.
pub(super) fn read_all(about: &About) -> Result<std::collections::BTreeMap<String, Parameter>> {
    let read = |(name, value): (&String, &Value)| {
        let parameter = read(name, value).with_context(|| format!("parameters.{name}"))?;
        if parameter.is_chosen() && about.seed.as_ref().is_none_or(String::is_empty) {
            bail!(
                "parameters.{name} is chosen for each student, which takes a seed: seed = \"autumn\""
            );
        }
        Ok((name.clone(), parameter))
    };
    about.parameters.iter().map(read).collect()
}

fn read(name: &str, value: &Value) -> Result<Parameter> {
    if !is_name(name) || name == STUDENT {
        bail!("a name is of lower-case letters, digits and underscores, and is not `{STUDENT}`");
    }
    let choice: Choice = match value {
        Value::Table(table) => {
            let read = table.clone().try_into();
            read.map_err(|wrong: toml::de::Error| anyhow!("{}; {FORMS}", wrong.message()))?
        }
        fixed => return Ok(Parameter::Fixed(text(fixed)?)),
    };
    match (choice.from, choice.to, choice.step, choice.one_of) {
        (Some(from), Some(to), step, None) => {
            let step = step.unwrap_or(1);
            if from > to || step < 1 {
                bail!("{value}: `from` is not above `to`, and `step` is 1 or more");
            }
            Ok(Parameter::Range { from, to, step })
        }
        (None, None, None, Some(words)) if !words.is_empty() => {
            let words = words.iter().map(text).collect::<Result<_>>()?;
            Ok(Parameter::OneOf(words))
        }
        _ => bail!("{value}: {FORMS}"),
    }
}

/// A number or a word as it is put into a text. What means something between the quotes of a script is no part of it.
fn text(value: &Value) -> Result<String> {
    match value {
        Value::Integer(number) => Ok(number.to_string()),
        Value::String(word) => {
            let has_meaning =
                |c: char| c.is_control() || matches!(c, '"' | '\\' | '{' | '}' | '<' | '>');
            match word.find(has_meaning) {
                None => Ok(word.clone()),
                Some(_) => bail!(
                    "{value}: it is put into scripts between quotes, so it has no quote, backslash, bracket or line feed"
                ),
            }
        }
        _ => bail!("{value}: {FORMS}"),
    }
}

impl Parameter {
    /// Whether it is chosen for each student.
    pub fn is_chosen(&self) -> bool {
        !matches!(self, Parameter::Fixed(_))
    }

    /// What it is for `student`, if the parameter is called `name` and the assignment has `seed`.
    pub fn value(&self, name: &str, seed: &str, student: &str) -> String {
        let draw = |count: u64| drawn(&[seed, student, name]) % count;
        match self {
            Parameter::Fixed(text) => text.clone(),
            Parameter::Range { from, to, step } => {
                let count = from.abs_diff(*to) / step.unsigned_abs() + 1;
                // At most `to - from`, which was counted; so it fits.
                from.saturating_add_unsigned(draw(count) * step.unsigned_abs())
                    .to_string()
            }
            Parameter::OneOf(words) => words[draw(words.len() as u64) as usize].clone(),
        }
    }
}

/// A number that depends on `words` and on nothing else: not on the version of Rust, of a crate, or on the machine. What was handed
/// out in October must be what is graded in February.
///
/// It is FNV-1a, 64 bits, over the bytes of each word and a zero after each, and then the finishing steps of SplitMix64, since the low
/// bits of FNV-1a alone hardly differ for names that hardly do.
///
/// Source: RFC 9923 (FNV); Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014 (SplitMix64, `mix64`).
fn drawn(words: &[&str]) -> u64 {
    const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let bytes = words.iter().flat_map(|word| word.bytes().chain([0]));
    let hash = bytes.fold(OFFSET_BASIS, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    });
    let mixed = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn parameter(toml: &str) -> Result<Parameter> {
        let table: toml::Table = toml::from_str(&format!("x = {toml}"))?;
        read("x", &table["x"])
    }

    fn complaint(toml: &str) -> String {
        format!("{:#}", parameter(toml).unwrap_err())
    }

    #[test]
    fn the_same_student_has_the_same_value_for_ever() {
        let range = parameter("{ from = 3, to = 1000 }").unwrap();
        // Written down once: if one of these changes, what was handed out is not what is graded.
        let values = ["ada", "bob", "eve"].map(|id| range.value("limit", "autumn", id));
        assert_eq!(values, ["920", "417", "128"]);
    }

    #[test]
    fn students_with_almost_the_same_name_have_values_that_are_spread_evenly() {
        let range = parameter("{ from = 0, to = 9 }").unwrap();
        let mut seen = BTreeMap::new();
        for number in 0..1000 {
            let value = range.value("limit", "autumn", &format!("s{number:04}"));
            *seen.entry(value).or_insert(0) += 1;
        }
        // 100 each are expected; five times the standard deviation is 47.
        assert_eq!(seen.len(), 10, "{seen:?}");
        assert!(
            seen.values().all(|count| (53..=147).contains(count)),
            "{seen:?}"
        );
    }

    #[test]
    fn another_seed_or_another_name_makes_another_choice() {
        let range = parameter("{ from = 0, to = 1000000 }").unwrap();
        let value = range.value("limit", "autumn", "ada");
        assert_ne!(range.value("limit", "spring", "ada"), value);
        assert_ne!(range.value("length", "autumn", "ada"), value);
        // Where one word ends and the next begins counts.
        assert_ne!(drawn(&["ab", "c"]), drawn(&["a", "bc"]));
    }

    #[test]
    fn a_range_has_its_ends_and_keeps_its_step() {
        let range = parameter("{ from = -4, to = 5, step = 4 }").unwrap();
        let values: std::collections::BTreeSet<String> = (0..100)
            .map(|id| range.value("x", "seed", &id.to_string()))
            .collect();
        assert_eq!(Vec::from_iter(values), ["-4", "0", "4"]);
    }

    #[test]
    fn one_of_some_words_is_chosen() {
        let words = parameter(r#"{ one_of = ["hi", 7] }"#).unwrap();
        let values: std::collections::BTreeSet<String> = (0..100)
            .map(|id| words.value("x", "seed", &id.to_string()))
            .collect();
        assert_eq!(Vec::from_iter(values), ["7", "hi"]);
        assert_eq!(parameter("5").unwrap(), Parameter::Fixed("5".into()));
    }

    #[test]
    fn what_is_no_parameter_is_told_with_what_would_be() {
        assert!(complaint("{ from = 9, to = 3 }").contains("`from` is not above `to`"));
        assert!(complaint("{ one_of = [] }").contains(FORMS));
        assert!(complaint("{ form = 1 }").contains("unknown field `form`"));
        assert!(complaint("1.5").contains(FORMS));
        assert!(complaint(r#""a\"b""#).contains("no quote"));
    }
}
