//! What differs from run to run, and is not compared.

/// The text with the numbers of ports, seconds and broken amounts of bytes replaced by words.
pub(crate) fn without_chance(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(line).collect();
    lines.join("\n")
}

fn line(line: &str) -> String {
    let mut pieces = line.split("127.0.0.1:");
    let mut normal = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        normal.push_str("127.0.0.1:PORT");
        normal.push_str(piece.trim_start_matches(|char: char| char.is_ascii_digit()));
    }
    let words = normal.trim_end().split(' ').map(|word| match word {
        _ if is_fraction(word) => "N.N",
        word => word,
    });
    // Columns move with the width of what is in them.
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// Whether it is a number with a point: seconds, or MiB of what somebody has unread. Whole numbers are counted on purpose.
fn is_fraction(word: &str) -> bool {
    word.contains('.') && word.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ports_times_and_broken_amounts_are_left_to_chance() {
        assert_eq!(
            without_chance(
                "on 127.0.0.1:38415 (ada), 2.6 MiB\n0 of 1 script   0.01 s\nnc 127.0.0.1 8002"
            ),
            "on 127.0.0.1:PORT (ada), N.N MiB\n0 of 1 script N.N s\nnc 127.0.0.1 8002"
        );
    }
}
