//! A Rust source, cut into the pieces that chapters quote: every line belongs to exactly one.

use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use syn::spanned::Spanned;
use syn::{ImplItem, Item, Type};

/// A source and its pieces.
pub(crate) struct Source {
    /// Relative to the workspace's root.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    pub(crate) pieces: Vec<Piece>,
    /// By name, the lines between `// ANCHOR: name` and `// ANCHOR_END: name`.
    pub(crate) anchors: BTreeMap<String, Range<usize>>,
}

/// Lines that are quoted together: an item, or a member of an `impl`, with the comments before it.
pub(crate) struct Piece {
    /// What it can be called: `serve`; a method `send` or `Client::send`; all methods of a block together `impl Client`.
    pub(crate) names: Vec<String>,
    /// Its lines, counted from 0.
    pub(crate) lines: Range<usize>,
}

impl Source {
    /// Reads the file `path`, relative to `root`.
    ///
    /// # Errors
    /// It cannot be read, is no Rust, or an anchor has no end.
    pub(crate) fn read(root: &Path, path: &Path) -> Result<Source> {
        let text = fs::read_to_string(root.join(path))
            .with_context(|| format!("cannot read {}", path.display()))?;
        let pieces = pieces(&text).with_context(|| format!("in {}", path.display()))?;
        let anchors = anchors(&text).with_context(|| format!("in {}", path.display()))?;
        Ok(Source {
            path: path.to_owned(),
            text,
            pieces,
            anchors,
        })
    }

    /// The pieces of this name, as indices: what is within an anchor, or an item, or several `use`. None if nothing is
    /// called that, or several different things are.
    pub(crate) fn called(&self, name: &str) -> Vec<usize> {
        let indices = 0..self.pieces.len();
        if let Some(anchor) = self.anchors.get(name) {
            // The last member of a block ends with the block, and that may be after the anchor.
            let within = |index: &usize| {
                let lines = &self.pieces[*index].lines;
                lines.start < anchor.end && anchor.start < lines.end
            };
            return indices.filter(within).collect();
        }
        let has_name = |index: &usize| self.pieces[*index].names.iter().any(|it| it == name);
        let found: Vec<usize> = indices.filter(has_name).collect();
        let together = name == IMPORTS || name.starts_with("impl ");
        match found.len() > 1 && !together {
            true => Vec::new(),
            false => found,
        }
    }

    /// The shortest name that means this piece and nothing else.
    pub(crate) fn name_of(&self, index: usize) -> &str {
        let names = &self.pieces[index].names;
        let own = names.iter().find(|name| self.called(name) == [index]);
        own.or(names.first()).map_or("", String::as_str)
    }

    /// The text of these pieces, in the order of the file, without anchors and without an indentation that all lines have.
    pub(crate) fn text_of(&self, indices: &[usize]) -> String {
        let lines: Vec<&str> = self.text.lines().collect();
        let mut sorted = indices.to_vec();
        sorted.sort_unstable();
        let blocks: Vec<String> = sorted
            .chunk_by(|a, b| a + 1 == *b)
            .map(|run| {
                let of = |index: &usize| lines[self.pieces[*index].lines.clone()].iter();
                let kept = run.iter().flat_map(of).filter(|line| !is_anchor(line));
                let kept: Vec<&str> = kept.copied().collect();
                without_margin(&kept)
            })
            .collect();
        blocks.join("\n\n")
    }

    /// The first line of a piece that is not empty, counted from 1.
    pub(crate) fn first_line(&self, index: usize) -> usize {
        let lines = self.pieces[index].lines.clone();
        let all = self.text.lines().enumerate();
        let mut own = all.skip(lines.start).take(lines.len());
        own.find(|(_, line)| !line.trim().is_empty() && !is_anchor(line))
            .map_or(lines.start, |(number, _)| number)
            + 1
    }

    /// How many lines of a piece have something on them.
    pub(crate) fn line_count(&self, index: usize) -> usize {
        let lines = self.pieces[index].lines.clone();
        let own = self.text.lines().skip(lines.start).take(lines.len());
        own.filter(|line| !line.trim().is_empty() && !is_anchor(line))
            .count()
    }
}

/// The name of the comment that a file begins with, and of its `use` lines.
const HEAD: &str = "head";
const IMPORTS: &str = "imports";

/// The text without lines that mark an anchor.
pub(crate) fn without_anchors(text: &str) -> String {
    text.split_inclusive('\n')
        .filter(|line| !is_anchor(line))
        .collect()
}

fn is_anchor(line: &str) -> bool {
    let comment = line.trim_start();
    comment.starts_with("// ANCHOR: ") || comment.starts_with("// ANCHOR_END: ")
}

fn without_margin(lines: &[&str]) -> String {
    let filled = lines.iter().filter(|line| !line.trim().is_empty());
    let margin = filled
        .map(|line| line.len() - line.trim_start().len())
        .min();
    let cut = |line: &&str| line.get(margin.unwrap_or(0)..).unwrap_or("").to_owned();
    let text = lines.iter().map(cut).collect::<Vec<_>>().join("\n");
    text.trim_matches('\n').to_owned()
}

fn anchors(text: &str) -> Result<BTreeMap<String, Range<usize>>> {
    let mut open = BTreeMap::new();
    let mut closed = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        if let Some(name) = line.trim_start().strip_prefix("// ANCHOR: ") {
            open.insert(name.trim().to_owned(), number);
        } else if let Some(name) = line.trim_start().strip_prefix("// ANCHOR_END: ") {
            let Some(start) = open.remove(name.trim()) else {
                bail!("line {}: the anchor {name} has not begun", number + 1);
            };
            closed.insert(name.trim().to_owned(), start..number);
        }
    }
    match open.first_key_value() {
        None => Ok(closed),
        Some((name, start)) => bail!("line {}: the anchor {name} has no end", start + 1),
    }
}

