//! Submissions that try what they should not.

use super::made::{Class, Expected};
use std::fs;

impl Class {
    /// Those who try what they should not.
    pub(crate) fn add_hostile_ones(&mut self, right: &str) {
        let hidden = self
            .below("assignment/hidden-half-close.script")
            .display()
            .to_string();
        let outside = self.below("outside").display().to_string();
        fs::create_dir(self.below("outside")).unwrap();
        // For everybody, so that it is the fence that keeps them out.
        use std::os::unix::fs::PermissionsExt;
        let everybody = fs::Permissions::from_mode(0o777);
        fs::set_permissions(self.below("outside"), everybody).unwrap();
        fs::set_permissions(self.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let begins = |with: &str| {
            let begin = "fn main() -> ExitCode {\n";
            assert!(right.contains(begin));
            right.replace(begin, &format!("{begin}{with}\n"))
        };
        let builds = |with: &str| format!("fn main() {{\n{with}\n}}\n");
        let mark = self.mark.clone();

        let wrong = "fn main() { let number: u32 = \"no number\"; }\n";
        self.add(
            "type-error",
            "type-error",
            &[("src/main.rs", wrong)],
            Expected::NotBuilt("does not build"),
        );
        self.add(
            "essay",
            "essay",
            &[("essay.txt", "I had no time.")],
            Expected::Empty,
        );

        let forks = begins(&format!(
            r#"
    use std::os::unix::process::CommandExt;
    if env::args().nth(1).as_deref() == Some("{mark}") {{
        loop {{ std::thread::park(); }}
    }}
    let own = env::args_os().next().unwrap();
    for _ in 0..200 {{
        std::process::Command::new(&own).arg("{mark}").process_group(0).spawn().unwrap();
    }}"#
        ));
        self.add(
            "forks",
            "forks",
            &[("src/main.rs", &forks)],
            Expected::Fails(vec!["hello".into()]),
        );

        let endless = builds(&format!(
            r#"    for _ in 0..200 {{
        let mut child = std::process::Command::new("/bin/sh");
        // In the background, where nobody waits for it.
        let _ = child.args(["-c", "setsid sleep 1000 & exec sleep 1000", "{mark}"]).spawn();
    }}
    loop {{}}"#
        ));
        let files = [("src/main.rs", right), ("build.rs", endless.as_str())];
        self.add(
            "endless",
            "endless",
            &files,
            Expected::NotBuilt("was not over after"),
        );

        let reads = begins(&format!(
            "    println!(\"{{}}\", include_str!({hidden:?}));"
        ));
        self.add(
            "reads-at-build",
            "reads-at-build",
            &[("src/main.rs", &reads)],
            Expected::NotBuilt("does not build"),
        );
        // Whoever can read it fails everything; who cannot is right.
        let reads = begins(&format!(
            "    if std::fs::read({hidden:?}).is_ok() {{ return ExitCode::FAILURE; }}"
        ));
        self.add(
            "reads-at-run",
            "reads-at-run",
            &[("src/main.rs", &reads)],
            Expected::All,
        );

        let write = |who: &str| {
            format!(
                r#"    let _ = std::fs::write("{outside}/{who}", "I was here");
    let _ = std::fs::write("/tmp/{mark}-{who}", "I was here");
    let _ = std::fs::write("../../{who}", "I was here");"#
            )
        };
        let (at_build, at_run) = (builds(&write("build")), begins(&write("run")));
        let files = [("src/main.rs", at_run.as_str()), ("build.rs", &at_build)];
        self.add("writes", "writes", &files, Expected::All);

        let hungry = builds("    let all = vec![1_u8; 3 << 30];\n    println!(\"{}\", all.len());");
        let files = [("src/main.rs", right), ("build.rs", hungry.as_str())];
        self.add(
            "hungry",
            "hungry",
            &files,
            Expected::NotBuilt("does not build"),
        );

        let fat = builds(
            "    let out = std::env::var(\"OUT_DIR\").unwrap();\n    for n in 0.. {\n        std::fs::write(format!(\"{out}/{n}\"), vec![1_u8; 64 << 20]).unwrap();\n    }",
        );
        let files = [("src/main.rs", right), ("build.rs", fat.as_str())];
        self.add("fat", "fat", &files, Expected::NotBuilt("wrote more than"));

        let deaf = "fn main() { println!(\"listening on 127.0.0.1:1\"); }\n";
        let files = [
            ("src/main.rs", deaf),
            ("scripts/hello.script", "# Hello\n\nada connects\n"),
            ("assignment.toml", "scripts = []\n"),
            ("Cargo.toml", "[package]\nname = \"made-echo\"\n"),
        ];
        self.add(
            "edits-scripts",
            "edits-scripts",
            &files,
            Expected::Fails(vec!["hello".into(), "hidden-half-close".into()]),
        );
    }
}
