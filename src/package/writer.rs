//! The ZIP file itself: every choice that could make two builds differ is fixed here.
//!
//! Memory stays constant whatever the size of an image: a few buffers travel between the thread
//! that reads and writes and the one that hashes.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;
use std::sync::mpsc;

use camino::Utf8Path;
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use super::build::BuildError;

/// Bytes per buffer; larger ones fall out of the processor's cache.
const BUFFER: usize = 256 << 10;
/// Buffers under way per image.
const BUFFERS: usize = 8;
/// From this size on, an entry needs Zip64 fields.
const ZIP64: u64 = u32::MAX as u64;

/// Digest of an entry.
pub(super) type Sha256Digest = [u8; 32];

/// A ZIP archive under way.
pub(super) struct Writer<'a> {
    /// Taken out when finished or given up.
    zip: Option<ZipWriter<BufWriter<&'a File>>>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(file: &'a File) -> Self {
        Self {
            zip: Some(ZipWriter::new(BufWriter::with_capacity(BUFFER, file))),
        }
    }

    /// Adds a compressed entry.
    pub(super) fn text(
        &mut self,
        path: &Utf8Path,
        mode: u32,
        bytes: &[u8],
    ) -> io::Result<Sha256Digest> {
        let options = options(mode, bytes.len() as u64)
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(6));
        let zip = self.zip()?;
        zip.start_file(path.as_str(), options).map_err(to_io)?;
        zip.write_all(bytes)?;
        Ok(Sha256::digest(bytes).into())
    }

    /// Adds a file of `size` bytes as it is; images are compressed already, or sparse and read
    /// by tools that want to seek. `advance` hears of every piece's bytes and may end it.
    pub(super) fn file(
        &mut self,
        path: &Utf8Path,
        mode: u32,
        (source, size): (&Path, u64),
        advance: &mut dyn FnMut(u64) -> Result<(), Stop>,
    ) -> Result<Sha256Digest, Stop> {
        let mut input = open(source, size)?;
        let before = modified(&input, source)?;
        let options = options(mode, size).compression_method(CompressionMethod::Stored);
        let zip = self.zip()?;
        zip.start_file(path.as_str(), options).map_err(to_io)?;
        // One byte more than planned is asked for, so that a grown file is noticed.
        let limited = (&mut input).take(size.saturating_add(1));
        let (digest, found) = copy_hashing(limited, zip, source, advance)?;
        if found != size {
            return Err(changed(source, size, found));
        }
        if modified(&input, source)? != before {
            return Err(Stop::Source(BuildError::SourceModified(source.to_owned())));
        }
        Ok(digest)
    }

    /// Adds an entry of another archive as it is there, without unpacking it.
    pub(super) fn copy<R: Read + io::Seek>(
        &mut self,
        entry: zip::read::ZipFile<'_, R>,
    ) -> io::Result<()> {
        self.zip()?.raw_copy_file(entry).map_err(to_io)
    }

    /// Writes the directory of entries.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let zip = self.zip.take().ok_or_else(closed)?;
        zip.finish().map_err(to_io)?.flush()
    }

    fn zip(&mut self) -> io::Result<&mut ZipWriter<BufWriter<&'a File>>> {
        self.zip.as_mut().ok_or_else(closed)
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        // A ZipWriter that is dropped tries to finish the archive and prints when it cannot.
        // The file is given up here, so forgetting it loses no more than its buffers.
        std::mem::forget(self.zip.take());
    }
}

/// Why writing ends early.
#[derive(Debug)]
pub(super) enum Stop {
    /// The file that was to be packed.
    Source(BuildError),
    /// The package.
    Target(io::Error),
    /// Somebody wanted no more of it.
    Asked,
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Target(error)
    }
}

fn options(mode: u32, size: u64) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .last_modified_time(DateTime::default())
        .system(System::Unix)
        .unix_permissions(mode)
        .large_file(size >= ZIP64)
}

fn open(source: &Path, size: u64) -> Result<File, Stop> {
    let unreadable = |error| unreadable(source, error);
    // Asked before opening: opening a pipe would wait for its writer.
    let metadata = std::fs::metadata(source).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(unreadable(io::Error::other("it is not a regular file")));
    }
    if metadata.len() != size {
        return Err(changed(source, size, metadata.len()));
    }
    File::open(source).map_err(unreadable)
}

fn modified(file: &File, source: &Path) -> Result<std::time::SystemTime, Stop> {
    let metadata = file.metadata().and_then(|m| m.modified());
    metadata.map_err(|error| unreadable(source, error))
}

/// Copies `input` to `output` while another thread hashes it; returns digest and bytes.
fn copy_hashing(
    mut input: impl Read,
    output: &mut impl Write,
    source: &Path,
    advance: &mut dyn FnMut(u64) -> Result<(), Stop>,
) -> Result<(Sha256Digest, u64), Stop> {
    let (to_hash, hashing) = mpsc::channel::<(Vec<u8>, usize)>();
    let (give_back, free) = mpsc::channel();
    for _ in 0..BUFFERS {
        // The receiver is in scope, so that it cannot be gone.
        let _ = give_back.send(vec![0; BUFFER]);
    }
    std::thread::scope(|scope| {
        let hasher = scope.spawn(move || {
            let mut hash = Sha256::new();
            while let Ok((buffer, filled)) = hashing.recv() {
                hash.update(&buffer[..filled]);
                // The copying side may have given up on an error.
                let _ = give_back.send(buffer);
            }
            hash.finalize().into()
        });
        let mut total = 0;
        while let Ok(mut buffer) = free.recv() {
            let filled = match input.read(&mut buffer) {
                Ok(0) => break,
                Ok(filled) => filled,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
                Err(error) => return Err(unreadable(source, error)),
            };
            output.write_all(&buffer[..filled])?;
            total += filled as u64;
            advance(filled as u64)?;
            if to_hash.send((buffer, filled)).is_err() {
                break;
            }
        }
        drop(to_hash);
        let digest = hasher.join();
        let digest = digest.map_err(|_| io::Error::other("the hashing thread died"))?;
        Ok((digest, total))
    })
}

fn unreadable(source: &Path, error: io::Error) -> Stop {
    Stop::Source(BuildError::Source {
        path: source.to_owned(),
        source: error,
    })
}

fn changed(source: &Path, planned: u64, found: u64) -> Stop {
    Stop::Source(BuildError::SourceChanged {
        path: source.to_owned(),
        planned,
        found,
    })
}

fn to_io(error: zip::result::ZipError) -> io::Error {
    match error {
        zip::result::ZipError::Io(error) => error,
        other => io::Error::other(other),
    }
}

fn closed() -> io::Error {
    io::Error::other("the archive is closed")
}
