//! The files of a submission, on the disk or in zip files, none of which can be trusted.

use anyhow::{Context, Result};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use zip::ZipArchive;

/// Files of a submission that are looked at.
const MOST: usize = 20_000;
/// Folders between a submission and a file of it.
const DEEPEST: usize = 12;
/// What tools make and no student writes.
const MADE: [&str; 4] = [".git", "target", "node_modules", "__MACOSX"];
/// Bytes of a Cargo.toml that are read.
const MANIFEST: u64 = 64 << 10;

/// The files of a submission, by their paths in it. A zip file is a folder of its name.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) files: BTreeMap<PathBuf, Entry>,
    pub(super) notes: Vec<String>,
}

/// A file of a submission.
#[derive(Debug)]
pub(super) enum Entry {
    OnDisk {
        path: PathBuf,
        length: u64,
    },
    Zipped {
        archive: Archive,
        index: usize,
        length: u64,
    },
}

type Archive = Rc<RefCell<ZipArchive<File>>>;

impl Entry {
    /// Bytes, as the folder or the zip file says.
    pub(super) fn length(&self) -> u64 {
        match self {
            Entry::OnDisk { length, .. } | Entry::Zipped { length, .. } => *length,
        }
    }

    /// Its first `most` bytes: a zip file may say less than there is in it.
    pub(super) fn read(&self, most: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match self {
            Entry::OnDisk { path, .. } => File::open(path)?.take(most).read_to_end(&mut bytes)?,
            Entry::Zipped { archive, index, .. } => {
                let mut archive = archive.borrow_mut();
                let file = archive.by_index(*index).map_err(io::Error::other)?;
                file.take(most).read_to_end(&mut bytes)?
            }
        };
        Ok(bytes)
    }
}

impl Files {
    /// Those of the submission at `path`, a folder or a zip file.
    pub(super) fn below(path: &Path) -> Result<Files> {
        let mut files = Files::default();
        match path.is_dir() {
            true => files.add_folder(path, Path::new(""), 0)?,
            false => files.add_zip(path, Path::new("")),
        }
        Ok(files)
    }

    fn add_folder(&mut self, folder: &Path, at: &Path, depth: usize) -> Result<()> {
        let entries = fs::read_dir(folder);
        for entry in entries.with_context(|| format!("cannot read {}", folder.display()))? {
            let entry = entry?;
            let (kind, path) = (entry.file_type()?, at.join(entry.file_name()));
            let is_made = MADE.iter().any(|made| entry.file_name() == *made);
            if kind.is_symlink() {
                self.leave(&path, "a link");
            } else if kind.is_dir() && !is_made && depth < DEEPEST {
                self.add_folder(&entry.path(), &path, depth + 1)?;
            } else if kind.is_file() && path.extension().is_some_and(|it| it == "zip") {
                self.add_zip(&entry.path(), &path);
            } else if kind.is_file() && self.files.len() < MOST {
                let length = entry.metadata()?.len();
                let path_on_disk = entry.path();
                self.files.insert(
                    path,
                    Entry::OnDisk {
                        path: path_on_disk,
                        length,
                    },
                );
            }
        }
        Ok(())
    }

    /// What is no zip file after all is left out: somebody else's mistake is no reason to grade nobody.
    fn add_zip(&mut self, path: &Path, at: &Path) {
        let archive = File::open(path)
            .ok()
            .and_then(|file| ZipArchive::new(file).ok());
        let Some(mut archive) = archive else {
            return self.leave(at, "no zip file, though it is called one");
        };
        let mut found = Vec::new();
        for index in 0..archive.len().min(MOST) {
            // A name that leads out of the archive is no name.
            if let Ok(file) = archive.by_index_raw(index)
                && file.is_file()
                && let Some(name) = file.enclosed_name()
                && !name
                    .iter()
                    .any(|part| MADE.iter().any(|made| part == *made))
            {
                found.push((index, name, file.size()));
            }
        }
        let archive = Rc::new(RefCell::new(archive));
        for (index, name, length) in found {
            let archive = Rc::clone(&archive);
            self.files.insert(
                at.join(name),
                Entry::Zipped {
                    archive,
                    index,
                    length,
                },
            );
        }
    }

    fn leave(&mut self, path: &Path, what: &str) {
        self.notes
            .push(format!("{} was not taken: it is {what}", path.display()));
    }
}

/// The name of the package whose Cargo.toml this is.
pub(super) fn package(manifest: &Entry) -> Option<String> {
    let text = String::from_utf8(manifest.read(MANIFEST).ok()?).ok()?;
    let manifest: toml::Table = text.parse().ok()?;
    Some(manifest.get("package")?.get("name")?.as_str()?.to_owned())
}
