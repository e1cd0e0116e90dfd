use super::*;
use crate::report::samples;

fn lesson(variants: &[&str]) -> Lesson {
    let mut lesson = samples::lesson(8, "selectors");
    let variant = |name: &&str| Variant {
        name: (*name).into(),
        arguments: Vec::new(),
        waits_in: None,
        like: None,
    };
    lesson.about.variants = variants.iter().map(variant).collect();
    lesson
}

fn names(lesson: &Lesson, source: &str) -> Vec<String> {
    let script = parse(Path::new("hello.script"), source).unwrap();
    let played = lesson.in_variants(script).unwrap();
    played.into_iter().map(|script| script.name).collect()
}

#[test]
fn a_script_is_played_once_for_each_variant_that_it_is_for() {
    let all = "# Hello\nada connects\n";
    let one = "# Hello\nonly: poll\nada connects\n";
    let two = "# Hello\nonly: poll ,select\nada connects\n";
    assert_eq!(names(&lesson(&[]), all), ["hello"]);
    let lesson = lesson(&["select", "poll"]);
    assert_eq!(names(&lesson, all), ["hello (select)", "hello (poll)"]);
    assert_eq!(names(&lesson, one), ["hello (poll)"]);
    assert_eq!(names(&lesson, two), ["hello (select)", "hello (poll)"]);
}

#[test]
fn a_variant_that_is_not_there_is_an_error_with_its_place() {
    let source = "# Hello\nonly: select, epoll \nada connects\n";
    for (known, wrong, help) in [
        (
            &[][..],
            "select",
            "this lesson has no variants: remove the line",
        ),
        (
            &["select", "poll"],
            "epoll",
            "the variants in lesson.toml: select, poll",
        ),
    ] {
        let script = parse(Path::new("hello.script"), source).unwrap();
        let error = lesson(known).in_variants(script).unwrap_err();
        assert_eq!(error.message, format!("unknown variant \"{wrong}\""));
        assert_eq!(error.help, help);
        assert_eq!(&source[error.span], wrong);
    }
}
