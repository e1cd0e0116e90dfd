//! The player, in every chapter that has one.

use crate::chromium::Chromium;
use crate::the_book::{TheBook, View, WIDE, complaints};
use anyhow::{Result, ensure};
use harness::trace::recording;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Where the player is, counted from 1; and of how many moments.
fn place(browser: &mut Chromium) -> Result<(u64, u64)> {
    let words = browser.evaluate("document.querySelector('kernel-player .count').textContent")?;
    let words = words.as_str().unwrap_or_default().trim().split(" of ");
    let numbers: Vec<u64> = words.filter_map(|word| word.parse().ok()).collect();
    ensure!(numbers.len() == 2, "it does not say where it is");
    Ok((numbers[0], numbers[1]))
}

fn click(browser: &mut Chromium, class: &str) -> Result<()> {
    let button = format!("document.querySelector('kernel-player button.{class}')");
    browser.evaluate(&format!("{button}.click()"))?;
    Ok(())
}

fn play_button(browser: &mut Chromium) -> Result<Value> {
    browser.evaluate("document.querySelector('kernel-player button.play').textContent")
}

pub(crate) fn buttons(book: &TheBook, browser: &mut Chromium) -> Result<()> {
    for page in book.pages_with_player()? {
        browser.open(&page, WIDE)?;
        let (start, of) = place(browser)?;
        for (class, expected) in [
            ("next", start + 1),
            ("back", start),
            ("next-step", start + 1), // it stands at the end of a step
            ("back-step", 1),
            ("back", 1), // there is nothing before the first
        ] {
            click(browser, class)?;
            let (at, _) = place(browser)?;
            ensure!(at == expected, "{class}: {at}, not {expected}");
        }
        click(browser, "play")?;
        ensure!(play_button(browser)? == "Pause");
        click(browser, "play")?;
        ensure!(play_button(browser)? == "Play");
        browser.evaluate(&format!(
            "{{ const range = document.querySelector('kernel-player input'); range.value = {}; range.dispatchEvent(new Event('input')); }}",
            of - 1
        ))?;
        ensure!(
            place(browser)? == (of, of),
            "the slider does not lead to the end"
        );
    }
    Ok(())
}

/// It goes on by itself, stops when it is told to, and stops at the end.
pub(crate) fn plays(book: &TheBook, browser: &mut Chromium) -> Result<()> {
    let pages = book.pages_with_player()?;
    browser.open(&pages[0], WIDE)?;
    let (start, of) = place(browser)?;
    click(browser, "play")?;
    await_change(browser)?;
    click(browser, "play")?;
    ensure!(place(browser)? == (start + 1, of));
    let timer = "document.querySelector('kernel-player').timer === undefined";
    ensure!(browser.evaluate(timer)? == true, "it goes on");
    browser.evaluate(&format!(
        "document.querySelector('kernel-player').go({})",
        of - 2
    ))?;
    click(browser, "play")?;
    await_change(browser)?;
    ensure!(place(browser)? == (of, of));
    ensure!(
        play_button(browser)? == "Play",
        "it does not stop at the end"
    );
    Ok(())
}

/// Waits until the player shows another moment.
fn await_change(browser: &mut Chromium) -> Result<()> {
    browser.evaluate(
        "new Promise((done) => new MutationObserver(() => done(true))
            .observe(document.querySelector('kernel-player .status'), { childList: true }))",
    )?;
    Ok(())
}

/// With the slider in focus, and with the player itself, which gets it by a click.
pub(crate) fn keys(book: &TheBook, browser: &mut Chromium) -> Result<()> {
    for page in book.pages_with_player()? {
        for focus in ["input", ".stage"] {
            browser.open(&page, WIDE)?;
            browser.evaluate(&format!(
                "document.querySelector('kernel-player {focus}').focus()"
            ))?;
            press_all(browser)?;
            let address = browser.evaluate("location.pathname")?;
            ensure!(
                address == page.display().to_string(),
                "{focus}: it has left for {address}"
            );
        }
    }
    Ok(())
}

