//! A picture in SVG. Text stays text; colours are those of whatever page it stands in.

use std::fmt::{Display, Write};

/// A picture that grows.
pub(crate) struct Svg {
    width: f64,
    height: f64,
    /// Names it, and its title and description, in its page.
    id: String,
    title: String,
    description: String,
    body: String,
}

/// Where a text begins: at its place, ends there, or has its middle there.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    pub(crate) fn new(id: &str, size: (f64, f64), title: &str, description: String) -> Svg {
        Svg {
            width: size.0,
            height: size.1,
            id: id.to_owned(),
            title: title.to_owned(),
            description,
            body: String::new(),
        }
    }

    pub(crate) fn text(&mut self, at: (f64, f64), anchor: Anchor, class: &str, text: impl Display) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let (x, y) = at;
        let text = escaped(&text.to_string());
        self.put(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" class=\"{class}\">{text}</text>"
        ));
    }

    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.put(format_args!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" class=\"{class}\"/>"
        ));
    }

    pub(crate) fn rectangle(&mut self, at: (f64, f64), size: (f64, f64), class: &str) {
        let ((x, y), (width, height)) = (at, size);
        self.put(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" class=\"{class}\"/>"
        ));
    }

    /// A line through `points`; `dash` is the pattern of its strokes and gaps, empty for none.
    pub(crate) fn polyline(&mut self, points: &[(f64, f64)], dash: &str, class: &str) {
        let points: Vec<String> = points
            .iter()
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        let points = points.join(" ");
        self.put(format_args!(
            "<polyline points=\"{points}\" stroke-dasharray=\"{dash}\" class=\"{class}\"/>"
        ));
    }

    /// A closed shape around `at`, of points relative to it.
    pub(crate) fn shape(&mut self, at: (f64, f64), points: &[(f64, f64)], class: &str) {
        let points = points
            .iter()
            .map(|(x, y)| format!("{:.1},{:.1}", at.0 + x, at.1 + y));
        let points: Vec<String> = points.collect();
        let points = points.join(" ");
        self.put(format_args!(
            "<polygon points=\"{points}\" class=\"{class}\"/>"
        ));
    }

    fn put(&mut self, element: impl Display) {
        let _ = writeln!(self.body, "{element}");
    }

    /// The picture as an element of a page, whose style sheet knows the classes.
    pub(crate) fn inline(&self) -> String {
        self.written("")
    }

    /// The picture as a file, which brings its style along.
    pub(crate) fn standalone(&self) -> String {
        self.written(&format!("<style>{STYLE}</style>\n"))
    }

    fn written(&self, style: &str) -> String {
        let Svg {
            width,
            height,
            id,
            body,
            ..
        } = self;
        let (title, description) = (escaped(&self.title), escaped(&self.description));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
             aria-labelledby=\"{id}-title {id}-description\" class=\"plot\">\n\
             <title id=\"{id}-title\">{title}</title>\n<desc id=\"{id}-description\">{description}</desc>\n\
             {style}{body}</svg>\n"
        )
    }
}

/// What the book's theme says in book.css, for a file alone.
const STYLE: &str = "
svg { color: #222; background: #fff; font-family: sans-serif; --select: #a8440a; --poll: #2058a8; --epoll: #14702e; }
@media (prefers-color-scheme: dark) {
  svg { color: #ddd; background: #1b1b1f; --select: #ffa46b; --poll: #8fbcff; --epoll: #7fd694; }
}
text { fill: currentColor; font-size: 14px; }
text.title { font-size: 17px; font-weight: bold; }
line.grid { stroke: currentColor; stroke-opacity: 0.2; }
line.axis { stroke: currentColor; }
polyline { fill: none; stroke: currentColor; stroke-width: 2; }
polygon { fill: currentColor; }
rect.lesson { fill: currentColor; }
rect.peer { fill: none; stroke: currentColor; stroke-width: 1.5; }
.select { color: var(--select); } .poll { color: var(--poll); } .epoll { color: var(--epoll); }
";

/// Text in which nothing begins or ends an element.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_says_what_it_is_to_who_does_not_see_it() {
        let mut svg = Svg::new("p", (10.0, 20.0), "A & B", "a < b".into());
        svg.text((1.0, 2.0), Anchor::Middle, "title", "A & B");
        let text = svg.inline();
        assert!(
            text.contains("aria-labelledby=\"p-title p-description\""),
            "{text}"
        );
        assert!(
            text.contains("<desc id=\"p-description\">a &lt; b</desc>"),
            "{text}"
        );
        assert!(text.contains(">A &amp; B</text>"), "{text}");
        assert!(!text.contains("<style>"), "{text}");
        assert!(svg.standalone().contains("<style>"));
    }
}
