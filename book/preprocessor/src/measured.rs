//! `{{#measured table cost}}`: what a benchmark has measured, as a table or a plot. The figures are those of the recorded
//! results, so nobody types one.

use crate::book::TheBook;
use crate::directive::Directive;
use crate::page::Page;
use crate::trouble::Trouble;
use bench_results::plot::Plot;
use bench_results::table::Table;
use bench_results::{RECORDED, Results, plot, ratio, table};

const HELP: &str = "there are `machine`, `table cost`, `table speed`, `table idle`, `table ratios`, `plot idle` and `plot busy 64`";

/// What the directive asks for.
pub(crate) fn shown(book: &TheBook, page: &Page, directive: &Directive) -> Result<String, Trouble> {
    let trouble = |message: String, help: String| {
        let span = directive.span.clone();
        Trouble::new(&page.path, &page.text, span, message, help)
    };
    let results = Results::read(&book.root.join(RECORDED)).map_err(|error| {
        let help = format!("`cargo xtask bench --record` makes it: {error:#}");
        trouble(format!("cannot read {RECORDED}"), help)
    })?;
    put(&results, &directive.argument).ok_or_else(|| {
        let message = format!(
            "nothing was measured that is called \"{}\"",
            directive.argument
        );
        trouble(message, HELP.to_owned())
    })
}

/// What `asked` names; `None` if that is nothing, or was not measured.
fn put(results: &Results, asked: &str) -> Option<String> {
    let table = |table: Table| Some(table.markdown());
    let plot = |plot: Plot| {
        // As wide as there is room for, but never so narrow that its words cannot be read.
        format!("<div class=\"measured\">\n{}</div>\n", plot.inline())
    };
    match asked.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["machine"] => Some(machine(results)),
        ["table", "cost"] => table(table::cost(results)),
        ["table", "speed"] => table(table::speed(results)),
        ["table", "idle"] => table(table::idle(results)),
        ["table", "ratios"] => table(ratio::table(results, None)),
        ["plot", "idle"] => plot::idle(results).map(plot),
        ["plot", "busy", busy] => plot::busy(results, busy.parse().ok()?).map(plot),
        _ => None,
    }
}

/// What they were measured on.
fn machine(results: &Results) -> String {
    let machine = &results.machine;
    format!(
        "> **Measured on:** {}, {}, {}; {}. Commit `{}`, {}. Each figure is the median of {} rounds.\n",
        machine.cpu,
        machine.processors(),
        machine.kernel,
        machine.pinned,
        results.commit,
        results.rustc,
        results.cells.first().map_or(0, |cell| cell.cpu.len()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn what_was_measured_is_shown_and_nothing_else() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
        let results = Results::read(&root.unwrap().join(RECORDED)).unwrap();
        let shown = |asked| put(&results, asked);
        assert!(shown("machine").unwrap().contains(&results.machine.kernel));
        assert!(
            shown("table cost")
                .unwrap()
                .contains("| 10 | epoll, level-triggered |")
        );
        // A blank line would end the element, and what follows would be taken for Markdown.
        let plot = shown("plot idle").unwrap();
        assert!(
            plot.contains("</svg>") && !plot.trim_end().contains("\n\n"),
            "{plot}"
        );
        for nothing in [
            "",
            "plot",
            "plot busy",
            "plot busy 65",
            "plot busy x",
            "table costs",
        ] {
            assert_eq!(shown(nothing), None, "{nothing}");
        }
    }
}
