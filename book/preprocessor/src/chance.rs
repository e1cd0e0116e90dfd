//! What differs from run to run, and is not compared.

/// What a report says of a program that spins: how much time it was seen to use, and in which of its lines, are samples.
const SPINS: &str = " of CPU while nothing moved";

/// The text with the numbers of ports and threads, seconds and broken amounts of bytes replaced by words, and without what was
/// seen only because one looked just then.
pub(crate) fn without_chance(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut samples = false;
    for line in text.lines().map(line) {
        let is_label = line.trim_start().starts_with("= ");
        let after_spin = lines.last().is_some_and(|last| last.contains(SPINS));
        samples = after_spin && line.contains("= your code:") || samples && !is_label;
        if samples {
            continue;
        }
        lines.push(match line.split_once(SPINS) {
            Some((_, rest)) => format!("= server: used N ms{SPINS}{rest}"),
            None => line,
        });
    }
    lines.join("\n")
}

fn line(line: &str) -> String {
    let line = &with_one_loopback(line);
    let mut pieces = line.split("127.0.0.1:");
    let mut normal = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        normal.push_str("127.0.0.1:PORT");
        normal.push_str(piece.trim_start_matches(|char: char| char.is_ascii_digit()));
    }
    // Columns move with the width of what is in them.
    let words: Vec<&str> = normal.split_whitespace().collect();
    let is_amount = tells_amounts(&words);
    let followers = words.iter().skip(1).copied().chain([""]);
    let words = words.iter().zip(followers).map(|(word, next)| match *word {
        _ if is_fraction(word) => "N.N",
        _ if is_amount && is_number_of(word, next) => "N.N",
        _ if is_thread(word) => "(THREAD)",
        word => word,
    });
    words.collect::<Vec<&str>>().join(" ")
}

/// Whether it is a line of a report that tells how far clients, server and kernel have got.
fn tells_amounts(words: &[&str]) -> bool {
    let labels = ["unread:", "clients:", "server:"];
    matches!(words, ["=", label, ..] if labels.contains(label)) || words.first() == Some(&"error:")
}

/// Whether it is a number of KiB or MiB, of which some are whole by chance, or how often something happened in how long.
fn is_number_of(word: &str, next: &str) -> bool {
    let unit = next.trim_end_matches([',', ';']);
    matches!(unit, "KiB" | "MiB" | "times" | "ms") && word.parse::<u64>().is_ok()
}

/// A client who comes after somebody has left has an address of its own, 127.1.0.3: the same as the others here.
fn with_one_loopback(line: &str) -> String {
    let mut pieces = line.split("127.1.");
    let mut normal = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        normal.push_str("127.0.0.1");
        normal
            .push_str(piece.trim_start_matches(|char: char| char.is_ascii_digit() || char == '.'));
    }
    normal
}

/// Whether it is a number with a point: seconds, or MiB of what somebody has unread. Whole numbers are counted on purpose.
fn is_fraction(word: &str) -> bool {
    word.contains('.') && word.parse::<f64>().is_ok()
}

/// Whether it is the number of a thread, as a panic tells it: `thread 'main' (2951) panicked`.
fn is_thread(word: &str) -> bool {
    let inside = word
        .strip_prefix('(')
        .and_then(|word| word.strip_suffix(')'));
    inside.is_some_and(|number| number.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ports_times_and_broken_amounts_are_left_to_chance() {
        assert_eq!(
            without_chance(
                "on 127.0.0.1:38415 (ada), 2.6 MiB\n0 of 1 script   0.01 s\nnc 127.0.0.1 8002 (7)"
            ),
            "on 127.0.0.1:PORT (ada), N.N MiB\n0 of 1 script N.N s\nnc 127.0.0.1 8002 (THREAD)"
        );
    }

    #[test]
    fn an_amount_that_is_whole_by_chance_is_like_one_that_is_not() {
        let unread = |amount| {
            without_chance(&format!(
                "   = unread: 3 bytes from bob · {amount} KiB from ada"
            ))
        };
        assert_eq!(unread("113"), unread("80.4"));
        assert!(unread("113").contains("3 bytes"));
        let woken =
            |times, ms| without_chance(&format!("= server: woke up {times} times in {ms} ms"));
        assert_eq!(woken(6, 41), woken(5, 40));
        let error =
            |amount| without_chance(&format!("error: ada received only {amount} KiB of 1 MiB"));
        assert_eq!(error("437"), error("426.9"));
        let step = "14 | server owes ada at most 64 KiB";
        assert_eq!(without_chance(step), step);
    }

    #[test]
    fn samples_of_a_spin_are_left_to_chance() {
        let report = |time, code| {
            format!(
                "   = server: used {time} of CPU while nothing moved\n   = your code: {code}\n   = why: it is"
            )
        };
        let said = without_chance(&report("21 ms", "a.rs:1\n                b.rs:2"));
        assert_eq!(said, without_chance(&report("20 ms", "a.rs:1")));
        assert!(said.ends_with("\n= why: it is"), "{said}");
    }
}
