//! Files that are no zip archives.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::read::GzDecoder;

use super::text::of_text;
use super::{
    CONTAINERS, EMPTY_FILE, GZIP, HELM, IMAGE, Kind, OSM, OSM_PACKAGE, PACKED, TAR, TARRED,
};

/// How far a file is looked at, in bytes; ISO 9660 has its mark behind 32 KiB.
const HEAD: u64 = 64 << 10;
/// How much of a text is read, in bytes.
const TEXT: u64 = 4 << 20;
/// How much of an archive is unpacked, in bytes: what tells charts and descriptors apart is
/// small, and layers of containers come late.
const UNPACKED: u64 = 64 << 20;
/// How much is read of one file in it, in bytes.
const INNER: u64 = 1 << 20;

/// What files begin with, or have at a place.
const MAGIC: &[(usize, &[u8], Kind)] = &[
    (0, b"QFI\xfb", IMAGE),
    (0, b"KDMV", IMAGE),
    (0, b"# Disk DescriptorFile", IMAGE),
    (0, b"vhdxfile", IMAGE),
    (0, b"conectix", IMAGE),
    (0, b"<<< ", IMAGE),
    (32_769, b"CD001", IMAGE),
    (510, b"\x55\xaa", IMAGE),
    (0, b"7z\xbc\xaf\x27\x1c", PACKED),
    (0, b"Rar!\x1a\x07", PACKED),
    (0, b"\xfd7zXZ\0", PACKED),
    (0, b"BZh", PACKED),
    (0, b"\x28\xb5\x2f\xfd", PACKED),
];

/// Tells what the file at `path` is, which is no zip archive; nothing when that is not known, or
/// when it begins as a zip archive does.
///
/// # Errors
/// A file that cannot be read.
pub(in crate::package) fn of_file(path: &Path) -> io::Result<Option<Kind>> {
    let mut head = Vec::new();
    File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    let at = |place: usize, mark: &[u8]| head.get(place..).is_some_and(|at| at.starts_with(mark));
    if head.is_empty() {
        return Ok(Some(EMPTY_FILE));
    }
    if at(0, b"PK") {
        return Ok(None);
    }
    if at(0, b"\x1f\x8b") {
        let unpacked = GzDecoder::new(BufReader::new(File::open(path)?));
        return Ok(Some(of_tar(unpacked.take(UNPACKED)).unwrap_or(GZIP)));
    }
    if at(257, b"ustar") {
        let file = BufReader::new(File::open(path)?);
        return Ok(Some(of_tar(file.take(UNPACKED)).unwrap_or(TAR)));
    }
    if let Some((.., kind)) = MAGIC.iter().find(|(place, mark, _)| at(*place, mark)) {
        return Ok(Some(*kind));
    }
    let mut text = String::new();
    match File::open(path)?.take(TEXT).read_to_string(&mut text) {
        Ok(_) => Ok(of_text(&text)),
        // No text: of a kind that is not known.
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(None),
        Err(error) => Err(error),
    }
}

/// Tells what a tar archive holds; nothing when it is none. One that ends early, or is broken
/// further on, is what its first files make of it.
fn of_tar(unpacked: impl Read) -> Option<Kind> {
    let mut archive = tar::Archive::new(unpacked);
    let mut is_tar = false;
    for entry in archive.entries().ok()? {
        let Ok(mut entry) = entry else { break };
        is_tar = true;
        let path = entry.path().ok()?.to_string_lossy().into_owned();
        let path = path.trim_start_matches("./").to_owned();
        let depth = path.matches('/').count();
        match path.rsplit('/').next().unwrap_or_default() {
            "TOSCA.meta" => return Some(TARRED),
            "Chart.yaml" if depth <= 1 => return Some(HELM),
            "oci-layout" if depth == 0 => return Some(CONTAINERS),
            "manifest.json" if depth == 0 => return Some(CONTAINERS),
            "layer.tar" if depth == 1 => return Some(CONTAINERS),
            name if depth <= 1 && (name.ends_with(".yaml") || name.ends_with(".yml")) => {
                let mut text = String::new();
                let read = (&mut entry).take(INNER).read_to_string(&mut text);
                if read.is_ok() && of_text(&text) == Some(OSM) {
                    return Some(OSM_PACKAGE);
                }
            }
            _ => {}
        }
    }
    is_tar.then_some(TAR)
}
