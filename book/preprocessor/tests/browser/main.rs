//! The book in a real browser, opened from the file system as readers do. Without a Chromium it is skipped, in words.

mod chromium;
mod player;
mod the_book;

use anyhow::{Result, ensure};
use chromium::Chromium;
use libtest_mimic::{Arguments, Trial};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use the_book::{TheBook, View, WIDE, complaints};

/// Pixels of a narrow telephone.
const NARROW: u32 = 375;

/// Opens what is folded.
const UNFOLD: &str = "document.querySelectorAll('details').forEach((it) => (it.open = true))";

type Check = fn(&TheBook, &mut Chromium) -> Result<()>;

const CHECKS: [(&str, Check); 10] = [
    ("pages_open_without_errors_or_requests", opens),
    ("nothing_is_wider_than_a_telephone", fits),
    ("texts_have_enough_contrast_in_both_themes", contrasts),
    ("search_finds_words_of_chapters", finds),
    ("the_player_steps_by_buttons", player::buttons),
    ("the_player_steps_by_keys", player::keys),
    ("the_player_plays", player::plays),
    ("the_player_marks_the_line_of_each_call", player::lines),
    ("queues_are_as_the_kernel_said", player::queues),
    ("the_story_is_there_as_text_too", player::text),
];

fn main() -> ExitCode {
    let program = chromium::find();
    if program.is_none() {
        println!("skipped: there is no Chromium to open the book in (`apt-get install chromium`)");
    }
    let book = Arc::new(OnceLock::new());
    let trials = CHECKS.map(|(name, check)| trial(name, check, program.clone(), Arc::clone(&book)));
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit_code()
}

/// The first that is run builds the book.
fn trial(
    name: &str,
    check: Check,
    program: Option<PathBuf>,
    book: Arc<OnceLock<Result<TheBook, String>>>,
) -> Trial {
    let is_skipped = program.is_none();
    let run = move || {
        let book = book.get_or_init(|| TheBook::build().map_err(|error| format!("{error:#}")));
        let book = book.as_ref()?;
        let mut browser = Chromium::start(&program.unwrap_or_default()).map_err(told)?;
        Ok(check(book, &mut browser).map_err(told)?)
    };
    Trial::test(name, run).with_ignored_flag(is_skipped)
}

fn told(error: anyhow::Error) -> String {
    format!("{error:#}")
}

fn opens(book: &TheBook, browser: &mut Chromium) -> Result<()> {
    for page in book.pages()? {
        browser.open(&page, WIDE)?;
        let wrong = complaints(&browser.events());
        ensure!(wrong.is_empty(), "{}: {wrong:#?}", page.display());
    }
    Ok(())
}

fn fits(book: &TheBook, browser: &mut Chromium) -> Result<()> {
    let view = View {
        width: NARROW,
        ..WIDE
    };
    for page in book.pages()? {
        browser.open(&page, view)?;
        browser
            .evaluate("document.querySelectorAll('details').forEach((it) => (it.open = true))")?;
        let wide = browser.evaluate(include_str!("too_wide.js"))?;
        ensure!(wide == json!([]), "{}: {wide:#}", page.display());
    }
    Ok(())
}

fn contrasts(book: &TheBook, browser: &mut Chromium) -> Result<()> {
    let mut low = Vec::new();
    for (scheme, theme) in [("light", "light"), ("dark", "navy")] {
        for page in book.pages()? {
            browser.open(&page, View { scheme, ..WIDE })?;
            browser.evaluate(UNFOLD)?;
            let has_theme = format!("document.documentElement.classList.contains('{theme}')");
            ensure!(browser.evaluate(&has_theme)? == true, "{theme} is not used");
            let found = browser.evaluate(include_str!("contrast.js"))?;
            let page = page.display();
            ensure!(found["seen"].as_u64() > Some(10), "{page}: {found}");
            let texts = found["low"].as_array().into_iter().flatten();
            low.extend(texts.map(|text| format!("{theme}: {page}: {text}")));
        }
    }
    ensure!(low.is_empty(), "{low:#?}");
    Ok(())
}

/// The word of the chapter about it; and one that is there before that chapter is written.
fn finds(book: &TheBook, browser: &mut Chromium) -> Result<()> {
    let has_epoll = book.page("11-epoll-edge-triggered.html").is_file();
    let (word, chapter) = match has_epoll {
        true => ("EPOLLET", "11-epoll-edge-triggered.html"),
        false => ("FD_SETSIZE", "03-select-one-port.html"),
    };
    browser.open(&book.page("index.html"), WIDE)?;
    let found = browser.evaluate(&format!(
        "new Promise((resolve) => {{
            const results = document.querySelector('#mdbook-searchresults');
            const links = () => [...results.querySelectorAll('a')].map((it) => it.getAttribute('href'));
            new MutationObserver(() => links().length && resolve(links())).observe(results, {{ childList: true, subtree: true }});
            document.querySelector('#mdbook-search-toggle').click();
            const bar = document.querySelector('#mdbook-searchbar');
            bar.value = '{word}';
            bar.dispatchEvent(new Event('input', {{ bubbles: true }}));
            bar.dispatchEvent(new KeyboardEvent('keyup', {{ bubbles: true }}));
        }})"
    ))?;
    let found: Vec<String> = serde_json::from_value(found)?;
    ensure!(
        found.iter().any(|link| link.contains(chapter)),
        "{word}: {found:?}"
    );
    Ok(())
}
