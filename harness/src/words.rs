//! Numbers and prose as messages have them.

/// A number of bytes: `3 bytes`, `4.1 MiB`.
pub fn amount(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    if bytes == 1 {
        return "1 byte".into();
    }
    // Small numbers stay exact: 1026 is not 1.0 KiB to someone who counts buffers of 1024.
    let unit = UNITS
        .iter()
        .find(|(size, _)| bytes >= *size && (bytes.is_multiple_of(*size) || bytes >= 10 * 1024));
    match unit {
        None => format!("{bytes} bytes"),
        Some((size, unit)) if bytes.is_multiple_of(*size) => format!("{} {unit}", bytes / size),
        Some((size, unit)) => format!("{:.1} {unit}", bytes as f64 / *size as f64),
    }
}

/// A number of things: `1 socket`, `3 sockets`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {many}"),
    }
}

/// Prose in lines of at most `width` characters, but for words that are longer.
pub fn wrapped(prose: &str, width: usize) -> String {
    let mut lines = String::new();
    let mut length = 0;
    for word in prose.split_whitespace() {
        let more = word.chars().count();
        if length > 0 && length + 1 + more > width {
            lines.push('\n');
            length = 0;
        } else if length > 0 {
            lines.push(' ');
            length += 1;
        }
        lines.push_str(word);
        length += more;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_broken_between_words() {
        let prose = "word ".repeat(30);
        let lines: Vec<_> = wrapped(&prose, 100).lines().map(str::to_owned).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].len(), 99);
        assert_eq!(wrapped(&"x".repeat(120), 100).lines().count(), 1);
    }

    #[test]
    fn small_amounts_are_exact_and_large_ones_round() {
        let said: Vec<String> = [0, 1, 3, 1024, 1026, 16 << 20, 4_300_000, 20_000]
            .map(amount)
            .into();
        let wanted = [
            "0 bytes",
            "1 byte",
            "3 bytes",
            "1 KiB",
            "1026 bytes",
            "16 MiB",
            "4.1 MiB",
            "19.5 KiB",
        ];
        assert_eq!(said, wanted);
    }
}
