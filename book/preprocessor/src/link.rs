//! Links: each leads somewhere.

use crate::book::{PAGES, TheBook};
use crate::page::{Link, Page};
use crate::trouble::Trouble;
use std::path::{Component, Path, PathBuf};

/// How many links there are.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Links {
    /// To pages, places in them and files of the repository; all were followed.
    pub(crate) internal: usize,
    /// To other places, which nobody follows here.
    pub(crate) external: usize,
}

/// Follows the links of a page.
pub(crate) fn check(book: &TheBook, page: &Page, links: &mut Links, troubles: &mut Vec<Trouble>) {
    for link in &page.said.links {
        if link.to.contains("://") || link.to.starts_with("mailto:") {
            links.external += 1;
            continue;
        }
        links.internal += 1;
        if let Err(message) = follow(book, page, link) {
            let span = link.span.clone();
            troubles.push(Trouble::new(&page.path, &page.text, span, message, ""));
        }
    }
    for (tag, span) in &page.said.html {
        if tag.contains("<a ") || tag.contains("<img ") {
            let message = "a link in HTML is not followed";
            let help = "write it in Markdown: [words](page.md)";
            troubles.push(Trouble::new(
                &page.path,
                &page.text,
                span.clone(),
                message,
                help,
            ));
        }
    }
}

fn follow(book: &TheBook, page: &Page, link: &Link) -> Result<(), String> {
    let (file, id) = match link.to.split_once('#') {
        Some((file, id)) => (file, Some(id)),
        None => (link.to.as_str(), None),
    };
    let folder = page.path.parent().unwrap_or(Path::new(PAGES));
    let path = match file {
        "" => page.path.clone(),
        file => plain(&folder.join(file)),
    };
    let target = book.pages.iter().find(|it| it.path == path);
    let Some(target) = target else {
        return match book.root.join(&path).exists() {
            _ if path.starts_with(PAGES) && path.extension().is_some_and(|it| it == "md") => {
                Err(format!("{} is not a page of the book", path.display()))
            }
            true => Ok(()),
            false => Err(format!("there is no {}", path.display())),
        };
    };
    match id {
        Some(id) if !target.said.ids.contains(id) => {
            let ids: Vec<&str> = target.said.ids.iter().map(String::as_str).collect();
            Err(format!(
                "{} has no #{id}; it has {}",
                path.display(),
                ids.join(", ")
            ))
        }
        _ => Ok(()),
    }
}

/// The path without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}
