//! Classes: an assignment from lesson 05, and what its students hand in.

use super::seen::Graded;
use harness::lesson::Lesson;
use harness::prove::apply::{apply, sources};
use harness::prove::bug::Bug;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use zip::write::{SimpleFileOptions, ZipWriter};

/// Which submissions a class has, and what they are played against.
pub(crate) struct Size {
    /// The names of the known-bad servers; all of the lesson's, if it is empty.
    bugs: &'static [&'static str],
    /// Scripts of the lesson that are public; all but those that are hidden, if it is empty.
    public: &'static [&'static str],
    /// Seconds of processor time that a build may take.
    build_time: &'static str,
}

/// Everybody who is hostile, and few others.
pub(crate) const DOZEN: Size = Size {
    bugs: &["inline-write", "thread-per-client"],
    public: &["hello", "slow-reader"],
    build_time: "4",
};

/// Every known-bad server of the lesson, too.
pub(crate) const SIXTY: Size = Size {
    bugs: &[],
    public: &[],
    build_time: "10",
};

/// The scripts that students do not see.
const HIDDEN: [&str; 2] = ["half-close", "any-bytes"];

/// What is expected of one submission.
#[derive(Debug)]
pub(crate) enum Expected {
    /// Every point.
    All,
    /// These scripts fail, and perhaps others.
    Fails(Vec<String>),
    /// There is no program, for a reason with these words.
    NotBuilt(&'static str),
    /// There is nothing to build.
    Empty,
}

/// An assignment, and submissions.
pub(crate) struct Class {
    pub(crate) folder: TempDir,
    /// What is expected, by the student's id.
    pub(crate) expected: BTreeMap<String, Expected>,
    build_time: &'static str,
    /// A word in the command line of whoever is started to be left behind.
    pub(crate) mark: String,
}

impl Class {
    pub(crate) fn make(size: &Size) -> Class {
        let course = course();
        let lessons = Lesson::all(&course).unwrap();
        let lesson = lessons.iter().find(|lesson| lesson.number == 5).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mark = format!(
            "left-behind-by-{}",
            folder.path().file_name().unwrap().display()
        );
        let mut class = Class {
            folder,
            expected: BTreeMap::new(),
            build_time: size.build_time,
            mark,
        };
        class.write_assignment(size, lesson);
        let right = fs::read_to_string(course.join(&lesson.folder).join("src/main.rs")).unwrap();
        class.add_right_ones(&right);
        class.add_bugs(size, lesson);
        class.add_hostile_ones(&right);
        class
    }

