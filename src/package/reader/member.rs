//! One file of a zip archive, read without its neighbours and held to what it promised.

use std::fs::File;
use std::io::{self, BufReader, Read, Take};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use flate2::read::DeflateDecoder;

/// Where a member lies and what it promises.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) start: u64,
    pub(super) packed: u64,
    pub(super) size: u64,
    pub(super) crc: u32,
    pub(super) deflated: bool,
    /// Its permission bits, if the archive has them.
    pub(super) mode: Option<u32>,
}

/// A file read from a place of its own, so that members can be read side by side.
#[derive(Debug)]
pub(super) struct Cursor {
    file: Arc<File>,
    at: u64,
}

impl Read for Cursor {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

enum Source {
    Stored(Take<Cursor>),
    Deflated(Box<DeflateDecoder<BufReader<Take<Cursor>>>>),
}

/// A member under way. It ends with an error unless it has exactly the size and the checksum
/// that the directory of entries gave.
pub(super) struct Member {
    source: Source,
    left: u64,
    crc: crc32fast::Hasher,
    expected: u32,
}

impl Member {
    pub(super) fn new(file: Arc<File>, place: Place) -> Self {
        let at = place.start;
        let packed = Cursor { file, at }.take(place.packed);
        Self {
            source: if place.deflated {
                Source::Deflated(Box::new(DeflateDecoder::new(BufReader::new(packed))))
            } else {
                Source::Stored(packed)
            },
            left: place.size,
            crc: crc32fast::Hasher::new(),
            expected: place.crc,
        }
    }
}

impl Read for Member {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = match &mut self.source {
            Source::Stored(stored) => stored.read(buffer)?,
            Source::Deflated(deflated) => deflated.read(buffer)?,
        };
        self.crc.update(&buffer[..count]);
        match self.left.checked_sub(count as u64) {
            None => return Err(broken("it unpacks to more bytes than the archive says")),
            Some(left) => self.left = left,
        }
        if count > 0 {
            return Ok(count);
        }
        if self.left > 0 {
            return Err(broken("it ends before the size that the archive says"));
        }
        if self.crc.clone().finalize() != self.expected {
            return Err(broken("its checksum is not the one that the archive says"));
        }
        Ok(0)
    }
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
