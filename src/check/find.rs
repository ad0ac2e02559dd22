//! Where packages are below a path, so that a pipeline checks a whole repository by one command.

use std::path::{Path, PathBuf};

use camino::Utf8Path;
use walkdir::WalkDir;

use crate::package::meta::META;
use crate::tosca::documents::DEFINITIONS;

/// How packages in a zip archive are named (SOL004 §4.1.2 and what Tacker's users write).
const EXTENSIONS: [&str; 2] = ["csar", "zip"];

/// Returns the packages at `path`: itself, where it is a file or a package's folder; otherwise
/// those below it, sorted. Folders whose name begins with a dot are passed over, and links are not
/// followed. A folder without any package below is returned itself, for its faults to be told.
///
/// # Errors
/// Returns that of a folder that cannot be listed, and that of a path that is not there.
pub fn packages(path: &Path) -> Result<Vec<PathBuf>, walkdir::Error> {
    let mut found = Vec::new();
    let mut walk = WalkDir::new(path).sort_by_file_name().into_iter();
    while let Some(entry) = walk.next() {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy();
        let is_top = entry.depth() == 0;
        if entry.file_type().is_dir() {
            if !is_top && name.starts_with('.') {
                walk.skip_current_dir();
            } else if is_package(entry.path()) {
                found.push(entry.path().to_owned());
                walk.skip_current_dir();
            }
        } else if is_top {
            // What is named is checked, whatever its name is.
            return Ok(vec![path.to_owned()]);
        } else if entry.file_type().is_file() && is_archive(&name) {
            found.push(entry.path().to_owned());
        }
    }
    if found.is_empty() {
        found.push(path.to_owned());
    }
    Ok(found)
}

/// Tells whether a folder is a package's, perhaps one with faults.
fn is_package(folder: &Path) -> bool {
    let meta = Utf8Path::new(META).parent();
    let mut marks = meta.map(Utf8Path::as_str).into_iter().chain([DEFINITIONS]);
    marks.any(|mark| folder.join(mark).is_dir())
}

fn is_archive(name: &str) -> bool {
    let extension = Utf8Path::new(name).extension();
    extension.is_some_and(|is| EXTENSIONS.iter().any(|one| is.eq_ignore_ascii_case(one)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_archives_and_folders_but_nothing_within_them() {
        let home = tempfile::tempdir().unwrap();
        for folder in [
            "a/TOSCA-Metadata",
            "a/Files/Definitions",
            "b/c/Definitions",
            ".git/Definitions",
            "text",
        ] {
            std::fs::create_dir_all(home.path().join(folder)).unwrap();
        }
        for file in ["a/inner.zip", "b/one.CSAR", "two.zip", "text/notes.txt"] {
            std::fs::write(home.path().join(file), "").unwrap();
        }
        let found = packages(home.path()).unwrap();
        let below: Vec<_> = found
            .iter()
            .map(|path| path.strip_prefix(home.path()).unwrap().to_str().unwrap())
            .collect();
        assert_eq!(below, ["a", "b/c", "b/one.CSAR", "two.zip"]);
    }

    #[test]
    fn names_what_was_named_where_nothing_is_below() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(packages(home.path()).unwrap(), [home.path()]);
        let file = home.path().join("odd.name");
        std::fs::write(&file, "").unwrap();
        assert_eq!(packages(&file).unwrap(), [file]);
        assert!(packages(&home.path().join("gone")).is_err());
    }
}
