//! Builds variants of the lessons' programs, known-bad ones and right ones: all in one go, in a workspace of their own below the target folder.

use super::apply::{Sources, apply};
use super::header::PatchFile;
use super::manifest;
use crate::build::{self, Built, Said};
use crate::lesson::Lesson;
use crate::library_tests;
use crate::script::ScriptError;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use toml::Table;

/// A lesson's program, with a change.
#[derive(Debug)]
pub struct Variant<'a> {
    /// The change.
    pub file: &'a PatchFile,
    lesson: &'a Lesson,
    package: String,
    sources: Sources,
}

impl<'a> Variant<'a> {
    /// What `file` makes of the program of `lesson`, which has `sources`.
    ///
    /// # Errors
    /// The diff cannot be applied.
    pub fn new(
        lesson: &'a Lesson,
        file: &'a PatchFile,
        sources: &Sources,
    ) -> Result<Variant<'a>, ScriptError> {
        Ok(Variant {
            file,
            lesson,
            package: package(lesson, file),
            sources: apply(file, sources)?,
        })
    }

    fn has_library(&self) -> bool {
        self.sources.contains_key(Path::new("src/lib.rs"))
    }

    /// Its packages' names.
    fn packages(&self) -> Vec<String> {
        let program = self.package.clone();
        let library = self.has_library().then(|| manifest::library_of(&program));
        [program].into_iter().chain(library).collect()
    }
}

/// Builds `variants` of the lessons of the workspace at `root`; returns their programs, in the same order. What cargo
/// says goes to stderr. Only what has changed since the last time is built.
///
/// # Errors
/// The files cannot be written, there is no cargo, or variants do not compile: which, and what to do.
pub fn build(root: &Path, variants: &[Variant]) -> Result<Vec<Built>> {
    let programs = build_those_that_can(root, variants, Said::PassedOn)?;
    let missing: Vec<&Variant> = variants
        .iter()
        .zip(&programs)
        .filter_map(|(variant, program)| program.is_none().then_some(variant))
        .collect();
    if let Some(first) = missing.first() {
        let patches: Vec<String> = missing
            .iter()
            .map(|variant| variant.file.path.display().to_string())
            .collect();
        bail!(
            "no program is built from {}: cargo says above why; mend the patch, or the copy {} and make the patch anew",
            patches.join(", "),
            folder(root)?.join(&first.package).display()
        );
    }
    Ok(programs.into_iter().flatten().collect())
}

/// Builds those of the variants that compile; returns their programs in the same order, `None` for the others. What cargo says of
/// these is not told.
///
/// # Errors
/// The files cannot be written, or there is no cargo.
pub fn build_what_can(root: &Path, variants: &[Variant]) -> Result<Vec<Option<Built>>> {
    build_those_that_can(root, variants, Said::Dropped)
}

fn build_those_that_can(
    root: &Path,
    variants: &[Variant],
    said: Said,
) -> Result<Vec<Option<Built>>> {
    if variants.is_empty() {
        return Ok(Vec::new());
    }
    let target = build::target_folder(root)?;
    let folder = folder(root)?;
    write(root, &folder, variants).with_context(|| {
        format!(
            "cannot write the variants of the programs to {}",
            folder.display()
        )
    })?;
    let have_tests = variants.iter().any(|it| library_tests::judge(it.lesson));
    let manifest = folder.join("Cargo.toml");
    let built = build::whatever_builds(root, &manifest, &target, said, have_tests)?;
    let program = |variant: &Variant| Built::of(&built, &variant.package);
    Ok(variants.iter().map(program).collect())
}

/// Where everything is built that is made for a proof.
///
/// # Errors
/// There is no cargo that could say where the target folder is.
pub fn folder(root: &Path) -> Result<PathBuf> {
    Ok(build::target_folder(root)?.join("prove"))
}

/// Writes the workspace to `folder`. Files that are right already are left alone, so that cargo does not take them
/// for changed. So are packages of variants that are not asked for this time: without being members they do no harm.
fn write(root: &Path, folder: &Path, variants: &[Variant]) -> Result<()> {
    let members: Vec<String> = variants.iter().flat_map(Variant::packages).collect();
    fs::create_dir_all(folder)?;
    let mut workspace = manifest::of_workspace(root, members)?;
    manifest::keep_nothing_between_builds(&mut workspace)?;
    write_manifest(folder, &workspace)?;
    // The lessons' own versions: what is built for them already is built for these.
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))
        .with_context(|| format!("cannot copy {}", root.join("Cargo.lock").display()))?;
    for variant in variants {
        let package = &variant.package;
        let (program, library) =
            manifest::of_variant(variant.lesson, package, variant.has_library())?;
        write_manifest(&folder.join(package), &program)?;
        if let Some(library) = library {
            write_manifest(&folder.join(manifest::library_of(package)), &library)?;
        }
        write_sources(&folder.join(package), &variant.sources)?;
        let tests = library_tests::files(variant.lesson)?;
        write_sources(&folder.join(package), &tests)?;
    }
    Ok(())
}

/// The name of a variant's package and of its program: `select-one-port--eof-ignored`, `select-one-port--right--in-fragments`.
fn package(lesson: &Lesson, file: &PatchFile) -> String {
    let is_right = file.path.parent().is_some_and(|it| it.ends_with("right"));
    let kind = if is_right { "right--" } else { "" };
    format!("{}--{kind}{}", lesson.unique_name(), file.name)
}

fn write_manifest(folder: &Path, manifest: &Table) -> Result<()> {
    fs::create_dir_all(folder)?;
    write_if_other(&folder.join("Cargo.toml"), &toml::to_string(manifest)?)
}

/// Writes `sources` to the package in `folder`.
pub(crate) fn write_sources(folder: &Path, sources: &Sources) -> Result<()> {
    for (path, text) in sources {
        let path = folder.join(path);
        path.parent().map(fs::create_dir_all).transpose()?;
        write_if_other(&path, text)?;
    }
    Ok(())
}

/// Writes a file, unless it is so already.
pub(crate) fn write_if_other(path: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
