//! What is wrong with a script, before it is known which file it stands in; and what was probably meant.

use std::ops::Range;

/// A [`ScriptError`](super::ScriptError) without the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) span: Range<usize>,
    pub(super) message: String,
    pub(super) help: String,
}

/// What reading a piece of a script comes to.
pub(super) type Parsed<T> = Result<T, Fault>;

impl Fault {
    /// Control characters of the script are not shown as they are: a message must not write to the terminal.
    pub(super) fn new(
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Fault {
        Fault {
            span,
            message: message.into().replace(char::is_control, "\u{fffd}"),
            help: help.into().replace(char::is_control, "\u{fffd}"),
        }
    }
}

/// `did you mean "receives"? ` if one of `known` is close to `word`, otherwise nothing: the beginning of a help.
pub(super) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known)
        .map(|known| format!("did you mean \"{known}\"? "))
        .unwrap_or_default()
}

/// The one of `known` that begins with `word`, or is spelled most like it: at most a third of its letters differ.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let known: Vec<&str> = known.into_iter().collect();
    let cut_short = |known: &&&str| word.len() > 3 && known.starts_with(word);
    if let Some(whole) = known.iter().find(cut_short) {
        return Some(whole);
    }
    let word: Vec<char> = word.chars().collect();
    let allowed = (word.len() / 3).max(1);
    known
        .into_iter()
        .filter(|known| known.chars().count().abs_diff(word.len()) <= allowed)
        .map(|known| (distance(&word, &known.chars().collect::<Vec<_>>()), known))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// How many letters must be inserted, deleted, replaced or swapped with their neighbour to make `a` into `b`.
fn distance(a: &[char], b: &[char]) -> usize {
    // cost[i][j]: from the first i letters of a to the first j of b.
    let mut cost = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            cost[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = cost[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                (cost[i - 1][j] + 1)
                    .min(cost[i][j - 1] + 1)
                    .min(replaced)
                    .min(if swapped {
                        cost[i - 2][j - 2] + 1
                    } else {
                        replaced
                    })
            };
        }
    }
    cost[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_keyboard_finds_the_word() {
        let known = ["sends", "receives", "sees"];
        for (word, meant) in [
            ("recieves", Some("receives")),
            ("sedns", Some("sends")),
            ("see", Some("sees")),
            ("receive", Some("receives")),
            ("", None),
            ("shouts", None),
            ("rece", Some("receives")),
        ] {
            assert_eq!(nearest(word, known), meant, "{word}");
        }
    }
}
