//! Concepts: what lessons introduce and assume, and where the glossary explains it.

use crate::book::TheBook;
use crate::trouble::Trouble;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The page that explains all concepts, next to the others.
pub(crate) const GLOSSARY: &str = "glossary.md";

/// That nothing is assumed before it was introduced, and that the glossary explains what the chapters so far speak of.
pub(crate) fn check(book: &TheBook, troubles: &mut Vec<Trouble>) {
    let explained: BTreeSet<&str> = book
        .pages
        .iter()
        .filter(|page| page.path.ends_with(GLOSSARY))
        .flat_map(|page| page.said.terms.iter().map(String::as_str))
        .collect();
    let mut known: BTreeSet<&str> = book
        .settings
        .known_before
        .iter()
        .map(String::as_str)
        .collect();
    for (index, lesson) in book.lessons.iter().enumerate() {
        let path = lesson.folder.join("lesson.toml");
        let text = fs::read_to_string(book.root.join(&path)).unwrap_or_default();
        let mut complain = |concept: &str, message: String, help: &str| {
            let written = format!("\"{concept}\"");
            let at = text.find(&written).unwrap_or(0);
            let span = at..(at + written.len()).min(text.len());
            troubles.push(Trouble::new(Path::new(&path), &text, span, message, help));
        };
        for concept in &lesson.about.assumes {
            if !known.contains(concept.as_str()) {
                let message =
                    format!("\"{concept}\" is assumed, and no earlier lesson has introduced it");
                complain(
                    concept,
                    message,
                    "use the words of the lesson that introduces it; what readers bring along is in book.toml",
                );
            }
        }
        for concept in &lesson.about.introduces {
            if !known.insert(concept) {
                let message = format!("\"{concept}\" has been introduced before");
                complain(concept, message, "assume it");
            }
        }
        if !book.has_chapter(index) {
            continue;
        }
        let said = lesson.about.assumes.iter().chain(&lesson.about.introduces);
        for concept in said.filter(|concept| !explained.contains(concept.as_str())) {
            let message = format!("the glossary does not explain \"{concept}\"");
            complain(concept, message, "add it to book/src/glossary.md");
        }
    }
}
