//! Grades classes that are made for it, with submissions that are right, wrong and hostile.
//!
//! A dozen in the normal tests. Sixty, each known-bad server of a lesson among them, when asked for:
//! `cargo test -p class --test grade -- --ignored --nocapture`

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

mod hostile;
mod made;
mod seen;

use made::{Class, DOZEN, SIXTY};
use std::time::Instant;

#[test]
fn a_dozen_are_graded_whatever_they_try() {
    grade(&Class::make(&DOZEN));
}

#[test]
#[ignore = "takes minutes"]
fn sixty_are_graded_whatever_they_try() {
    grade(&Class::make(&SIXTY));
}

fn grade(class: &Class) {
    let before = class.fingerprint();
    let began = Instant::now();
    let graded = class.grade();
    println!(
        "{}\n{:.1} s in all",
        graded.table,
        began.elapsed().as_secs_f64()
    );
    graded.print_cost();

    graded.tells_its_gaps();
    graded.has_the_expected_marks(class);
    graded.tells_students_no_more_than_titles_of_what_is_hidden();
    graded.keeps_to_its_schemas();
    assert_eq!(class.fingerprint(), before, "a submission was changed");
    if graded.has_landlock() {
        assert_eq!(class.written_outside(), [""; 0], "somebody wrote outside");
    }
    assert_eq!(class.left_behind(), [""; 0], "somebody is left");
}