fn pieces(text: &str) -> Result<Vec<Piece>> {
    let file = syn::parse_file(text)?;
    let mut cut = Cut::default();
    if let Some(last) = file.attrs.last() {
        cut.until(last, vec![HEAD.to_owned()]);
    }
    for item in &file.items {
        match item {
            Item::Impl(block) => cut_impl(&mut cut, block),
            Item::Use(_) => cut.until(item, vec![IMPORTS.to_owned()]),
            _ => cut.until(item, vec![name(item)]),
        }
    }
    if let Some(last) = cut.pieces.last_mut() {
        last.lines.end = text.lines().count();
    }
    Ok(cut.pieces)
}

/// Cuts a file from its beginning to its end.
#[derive(Default)]
struct Cut {
    pieces: Vec<Piece>,
}

impl Cut {
    /// What is left of the lines up to the end of `node` is a piece.
    fn until(&mut self, node: &impl Spanned, names: Vec<String>) {
        let start = self.pieces.last().map_or(0, |piece| piece.lines.end);
        let end = node.span().end().line;
        match self.pieces.last_mut() {
            // Lines that follow each other under one name are one piece; so is what shares a line with what was before.
            Some(last) if end <= last.lines.end => {}
            Some(last) if last.names == names => last.lines.end = end,
            _ => self.pieces.push(Piece {
                names,
                lines: start..end,
            }),
        }
    }
}

/// Each member of the block is a piece; its first and last lines belong to its first and last members.
fn cut_impl(cut: &mut Cut, block: &syn::ItemImpl) {
    let of = match &*block.self_ty {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        _ => None,
    };
    let of = of.unwrap_or_default();
    let whole = match &block.trait_ {
        None => format!("impl {of}"),
        Some((_, path, _)) => {
            let name = path.segments.last().map(|last| last.ident.to_string());
            format!("impl {} for {of}", name.unwrap_or_default())
        }
    };
    for member in &block.items {
        let member_name = match member {
            ImplItem::Fn(it) => it.sig.ident.to_string(),
            ImplItem::Const(it) => it.ident.to_string(),
            ImplItem::Type(it) => it.ident.to_string(),
            _ => String::new(),
        };
        let names = [
            member_name.clone(),
            format!("{of}::{member_name}"),
            whole.clone(),
        ];
        cut.until(member, names.to_vec());
    }
    match cut.pieces.last_mut() {
        Some(last) if !block.items.is_empty() => last.lines.end = block.span().end().line,
        _ => cut.until(block, vec![whole]),
    }
}

fn name(item: &Item) -> String {
    let ident = match item {
        Item::Const(it) => &it.ident,
        Item::Enum(it) => &it.ident,
        Item::ExternCrate(it) => &it.ident,
        Item::Fn(it) => &it.sig.ident,
        Item::Mod(it) => &it.ident,
        Item::Static(it) => &it.ident,
        Item::Struct(it) => &it.ident,
        Item::Trait(it) => &it.ident,
        Item::TraitAlias(it) => &it.ident,
        Item::Type(it) => &it.ident,
        Item::Union(it) => &it.ident,
        Item::Macro(it) => {
            return it
                .ident
                .as_ref()
                .map_or_else(String::new, ToString::to_string);
        }
        _ => return String::new(),
    };
    ident.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "//! A program.

use std::io;
use std::env;

const SIZE: usize = 1;

// ANCHOR: both
/// Counts.
struct Counter(u32);

impl Counter {
    /// One more.
    fn add(&mut self) {
        self.0 += 1;
    }

    // ANCHOR: last
    fn get(&self) -> u32 {
        self.0
    }
    // ANCHOR_END: last
}
// ANCHOR_END: both

fn main() {}
";

    fn source() -> Source {
        Source {
            path: PathBuf::from("main.rs"),
            text: TEXT.to_owned(),
            pieces: pieces(TEXT).unwrap(),
            anchors: anchors(TEXT).unwrap(),
        }
    }

    #[test]
    fn every_line_belongs_to_one_piece() {
        let source = source();
        let mut next = 0;
        for piece in &source.pieces {
            assert_eq!(piece.lines.start, next, "{:?}", piece.names);
            next = piece.lines.end;
        }
        assert_eq!(next, TEXT.lines().count());
    }

    #[test]
    fn pieces_are_found_by_the_names_of_items_and_anchors() {
        let source = source();
        let quoted = |name| source.text_of(&source.called(name));
        assert_eq!(quoted("head"), "//! A program.");
        assert_eq!(quoted("imports"), "use std::io;\nuse std::env;");
        assert_eq!(quoted("SIZE"), "const SIZE: usize = 1;");
        assert!(quoted("add").starts_with("impl Counter {\n    /// One more."));
        assert!(quoted("Counter::get").ends_with("    }\n}"));
        assert!(quoted("both").starts_with("/// Counts.\nstruct Counter"));
        assert!(quoted("both").ends_with("    }\n}"));
        assert!(quoted("last").starts_with("    fn get"));
        assert_eq!(quoted("main"), "fn main() {}");
        assert_eq!(quoted("nobody"), "");
    }

    #[test]
    fn an_anchor_without_an_end_is_an_error() {
        assert!(anchors("// ANCHOR: a\nfn a() {}\n").is_err());
        assert!(anchors("// ANCHOR_END: a\n").is_err());
    }
}
