//! `vnfctl package extract`: the files of a package, safely.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use globset::{Glob, GlobSet, GlobSetBuilder};

use super::{Exit, Failure, opening};
use crate::diagnose::suggestion;
use crate::package::tree::Tree;

/// Unpacks a package into a folder, or some of its files.
///
/// What would land outside the folder, links, and archives that unpack to far more than they are
/// are refused before anything is written. All files are there at the end, or none. Of a signed
/// archive the package in it is unpacked.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vnfctl package extract web.zip
  vnfctl package extract web.zip --into /tmp/web 'Definitions/*' '**/*.py'")]
pub(super) struct Extract {
    /// The package: a zip file, or a folder to take files out of
    package: PathBuf,
    /// Which files, as patterns: `*` stays in a folder, `**` does not; all without any
    #[arg(value_name = "FILE")]
    files: Vec<String>,
    /// The folder to make; without it, one that is called as the package is, here
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,
    /// Put the files into a folder that is there, over those of the same names
    #[arg(long)]
    force: bool,
}

impl Extract {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let (tree, archive) = opening::open(&self.package, "extract")?;
        if let Some(archive) = archive {
            anstream::eprintln!(
                "{} in a signed archive: `package verify` checks it",
                archive.csar
            );
        }
        let wanted = wanted(&tree.paths(), &self.files)?;
        let into = match &self.into {
            Some(into) => into.clone(),
            None => self.named()?,
        };
        if fs::symlink_metadata(&into).is_ok() && !self.force {
            let message = format!("`{}` is there already", into.display());
            return Err(Failure::new(Exit::Usage, message)
                .hint("--into names another folder; --force puts the files into this one"));
        }
        let bytes = write(&*tree, &wanted, &into)
            .map_err(|error| Failure::new(Exit::Failed, "cannot unpack").caused_by(error))?;
        let files = wanted.len();
        anstream::println!("{}: {files} files, {bytes} bytes", into.display());
        Ok(Exit::Done)
    }

    /// The package's own name without its ending, in the working directory.
    fn named(&self) -> Result<PathBuf, Failure> {
        let name = self.package.file_stem().filter(|_| !self.package.is_dir());
        name.map(PathBuf::from).ok_or_else(|| {
            Failure::new(Exit::Usage, "a folder is no name for another")
                .hint("say with --into where the files are to go")
        })
    }
}

/// Returns the files that are meant.
fn wanted(all: &[Utf8PathBuf], patterns: &[String]) -> Result<Vec<Utf8PathBuf>, Failure> {
    if patterns.is_empty() {
        return Ok(all.to_vec());
    }
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let glob = compiled(pattern)?;
        let matcher = glob.compile_matcher();
        if !all.iter().any(|path| matcher.is_match(path)) {
            let message = format!("no file of the package is called `{pattern}`");
            let known = all.iter().map(|path| path.as_str());
            return Err(Failure::new(Exit::NotFound, message).hint(suggestion(pattern, known)));
        }
        set.add(glob);
    }
    let set: GlobSet = set.build().map_err(|error| bad_pattern(&error))?;
    let found = all.iter().filter(|path| set.is_match(path));
    Ok(found.cloned().collect())
}

fn compiled(pattern: &str) -> Result<Glob, Failure> {
    let mut builder = globset::GlobBuilder::new(pattern);
    builder.literal_separator(true);
    builder.build().map_err(|error| bad_pattern(&error))
}

fn bad_pattern(error: &globset::Error) -> Failure {
    Failure::new(Exit::Usage, format!("this is no pattern: {error}"))
}

/// Writes files beside `into` first, so that a full disk leaves nothing half done, and returns how
/// many bytes they have.
fn write(tree: &dyn Tree, wanted: &[Utf8PathBuf], into: &Path) -> io::Result<u64> {
    let parent = match into.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent)?;
    let draft = tempfile::Builder::new()
        .prefix(".extract-")
        .tempdir_in(parent)?;
    let mut bytes = 0;
    for path in wanted {
        let file = draft.path().join(path);
        make_parent(&file)?;
        let mut new = fs::File::create_new(&file)?;
        bytes += io::copy(&mut tree.open(path)?, &mut new)?;
    }
    if fs::symlink_metadata(into).is_err() {
        // Folders of other programs' making are open to all; temporary ones are not.
        fs::create_dir(into)?;
    }
    for path in wanted {
        let place = into.join(path);
        guard(into, path)?;
        make_parent(&place)?;
        fs::rename(draft.path().join(path), place)?;
    }
    Ok(bytes)
}

fn make_parent(file: &Path) -> io::Result<()> {
    file.parent().map_or(Ok(()), fs::create_dir_all)
}

/// Refuses to follow a link that stands in the folder already.
fn guard(into: &Path, path: &Utf8Path) -> io::Result<()> {
    for folder in path.ancestors().skip(1).filter(|folder| *folder != "") {
        let place = into.join(folder);
        if fs::symlink_metadata(&place).is_ok_and(|found| found.is_symlink()) {
            let message = format!("`{}` is a link", place.display());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
    }
    Ok(())
}
