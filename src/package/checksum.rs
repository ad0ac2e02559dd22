//! The digest by which Tacker knows the content of a package.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use sha2::{Digest as _, Sha512};

/// Returns the hexadecimal SHA-512 of `file`, which Tacker shows as a package's `checksum`.
///
/// # Errors
/// The file cannot be read.
pub fn checksum(file: &Path) -> io::Result<String> {
    let mut file = File::open(file)?;
    let mut digest = Sha512::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex::encode(digest.finalize())),
            length => digest.update(&buffer[..length]),
        }
    }
}
