//! Text of a script, with places for what only the run knows.

use std::fmt::Write;

/// The name in `{later}`. No client is called so.
pub const LATER: &str = "later";

/// Text in a script: bytes, and places that are filled in when the step is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(pub Vec<Part>);

/// A piece of a [`Text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Exactly these bytes.
    Bytes(Vec<u8>),
    /// `{ada}`: the address of that client, as the server sees it. `{crowd}`, in what is received: the text is meant once for
    /// each member of the group, but for the one who receives it. `{later}`, in what a group receives: once for each member that
    /// connected after that one.
    Address(String),
    /// `{n}`: the number of the member of a group, counted from 1; of the one that the text names, if it names one.
    Number,
}

impl Part {
    /// Its bytes, if it is none that the run fills in.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Part::Bytes(bytes) => Some(bytes),
            Part::Address(_) | Part::Number => None,
        }
    }
}

impl Text {
    /// The text with its places filled in: `{n}` by `number`, `{ada}` by what `address_of` gives for `ada`.
    ///
    /// A place for which there is nothing stays as it is written, `{ada}` or `{n}`: a report can then still show
    /// the text before the client has an address. A parsed script has no step that could be played with such a
    /// place: each name in it has connected before, and `{n}` belongs to a group.
    pub fn render(
        &self,
        number: Option<u32>,
        address_of: impl Fn(&str) -> Option<String>,
    ) -> Vec<u8> {
        let mut rendered = Vec::new();
        for part in &self.0 {
            match part {
                Part::Bytes(bytes) => rendered.extend_from_slice(bytes),
                Part::Address(name) => {
                    let address = address_of(name).unwrap_or_else(|| format!("{{{name}}}"));
                    rendered.extend_from_slice(address.as_bytes());
                }
                Part::Number => {
                    let number = number.map_or("{n}".to_owned(), |number| number.to_string());
                    rendered.extend_from_slice(number.as_bytes());
                }
            }
        }
        rendered
    }

    /// The names in it, each as often as it occurs.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Address(name) => Some(name.as_str()),
            Part::Bytes(_) | Part::Number => None,
        })
    }
}

/// Bytes as a script writes them between quotes, so that what a report shows can be pasted into one: `hi\n`.
///
/// Text that can be seen stays as it is, also outside ASCII; of everything else each byte becomes `\xNN`.
pub fn escaped(bytes: &[u8]) -> String {
    let mut shown = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' => shown.push_str("\\n"),
                '\r' => shown.push_str("\\r"),
                '\t' => shown.push_str("\\t"),
                '\0' => shown.push_str("\\0"),
                '"' => shown.push_str("\\\""),
                '\\' => shown.push_str("\\\\"),
                '{' => shown.push_str("{{"),
                '}' => shown.push_str("}}"),
                // Rust's own idea of what can be seen: no control character, none that joins its neighbour.
                c if c == '\'' || c.escape_debug().len() == 1 => shown.push(c),
                c => push_hex(&mut shown, c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        push_hex(&mut shown, chunk.invalid());
    }
    shown
}

fn push_hex(shown: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing into a String cannot fail.
        let _ = write!(shown, "\\x{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_in_or_stay_as_they_are_written() {
        let text = Text(vec![
            Part::Bytes(b"closed ".to_vec()),
            Part::Address("ada".into()),
            Part::Bytes(b" #".to_vec()),
            Part::Number,
        ]);
        let address_of = |name: &str| (name == "ada").then(|| "127.0.0.1:50112".to_owned());
        let filled = text.render(Some(7), address_of);
        assert_eq!(filled, b"closed 127.0.0.1:50112 #7");
        assert_eq!(text.render(None, |_| None), b"closed {ada} #{n}");
    }

    #[test]
    fn bytes_are_shown_as_a_script_writes_them() {
        for (bytes, shown) in [
            (&b"hi\n"[..], r"hi\n"),
            (b"say \"it's\"\\\0", r#"say \"it's\"\\\0"#),
            (b"{ada}", "{{ada}}"),
            (b"\x07\xff", r"\x07\xff"),
            ("é€".as_bytes(), "é€"),
            ("\u{202e}".as_bytes(), r"\xe2\x80\xae"),
        ] {
            assert_eq!(escaped(bytes), shown);
        }
    }
}
