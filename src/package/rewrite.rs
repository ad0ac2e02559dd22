//! An archive written anew with some of its texts changed.

use std::fs::File;
use std::io;
use std::path::Path;

use camino::Utf8PathBuf;
use zip::ZipArchive;

use super::build::{settle, temporary};
use super::plan::MODE_FILE;
use super::writer::Writer;

/// Writes the archive `package` to `out` with some texts changed, all else as it was packed. It is
/// there whole or not at all.
///
/// # Errors
/// What the disk says.
pub fn rewrite(package: &Path, out: &Path, changed: &[(Utf8PathBuf, String)]) -> io::Result<()> {
    write(out, |writer| rewritten(package, changed, writer))
}

/// Writes the package with some texts changed, all else as it was packed.
pub(super) fn rewritten(
    package: &Path,
    changed: &[(Utf8PathBuf, String)],
    writer: &mut Writer<'_>,
) -> io::Result<()> {
    let mut archive = ZipArchive::new(File::open(package)?)?;
    let mut left: Vec<_> = changed.iter().collect();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index)?;
        match left
            .iter()
            .position(|(path, _)| path.as_str().as_bytes() == entry.name_raw())
        {
            Some(at) => {
                let (path, text) = left.remove(at);
                let mode = entry.unix_mode().map_or(MODE_FILE, |mode| mode & 0o777);
                drop(entry);
                writer.text(path, mode, text.as_bytes())?;
            }
            None => writer.copy(entry)?,
        }
    }
    for (path, text) in left {
        writer.text(path, MODE_FILE, text.as_bytes())?;
    }
    Ok(())
}

/// Writes an archive beside `out` and gives it that name when it is whole.
pub(super) fn write(
    out: &Path,
    fill: impl FnOnce(&mut Writer<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let directory = match out.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let mut file = temporary(directory)?;
    let mut writer = Writer::new(file.as_file());
    fill(&mut writer)?;
    writer.finish()?;
    file.as_file().sync_all()?;
    settle(&mut file, directory, out)?;
    Ok(())
}
