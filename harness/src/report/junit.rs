//! A JUnit document: a suite per lesson, a case per script, for whatever shows test results.
//!
//! The elements are those of the schema that Jenkins' xunit plugin publishes (junit-10.xsd).

use super::{Entry, Tally, Wording, by_lesson, plain, time_of};
use crate::verdict::Outcome;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use std::io;

/// The document, ended by a line feed.
///
/// # Errors
/// None in practice: it is written to memory.
pub fn document(entries: &[Entry], wording: &Wording) -> io::Result<String> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    inside(&mut xml, counted("testsuites", "verify", entries), |xml| {
        for entries in by_lesson(entries) {
            suite(xml, entries, wording)?;
        }
        Ok(())
    })?;
    let mut text = String::from_utf8(xml.into_inner()).map_err(io::Error::other)?;
    text.push('\n');
    Ok(text)
}

type Xml = Writer<Vec<u8>>;

fn suite(xml: &mut Xml, entries: &[Entry], wording: &Wording) -> io::Result<()> {
    let Some(first) = entries.first() else {
        return Ok(());
    };
    let name = first.lesson.full_name();
    let repeated = entries.iter().any(|entry| entry.run > 1);
    inside(xml, counted("testsuite", &name, entries), |xml| {
        for entry in entries {
            case(xml, entry, repeated, wording)?;
        }
        Ok(())
    })
}

fn case(xml: &mut Xml, entry: &Entry, repeated: bool, wording: &Wording) -> io::Result<()> {
    let name = if repeated {
        format!("{} (run {})", entry.script.name, entry.run)
    } else {
        entry.script.name.clone()
    };
    let mut start = BytesStart::new("testcase");
    start.push_attribute(("name", &*legal(&name)));
    start.push_attribute(("classname", &*entry.lesson.full_name()));
    start.push_attribute(("time", &*seconds(std::slice::from_ref(entry))));
    let (element, message) = match &entry.verdict.outcome {
        Outcome::Passed => return xml.write_event(Event::Empty(start)),
        Outcome::Failed(finding) => ("failure", &finding.message),
        Outcome::Skipped(reason) => ("skipped", reason),
        Outcome::Undecided(finding) => ("error", &finding.message),
    };
    let mut why = BytesStart::new(element);
    why.push_attribute(("message", &*legal(message)));
    inside(xml, start, |xml| match plain::entry(entry, wording) {
        Some(report) => inside(xml, why, |xml| {
            xml.write_event(Event::Text(BytesText::new(&legal(&report))))
        }),
        None => xml.write_event(Event::Empty(why)),
    })
}

/// An element's start with its name and what its entries count.
fn counted(element: &'static str, name: &str, entries: &[Entry]) -> BytesStart<'static> {
    let tally = Tally::of(entries);
    let mut start = BytesStart::new(element);
    start.push_attribute(("name", name));
    start.push_attribute(("tests", &*entries.len().to_string()));
    start.push_attribute(("failures", &*tally.failed.to_string()));
    start.push_attribute(("errors", &*tally.undecided.to_string()));
    start.push_attribute(("skipped", &*tally.skipped.to_string()));
    start.push_attribute(("time", &*seconds(entries)));
    start
}

/// Writes an element and, between its tags, what `content` writes.
fn inside(
    xml: &mut Xml,
    start: BytesStart,
    content: impl FnOnce(&mut Xml) -> io::Result<()>,
) -> io::Result<()> {
    let end = BytesEnd::new(String::from_utf8_lossy(start.name().as_ref()).into_owned());
    xml.write_event(Event::Start(start))?;
    content(xml)?;
    xml.write_event(Event::End(end))
}

fn seconds(entries: &[Entry]) -> String {
    format!("{:.6}", time_of(entries).as_secs_f64())
}

/// `text` with U+FFFD for each character that XML 1.0 has no way to write, not even escaped (its section 2.2, "Char").
fn legal(text: &str) -> String {
    let is_legal = |char| matches!(char, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars()
        .map(|char| if is_legal(char) { char } else { '\u{fffd}' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples::{self, wording};
    use super::*;
    use quick_xml::{Reader, XmlVersion};

    /// Every element with its attributes, and every text, read back.
    fn read_back(document: &str) -> Vec<String> {
        let mut reader = Reader::from_str(document);
        let mut seen = Vec::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) | Event::Empty(start) => {
                    let mut element = String::from_utf8(start.name().as_ref().to_vec()).unwrap();
                    for attribute in start.attributes() {
                        let attribute = attribute.unwrap();
                        let value = attribute.normalized_value(XmlVersion::Explicit1_0).unwrap();
                        let key = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
                        element.push_str(&format!(" {key}={value}"));
                    }
                    seen.push(element);
                }
                Event::Text(text) => seen.push(text.decode().unwrap().into_owned()),
                Event::Eof => return seen,
                _ => {}
            }
        }
    }

    #[test]
    fn every_outcome_has_its_element() {
        let slow = samples::slow_reader();
        let entries = [
            slow.passed(1),
            slow.failed(2),
            slow.skipped(3),
            slow.undecided(4),
        ];
        let document = document(&entries, &wording()).unwrap();
        let seen = read_back(&document);
        let counts = "tests=4 failures=1 errors=1 skipped=1 time=1.400000";
        for element in [
            format!("testsuites name=verify {counts}"),
            format!("testsuite name=05-select-read-write {counts}"),
            "testcase name=slow-reader (run 1) classname=05-select-read-write time=0.350000".into(),
            r#"failure message=bob did not receive "hi\n": the server is asleep in send"#.into(),
            "skipped message=the limit is 64".into(),
            r#"error message=bob did not receive "hi\n": the server is asleep in send"#.into(),
        ] {
            assert!(seen.contains(&element), "no {element} in {document}");
        }
    }

    #[test]
    fn what_xml_forbids_does_not_break_the_document() {
        let mut slow = samples::slow_reader();
        slow.finding.message = "printed \u{0}\u{1b}[31m ]]> <&\"' \u{ffff}".into();
        slow.finding.facts[0].text = "stdout ]]> \u{7} </failure> \u{b}".into();
        let document = document(&[slow.failed(1)], &wording()).unwrap();
        let seen = read_back(&document);
        let message = "failure message=printed \u{fffd}\u{fffd}[31m ]]> <&\"' \u{fffd}";
        assert!(seen.iter().any(|element| element == message), "{seen:?}");
        assert!(!document.contains("]]>"), "{document}");
    }
}