fn press_all(browser: &mut Chromium) -> Result<()> {
    let (start, of) = place(browser)?;
    for (key, expected) in [
        ("ArrowRight", start + 1),
        ("ArrowLeft", start),
        ("PageDown", start + 1),
        ("Home", 1),
        ("ArrowLeft", 1),
        ("End", of),
        ("ArrowRight", of), // and mdBook does not turn the page
    ] {
        browser.press(key)?;
        let (at, _) = place(browser)?;
        ensure!(at == expected, "{key}: {at}, not {expected}");
    }
    browser.press("Home")?;
    for expected in ["Pause", "Play"] {
        browser.press(" ")?;
        let found = play_button(browser)?;
        ensure!(found == expected, "space: {found}, not {expected}");
    }
    Ok(())
}

/// At each moment: the line that the recording names is the one that is marked, and what is told is what happens.
pub(crate) fn lines(book: &TheBook, browser: &mut Chromium) -> Result<()> {
    for page in book.pages_with_player()? {
        browser.open(&page, WIDE)?;
        let wrong = browser.evaluate(
            "[...document.querySelectorAll('kernel-player')].flatMap((player) => {
                const { recording, words } = JSON.parse(player.querySelector('script').textContent);
                const wrong = [];
                let code, at = 0;
                player.go(0);
                const expect = (what) => {
                    const marked = player.querySelector('.line.current .words')?.textContent;
                    if (code && marked !== code.text) wrong.push([at, marked, code.text]);
                    const told = player.querySelector('.status').textContent;
                    if (!told.includes(what)) wrong.push([at, told, what]);
                    player.go(++at);
                };
                recording.scenes.forEach((scene, s) => {
                    expect(scene.text);
                    scene.events.forEach((event, e) => {
                        code = event.call?.code;
                        expect(words[s][e].join(' '));
                    });
                });
                if (at !== player.story.moments.length) wrong.push([at, 'moments are missing']);
                return wrong;
            })",
        )?;
        ensure!(wrong == json!([]), "{}: {wrong:#}", page.display());
        let wrong = complaints(&browser.events());
        ensure!(wrong.is_empty(), "{}: {wrong:#?}", page.display());
    }
    Ok(())
}

/// Of all recordings, not only of those that a chapter shows: what the player concludes is what the kernel said.
pub(crate) fn queues(book: &TheBook, browser: &mut Chromium) -> Result<()> {
    let pages = book.pages_with_player()?;
    browser.open(&pages[0], WIDE)?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let files = recording::files(&root)?;
    ensure!(files.len() > 10, "there are only {files:?}");
    let mut wrong = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file)?;
        let concluded = include_str!("concluded.js").replace("RECORDING", &text);
        let found = browser.evaluate(&concluded)?;
        let file = file.file_name().unwrap_or_default().to_string_lossy();
        ensure!(found["moments"].as_u64() > Some(10), "{file}: {found}");
        let all = found["wrong"].as_array().into_iter().flatten();
        wrong.extend(all.map(|it| format!("{file}: {it}")));
    }
    ensure!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}

/// On paper and without JavaScript the text is seen; else it is folded.
pub(crate) fn text(book: &TheBook, browser: &mut Chromium) -> Result<()> {
    let seen = |browser: &mut Chromium, part: &str| {
        browser.evaluate(&format!(
            "document.querySelector('kernel-player {part}').checkVisibility()"
        ))
    };
    let paper = View {
        media: "print",
        ..WIDE
    };
    for page in book.pages_with_player()? {
        for (view, is_paper) in [(WIDE, false), (paper, true)] {
            browser.open(&page, view)?;
            ensure!(seen(browser, ".stage")? == !is_paper, "stage: {view:?}");
            ensure!(seen(browser, ".as-text pre")? == is_paper, "text: {view:?}");
        }
    }
    let off = |is_off: bool| json!({"value": is_off});
    browser.ask("Emulation.setScriptExecutionDisabled", off(true))?;
    for page in book.pages_with_player()? {
        browser.open(&page, WIDE)?;
        // No script can be asked now; the tree that screen readers get can.
        let tree = browser.ask("Accessibility.getFullAXTree", json!({}))?;
        let names = tree["nodes"].as_array().into_iter().flatten();
        let mut names = names.filter_map(|node| node["name"]["value"].as_str());
        // A script of a client begins with its peers; what every program begins with is a socket.
        let is_there = names.any(|name| name.contains("socket() = socket"));
        ensure!(is_there, "{}: no text", page.display());
    }
    Ok(())
}