    pub(crate) fn below(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write_assignment(&self, size: &Size, lesson: &Lesson) {
        let all = fs::read_dir(lesson.root.join(lesson.script_folder())).unwrap();
        let mut all: Vec<String> = all
            .map(|it| {
                it.unwrap()
                    .path()
                    .file_stem()
                    .unwrap()
                    .display()
                    .to_string()
            })
            .filter(|name| !HIDDEN.contains(&name.as_str()))
            .collect();
        all.sort();
        let public = match size.public {
            [] => all,
            some => some.iter().map(|it| (*it).to_owned()).collect(),
        };
        let folder = self.below("assignment");
        fs::create_dir(&folder).unwrap();
        for name in HIDDEN {
            // Under names of their own, so that they lie in the instructor's folder, as hidden scripts do.
            let script = lesson
                .root
                .join(lesson.script_folder())
                .join(format!("{name}.script"));
            fs::copy(script, folder.join(format!("hidden-{name}.script"))).unwrap();
        }
        let hidden: String = HIDDEN
            .iter()
            .map(|it| {
                format!("[[scripts]]\nfile = \"hidden-{it}.script\"\nweight = 3\nhidden = true\n\n")
            })
            .collect();
        let text = format!(
            "name = \"made-echo\"\ntitle = \"An echo server\"\nstarter = {{ lesson = \"05\" }}\n\
             may_change = [\"src/**/*.rs\", \"build.rs\"]\n\n\
             [[scripts]]\nlesson = \"05\"\nnames = {public:?}\nweight = 2\n\n{hidden}"
        );
        fs::write(folder.join("assignment.toml"), text).unwrap();
        fs::write(folder.join("brief.md"), "Write an echo server.\n").unwrap();
    }

    /// Those who hand in what is asked for, in the ways in which it arrives.
    fn add_right_ones(&mut self, right: &str) {
        self.add(
            "Ada Lovelace_101_assignsubmission_file_",
            "101",
            &[("src/main.rs", right)],
            Expected::All,
        );
        let clone = [
            ("made-echo/src/main.rs", right),
            ("made-echo/Cargo.toml", "[package]\nname = \"made-echo\"\n"),
            ("harness/src/lib.rs", "fn not_mine() {}"),
        ];
        self.add("made-echo-grace", "grace", &clone, Expected::All);
        self.add("knuthdon_LATE_102_7_handin", "102", &[], Expected::All);
        self.write_zip("knuthdon_LATE_102_7_handin/handin.zip", right);
        // One that is no folder at all.
        self.write_zip("hopperg_103_8_handin.zip", right);
        self.expected.insert("103".into(), Expected::All);
    }

    fn write_zip(&self, path: &str, main: &str) {
        let path = self.below("submissions").join(path);
        let mut zip = ZipWriter::new(fs::File::create(path).unwrap());
        let options = SimpleFileOptions::default();
        zip.start_file("handin/src/main.rs", options).unwrap();
        zip.write_all(main.as_bytes()).unwrap();
        zip.finish().unwrap();
    }

    fn add_bugs(&mut self, size: &Size, lesson: &Lesson) {
        let scripts = fs::read_dir(lesson.root.join(lesson.script_folder())).unwrap();
        let scripts: Vec<String> = scripts
            .map(|it| {
                it.unwrap()
                    .path()
                    .file_stem()
                    .unwrap()
                    .display()
                    .to_string()
            })
            .collect();
        let names: Vec<&str> = scripts.iter().map(String::as_str).collect();
        let original = sources(lesson).unwrap();
        for bug in Bug::all(lesson, &names).unwrap() {
            let bug = bug.map_err(|error| error.message).unwrap();
            if !size.bugs.is_empty() && !size.bugs.contains(&bug.name()) {
                continue;
            }
            let bad = apply(&bug.patch, &original)
                .map_err(|error| error.message)
                .unwrap();
            let files: Vec<(&str, &str)> = bad
                .iter()
                .map(|(path, text)| (path.to_str().unwrap(), text.as_str()))
                .collect();
            let name = |script: &str| match HIDDEN.contains(&script) {
                true => format!("hidden-{script}"),
                false => script.to_owned(),
            };
            let is_played = |script: &&str| {
                size.public.is_empty() || size.public.contains(script) || HIDDEN.contains(script)
            };
            let caught = bug
                .caught_by
                .iter()
                .map(|it| it.script.as_str())
                .filter(is_played);
            let fails = Expected::Fails(caught.map(name).collect());
            self.add(bug.name(), bug.name(), &files, fails);
        }
    }

    pub(crate) fn add(
        &mut self,
        folder: &str,
        id: &str,
        files: &[(&str, &str)],
        expected: Expected,
    ) {
        let root = self.below("submissions").join(folder);
        fs::create_dir_all(&root).unwrap();
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        assert!(
            self.expected.insert(id.to_owned(), expected).is_none(),
            "two are called {id}"
        );
    }

    /// Runs the command.
    pub(crate) fn grade(&self) -> Graded {
        let roster = self.below("roster.csv");
        fs::write(
            &roster,
            "id,name,email\n101,Ada Lovelace,ada@example.org\n999,Nobody,nobody@example.org\n",
        )
        .unwrap();
        let out = self.below("grades");
        let output = Command::new(env!("CARGO_BIN_EXE_class"))
            .arg("grade")
            .args([self.below("assignment"), self.below("submissions")])
            .args([
                OsStr::new("--out"),
                out.as_os_str(),
                OsStr::new("--roster"),
                roster.as_os_str(),
            ])
            .args(["--build-time", self.build_time])
            .output()
            .unwrap();
        let told = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (told(&output.stdout), told(&output.stderr));
        assert!(
            output.status.success(),
            "{}\n{stdout}{stderr}",
            output.status
        );
        Graded::read(&out, stdout)
    }

    /// Everything in the submissions, the assignment and the lesson.
    pub(crate) fn fingerprint(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut all = BTreeMap::new();
        for folder in ["submissions", "assignment"].map(|it| self.below(it)) {
            read(&folder, &mut all);
        }
        read(&course().join("lessons"), &mut all);
        all
    }

    /// Files where none should be.
    pub(crate) fn written_outside(&self) -> Vec<String> {
        let folders = [self.below("outside"), PathBuf::from("/tmp")];
        let names = folders
            .iter()
            .flat_map(|it| fs::read_dir(it).unwrap())
            .flatten();
        let names = names.map(|entry| entry.path().display().to_string());
        let outside = self.below("outside").display().to_string();
        names
            .filter(|name| name.contains(&self.mark) || name.starts_with(&outside))
            .collect()
    }

    /// The command lines of processes that somebody has left behind.
    pub(crate) fn left_behind(&self) -> Vec<String> {
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let lines = processes.filter_map(|it| fs::read_to_string(it.path().join("cmdline")).ok());
        lines
            .filter(|line| line.contains(&self.mark) || line.contains("sleep\u{0}1000"))
            .collect()
    }
}

fn read(folder: &Path, all: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, all);
        } else {
            all.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
}

/// The workspace with the lessons.
fn course() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().nth(2).unwrap().to_owned()
}
