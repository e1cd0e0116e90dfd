//! A page of the book as it is written, and what its Markdown says.

use mdbook_markdown::pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A page.
pub(crate) struct Page {
    /// Its file, relative to the workspace's root.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    /// Index of the lesson whose chapter it is.
    pub(crate) lesson: Option<usize>,
    pub(crate) said: Said,
}

/// What was found in a page's Markdown, in order.
#[derive(Default)]
pub(crate) struct Said {
    /// The first heading's words.
    pub(crate) title: String,
    /// What a link can lead to: headings and terms that are defined.
    pub(crate) ids: BTreeSet<String>,
    /// Terms that are defined (`Term`, and on the next line `: what it is`), as they are written.
    pub(crate) terms: Vec<String>,
    pub(crate) links: Vec<Link>,
    pub(crate) blocks: Vec<Block>,
    /// The insides of `code` in running text.
    pub(crate) code: Vec<(String, Range<usize>)>,
    /// Tags and comments of HTML.
    pub(crate) html: Vec<(String, Range<usize>)>,
}

/// A link or a picture.
pub(crate) struct Link {
    pub(crate) to: String,
    pub(crate) span: Range<usize>,
}

/// A block of code.
pub(crate) struct Block {
    /// What stands behind the fence; `None` for a block that is only indented.
    pub(crate) tag: Option<String>,
    pub(crate) text: String,
    /// From the first fence to the last.
    pub(crate) span: Range<usize>,
}

impl Block {
    /// The first word of its tag.
    pub(crate) fn language(&self) -> &str {
        let tag = self.tag.as_deref().unwrap_or("");
        tag.split_whitespace().next().unwrap_or("")
    }

    /// What follows the language.
    pub(crate) fn argument(&self) -> &str {
        let tag = self.tag.as_deref().unwrap_or("").trim();
        tag.strip_prefix(self.language()).unwrap_or("").trim()
    }
}

impl Page {
    pub(crate) fn new(path: &Path, text: &str, lesson: Option<usize>) -> Page {
        Page {
            path: path.to_owned(),
            text: text.to_owned(),
            lesson,
            said: said(text),
        }
    }
}

/// What is being read whose words are needed.
#[derive(Default)]
struct Open {
    /// The words of a heading or a term so far.
    words: Option<String>,
    block: Option<Block>,
}

fn said(text: &str) -> Said {
    let mut said = Said::default();
    let mut open = Open::default();
    // As book.toml has it: a term with an apostrophe is written with the same one in lesson.toml.
    let mut options = MarkdownOptions::default();
    options.smart_punctuation = false;
    for (event, span) in new_cmark_parser(text, &options).into_offset_iter() {
        match event {
            Event::Start(tag) => begin(tag, span, &mut open, &mut said),
            Event::End(tag) => end(tag, &mut open, &mut said),
            Event::Text(words) => {
                if let Some(block) = &mut open.block {
                    block.text += &words;
                } else if let Some(all) = &mut open.words {
                    *all += &words;
                }
            }
            Event::Code(words) => {
                if let Some(all) = &mut open.words {
                    *all += &words;
                }
                said.code.push((words.into_string(), span));
            }
            Event::Html(tag) | Event::InlineHtml(tag) => said.html.push((tag.into_string(), span)),
            _ => {}
        }
    }
    said
}

fn begin(tag: Tag, span: Range<usize>, open: &mut Open, said: &mut Said) {
    match tag {
        Tag::Heading { .. } | Tag::DefinitionListTitle => open.words = Some(String::new()),
        Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => said.links.push(Link {
            to: dest_url.into_string(),
            span,
        }),
        Tag::CodeBlock(kind) => {
            let tag = match kind {
                CodeBlockKind::Fenced(tag) => Some(tag.into_string()),
                CodeBlockKind::Indented => None,
            };
            open.block = Some(Block {
                tag,
                text: String::new(),
                span,
            });
        }
        _ => {}
    }
}

fn end(tag: TagEnd, open: &mut Open, said: &mut Said) {
    match tag {
        TagEnd::Heading(_) | TagEnd::DefinitionListTitle => {
            let words = open.words.take().unwrap_or_default();
            let mut id = id(&words);
            let plain = id.clone();
            let mut number = 0;
            while !said.ids.insert(id.clone()) {
                number += 1;
                id = format!("{plain}-{number}");
            }
            if tag == TagEnd::DefinitionListTitle {
                said.terms.push(words);
            } else if said.title.is_empty() {
                said.title = words;
            }
        }
        TagEnd::CodeBlock => said.blocks.extend(open.block.take()),
        _ => {}
    }
}

/// The id that mdBook gives a heading or a term of these words.
///
/// Source: mdBook 0.5, `id_from_content` of mdbook-html.
pub(crate) fn id(words: &str) -> String {
    let kept = |char: char| match char {
        _ if char.is_alphanumeric() || char == '_' || char == '-' => Some(char),
        _ if char.is_whitespace() => Some('-'),
        _ => None,
    };
    words
        .trim()
        .to_lowercase()
        .chars()
        .filter_map(kept)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# A `title`, twice

[here](#a-title-twice) and <b>there</b>, `cargo xtask list`

## Twice
## Twice

```console x=1
$ true
```

term
: What it means.
";

    #[test]
    fn an_apostrophe_stays_as_it_is() {
        let said = said("a buffer of one's own\n: None but one's.\n");
        assert_eq!(said.terms, ["a buffer of one's own"]);
    }

    #[test]
    fn a_page_says_what_its_markdown_says() {
        let said = said(TEXT);
        assert_eq!(said.title, "A title, twice");
        let ids: Vec<&str> = said.ids.iter().map(String::as_str).collect();
        assert_eq!(ids, ["a-title-twice", "term", "twice", "twice-1"]);
        assert_eq!(said.terms, ["term"]);
        assert_eq!(said.links[0].to, "#a-title-twice");
        assert_eq!(said.code.last().unwrap().0, "cargo xtask list");
        assert_eq!(said.html.len(), 2);
        let block = &said.blocks[0];
        assert_eq!((block.language(), block.argument()), ("console", "x=1"));
        assert_eq!(block.text, "$ true\n");
        assert!(TEXT[block.span.clone()].starts_with("```console"));
    }
}
