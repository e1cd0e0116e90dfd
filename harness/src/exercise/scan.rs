//! Finds functions in Rust source: as much of the language as that takes, and no more.

use std::ops::Range;

/// A function with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) name: String,
    /// Where its `fn` is.
    pub(super) start: usize,
    /// From the brace that opens its body to the one that closes it, both included.
    pub(super) body: Range<usize>,
}

/// The functions in `source`, in the order in which they begin; those inside of others too.
pub(super) fn functions(source: &str) -> Vec<Function> {
    let code = code(source);
    words(&code)
        .filter(|word| &code[word.clone()] == "fn")
        .filter_map(|word| {
            let name = words(&code[word.end..]).next()?;
            let name = word.end + name.start..word.end + name.end;
            // `fn(u8) -> u8` is a type.
            if !code[word.end..name.start].trim().is_empty() {
                return None;
            }
            Some(Function {
                body: body(&code, name.end)?,
                name: code[name].to_owned(),
                start: word.start,
            })
        })
        .collect()
}

/// The innermost function around the byte at `offset`.
pub(super) fn function_at(source: &str, offset: usize) -> Option<Function> {
    let mut all = functions(source);
    all.retain(|function| function.body.contains(&offset));
    all.pop() // What begins later is further inside.
}

/// `source` with spaces for everything in which a brace or a word means nothing: comments, texts and characters. Every
/// other byte is where it was.
pub(super) fn code(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = silent(rest, code.chars().next_back());
        if length == 0 {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            let kept = |byte| if byte == b'\n' { '\n' } else { ' ' };
            code.extend(rest.bytes().take(length).map(kept));
            rest = &rest[length..];
        }
    }
    code
}

/// `source` without the comments between its lines and behind them. Those about items and files stay: `///`, `//!`.
pub(super) fn without_remarks(source: &str) -> String {
    let mut bare = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let silent = silent(rest, bare.chars().next_back());
        let mut length = silent.max(first.len_utf8());
        let token = &rest[..length];
        if token.starts_with("//") && !token.starts_with("///") && !token.starts_with("//!") {
            bare.truncate(bare.trim_end_matches(' ').len());
            // Of a line that holds nothing else, nothing is left.
            let is_alone = bare.is_empty() || bare.ends_with('\n');
            length += usize::from(is_alone && rest.len() > length);
        } else {
            bare.push_str(token);
        }
        rest = &rest[length..];
    }
    bare
}

/// How many bytes at the start of `rest` are a comment, a text or a character; `before` is what came last.
///
/// Source: The Rust Reference, "Comments" and "Tokens".
fn silent(rest: &str, before: Option<char>) -> usize {
    let until = |end: &str, from: usize| {
        let found = rest[from..].find(end);
        found.map_or(rest.len(), |at| from + at + end.len())
    };
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment(rest);
    }
    // The r of a raw text begins a word, as does that of br; `for"` would be no Rust.
    let in_a_word = before.is_some_and(|char| is_of_a_word(char) && char != 'b' && char != 'c');
    if let Some(raw) = rest.strip_prefix('r').filter(|_| !in_a_word) {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            return until(&format!("\"{}", "#".repeat(hashes)), hashes + 2);
        }
    }
    match rest.as_bytes() {
        [b'"', ..] => quoted(rest, '"'),
        [b'\'', b'\\', ..] => quoted(rest, '\''),
        [b'\'', ..] => {
            // 'a' is a character, 'a alone is a lifetime.
            let char = rest[1..].chars().next().map_or(0, char::len_utf8);
            match rest[1 + char..].starts_with('\'') {
                true => 2 + char,
                false => 0,
            }
        }
        _ => 0,
    }
}

/// The length of the text or character that `rest` begins with.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, char) in rest.char_indices().skip(1) {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if char == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The length of the comment that `rest` begins with. It may have others inside.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        let step = match &rest.as_bytes()[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                2
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                2
            }
            _ => 1,
        };
        at += step;
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn is_of_a_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// The places of the words in `code`.
fn words(code: &str) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + code[from..].find(is_of_a_word)?;
        let length = code[start..].find(|char| !is_of_a_word(char));
        from = length.map_or(code.len(), |length| start + length);
        Some(start..from)
    })
}

/// The body of the function whose name ends at `from`; none if there is only a declaration.
fn body(code: &str, from: usize) -> Option<Range<usize>> {
    let mut depth = 0;
    let mut start = None;
    for (at, byte) in code.bytes().enumerate().skip(from) {
        match (byte, start) {
            // The `;` of `[u8; 4]` is inside of brackets.
            (b'(' | b'[', None) => depth += 1,
            (b')' | b']', None) => depth -= 1,
            (b';', None) if depth == 0 => return None,
            (b'{', None) if depth == 0 => {
                start = Some(at);
                depth = 1;
            }
            (b'{', Some(_)) => depth += 1,
            (b'}', Some(start)) => {
                depth -= 1;
                if depth == 0 {
                    return Some(start..at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(source: &str) -> Vec<(String, &str)> {
        let all = functions(source).into_iter();
        all.map(|function| (function.name, &source[function.body]))
            .collect()
    }

    #[test]
    fn a_function_is_found_with_its_whole_body() {
        let source =
            "use x;\n\n/// fn not_this() {}\nfn a(x: [u8; 4]) -> B<'_> { if x { y } }\nfn b() {}\n";
        assert_eq!(
            bodies(source),
            [("a".to_owned(), "{ if x { y } }"), ("b".to_owned(), "{}")]
        );
    }

    #[test]
    fn braces_in_texts_characters_and_comments_do_not_count() {
        let body = r####"{ '{'; '\''; "}\"}"; r#"}"}"#; br"}"; b"}"; // }
            /* } /* } */ } */ 'a: loop { break 'a } }"####;
        let source = format!("fn f<'a>(x: &'a str) {body}\nfn g() {{}}");
        let found = bodies(&source);
        assert_eq!(found[0], ("f".to_owned(), body));
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn methods_and_functions_inside_of_others_are_found_too() {
        let source =
            "impl A { fn a(&self) { fn b() { c() } } }\ntrait T { fn d(&self); fn e() {} }";
        let names: Vec<String> = functions(source).into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["a", "b", "e"]);
        let inside = source.find("c()").unwrap();
        assert_eq!(function_at(source, inside).unwrap().name, "b");
        assert_eq!(function_at(source, 0), None);
    }

    #[test]
    fn a_type_is_no_function() {
        assert_eq!(
            functions("type C = fn(&mut S, T) -> R;\nstruct X { f: fn() }"),
            []
        );
    }

    #[test]
    fn remarks_are_taken_out_and_what_is_said_of_items_stays() {
        let source = "//! A file.\n\n/// An item.\nfn f() {\n    // A remark,\n    // and more.\n    g(\"http://x\"); // Behind.\n}\n// Last.";
        assert_eq!(
            without_remarks(source),
            "//! A file.\n\n/// An item.\nfn f() {\n    g(\"http://x\");\n}\n"
        );
    }

    #[test]
    fn source_that_is_being_written_is_no_panic() {
        for source in [
            "fn",
            "fn f",
            "fn f(",
            "fn f() {",
            "'",
            "\"",
            "/*",
            "r#\"",
            "'\\",
            "fn é() { 'é' }",
        ] {
            for end in (0..=source.len()).filter(|end| source.is_char_boundary(*end)) {
                assert_eq!(code(&source[..end]).len(), end);
                without_remarks(&source[..end]);
                functions(&source[..end]);
            }
        }
    }
}
