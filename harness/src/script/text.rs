//! Text of a script, with places for what only the run knows.

/// Text in a script: bytes, and places that are filled in when the step is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(pub Vec<Part>);

/// A piece of a [`Text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Exactly these bytes.
    Bytes(Vec<u8>),
    /// `{ada}`: the address of that client, as the server sees it.
    Address(String),
    /// `{n}`: the number of the member of a group, counted from 1.
    Number,
}
