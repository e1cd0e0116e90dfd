//! Directives: lines of a page in whose place something is put, such as `{{#code serve}}`.

use crate::page::Page;
use crate::trouble::Trouble;
use std::ops::Range;

/// A directive as it is written.
pub(crate) struct Directive {
    /// `code`
    pub(crate) name: String,
    /// What follows the name.
    pub(crate) argument: String,
    pub(crate) span: Range<usize>,
}

const HELP: &str = "there are {{#lesson …}}, {{#code …}}, {{#diff …}}, {{#exercise}}, {{#tasks}}, {{#hunts}}, {{#script …}}, {{#file …}}, {{#recording …}} and {{#measured …}}, each on a line of its own";

/// The directives of a page, and what only looks like one.
pub(crate) fn find(page: &Page, troubles: &mut Vec<Trouble>) -> Vec<Directive> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in page.text.split_inclusive('\n') {
        let span = start..start + line.trim_end().len();
        start += line.len();
        let blocks = page.said.blocks.iter().map(|block| &block.span);
        let spans = page.said.code.iter().map(|(_, span)| span);
        let quoted = |at: usize| {
            blocks
                .clone()
                .chain(spans.clone())
                .any(|it| it.contains(&at))
        };
        let mut places = line.match_indices("{{#").map(|(at, _)| at);
        let Some(at) = places.find(|at| !quoted(span.start + at)) else {
            continue;
        };
        let inside = line.trim_end().strip_prefix("{{#");
        match inside.and_then(|rest| rest.strip_suffix("}}")) {
            Some(inside) if !inside.contains("}}") => {
                let (name, argument) = inside.split_once(' ').unwrap_or((inside, ""));
                found.push(Directive {
                    name: name.to_owned(),
                    argument: argument.trim().to_owned(),
                    span,
                });
            }
            _ => {
                let span = span.start + at..span.end;
                let message = "this is not a directive";
                troubles.push(Trouble::new(&page.path, &page.text, span, message, HELP));
            }
        }
    }
    found
}

/// That there is no such directive.
pub(crate) fn unknown(page: &Page, directive: &Directive) -> Trouble {
    let message = format!("there is no directive \"{}\"", directive.name);
    Trouble::new(
        &page.path,
        &page.text,
        directive.span.clone(),
        message,
        HELP,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn directives_stand_on_lines_of_their_own() {
        let text = "# T\n\n{{#code a, b}}\n\nIn `{{#code c}}` or {{#code d}}.\n\n```text\n{{#code e}}\n```\n";
        let page = Page::new(Path::new("p.md"), text, None);
        let mut troubles = Vec::new();
        let found = find(&page, &mut troubles);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].name.as_str(), found[0].argument.as_str()),
            ("code", "a, b")
        );
        assert_eq!(&text[found[0].span.clone()], "{{#code a, b}}");
        let places: Vec<&str> = troubles.iter().map(|it| &text[it.span.clone()]).collect();
        assert_eq!(places, ["{{#code d}}."]);
    }
}
