//! Writes a plan as a CSAR: each file read once, hashed and stored in the same pass.
//!
//! The archive appears under its name only when it is complete, and the same plan gives
//! the same bytes.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::manifest;
use super::plan::{Content, Entry, MODE_FILE, Plan};

/// Bytes moved at a time.
const CHUNK: usize = 1 << 20;
/// Above this an entry needs Zip64, with a margin for headers.
const ZIP64_FROM: u64 = 0xF000_0000;

/// What was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The archive.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}

/// Why an archive could not be built; nothing is left of it then.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A file that the package should contain cannot be read.
    #[error("cannot read {}", .path.display())]
    Source {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file changed between planning and writing.
    #[error("{} changed while it was read: {planned} bytes were planned, {read} were there", .path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// Its size when the plan was made, in bytes.
        planned: u64,
        /// What was read, in bytes.
        read: u64,
    },
    /// The archive cannot be written, for instance because the disk is full.
    #[error("cannot write {}", .path.display())]
    Write {
        /// The archive.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Writes `plan` to `out`; `progress` is told the bytes done and the bytes in all.
///
/// # Errors
/// See [`BuildError`]. The temporary file is removed, and an older archive at `out` stays.
pub fn build(
    plan: &Plan,
    out: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Built, BuildError> {
    let failed = |source: io::Error| BuildError::Write {
        path: out.to_owned(),
        source,
    };
    let directory = out
        .parent()
        .filter(|d| !d.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let temporary = tempfile::Builder::new()
        .prefix(".vnfctl-")
        .suffix(".partial")
        .tempfile_in(directory)
        .map_err(failed)?;
    write(plan, temporary.as_file(), out, progress)?;
    temporary.as_file().sync_all().map_err(failed)?;
    let (size, sha256) = digest(temporary.path()).map_err(failed)?;
    let published = temporary.persist(out).map_err(|e| failed(e.error))?;
    // tempfile makes private files; a package is no secret.
    let mode = std::os::unix::fs::PermissionsExt::from_mode(MODE_FILE);
    published.set_permissions(mode).map_err(failed)?;
    Ok(Built {
        path: out.to_owned(),
        size,
        sha256,
    })
}

fn write(
    plan: &Plan,
    file: &File,
    out: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), BuildError> {
    let mut archive = Archive {
        zip: ZipWriter::new(BufWriter::with_capacity(CHUNK, file)),
        out,
        total: plan
            .entries()
            .iter()
            .map(|e| planned_size(&e.content))
            .sum(),
        done: 0,
        progress,
    };
    let mut digests = Vec::new();
    for entry in plan.entries() {
        let hash = archive.add(entry)?;
        digests.push((entry.path.clone(), hash));
    }
    let meta = manifest::tosca_meta(plan);
    let meta_path = Utf8PathBuf::from(manifest::TOSCA_META);
    let hash = archive.add_bytes(&meta_path, MODE_FILE, meta.as_bytes())?;
    digests.push((meta_path, hash));
    digests.sort();
    let text = manifest::manifest(plan, &digests);
    archive.add_bytes(&manifest::path(plan), MODE_FILE, text.as_bytes())?;
    archive.finish()
}

fn planned_size(content: &Content) -> u64 {
    match content {
        Content::Bytes(bytes) => bytes.len() as u64,
        Content::File { size, .. } => *size,
    }
}

struct Archive<'a, W: Write + io::Seek> {
    zip: ZipWriter<W>,
    out: &'a Path,
    total: u64,
    done: u64,
    progress: &'a mut dyn FnMut(u64, u64),
}

impl<W: Write + io::Seek> Archive<'_, W> {
    fn failed(&self, source: impl Into<io::Error>) -> BuildError {
        BuildError::Write {
            path: self.out.to_owned(),
            source: source.into(),
        }
    }

    fn add(&mut self, entry: &Entry) -> Result<String, BuildError> {
        match &entry.content {
            Content::Bytes(bytes) => self.add_bytes(&entry.path, entry.mode, bytes),
            Content::File { path, size } => self.add_file(&entry.path, entry.mode, path, *size),
        }
    }

    fn start(
        &mut self,
        path: &Utf8Path,
        mode: u32,
        method: CompressionMethod,
        size: u64,
    ) -> Result<(), BuildError> {
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .unix_permissions(mode)
            .large_file(size >= ZIP64_FROM);
        self.zip
            .start_file(path.as_str(), options)
            .map_err(|e| self.failed(e))
    }

    fn add_bytes(
        &mut self,
        path: &Utf8Path,
        mode: u32,
        bytes: &[u8],
    ) -> Result<String, BuildError> {
        self.start(path, mode, CompressionMethod::Deflated, bytes.len() as u64)?;
        self.zip.write_all(bytes).map_err(|e| self.failed(e))?;
        self.advance(bytes.len() as u64);
        Ok(hex::encode(Sha256::digest(bytes)))
    }

    /// Stores a large file as it is: images are compressed already. The digest runs on a
    /// thread of its own, beside the archive's checksum and the disk.
    fn add_file(
        &mut self,
        path: &Utf8Path,
        mode: u32,
        source: &Path,
        planned: u64,
    ) -> Result<String, BuildError> {
        let unreadable = |e: io::Error| BuildError::Source {
            path: source.to_owned(),
            source: e,
        };
        let mut file = File::open(source).map_err(unreadable)?;
        self.start(path, mode, CompressionMethod::Stored, planned)?;
        // Two pieces in flight bound the memory and keep both threads busy.
        let (full, pieces) = std::sync::mpsc::sync_channel::<Vec<u8>>(2);
        let (empty, spare) = std::sync::mpsc::sync_channel::<Vec<u8>>(4);
        std::thread::scope(|scope| {
            let hasher = scope.spawn(move || {
                let mut digest = Sha256::new();
                while let Ok(piece) = pieces.recv() {
                    digest.update(&piece);
                    // The other side may have finished and need no buffers any more.
                    let _ = empty.try_send(piece);
                }
                hex::encode(digest.finalize())
            });
            let mut read = 0;
            loop {
                let mut piece = spare.try_recv().unwrap_or_default();
                piece.resize(CHUNK, 0);
                let count = fill(&mut file, &mut piece).map_err(unreadable)?;
                if count == 0 {
                    break;
                }
                piece.truncate(count);
                read += count as u64;
                if read > planned {
                    return Err(BuildError::Changed {
                        path: source.to_owned(),
                        planned,
                        read,
                    });
                }
                self.zip.write_all(&piece).map_err(|e| self.failed(e))?;
                self.advance(count as u64);
                if full.send(piece).is_err() {
                    return Err(self.failed(io::Error::other("the digest's thread ended early")));
                }
            }
            if read != planned {
                return Err(BuildError::Changed {
                    path: source.to_owned(),
                    planned,
                    read,
                });
            }
            drop(full);
            hasher
                .join()
                .map_err(|_| self.failed(io::Error::other("the digest's thread ended early")))
        })
    }

    fn advance(&mut self, bytes: u64) {
        self.done += bytes;
        (self.progress)(self.done, self.total.max(self.done));
    }

    fn finish(self) -> Result<(), BuildError> {
        let path = self.out.to_owned();
        let failed = |source: io::Error| BuildError::Write { path, source };
        match self.zip.finish() {
            Ok(mut writer) => writer.flush().map_err(failed),
            Err(error) => Err(failed(error.into())),
        }
    }
}

/// Reads until the buffer is full or the file ends.
fn fill(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn digest(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; CHUNK];
    let mut size = 0;
    loop {
        match fill(&mut file, &mut buffer)? {
            0 => return Ok((size, hex::encode(digest.finalize()))),
            count => {
                digest.update(&buffer[..count]);
                size += count as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan::Identity;
    use super::*;

    fn plan(image: Option<(&Path, u64)>) -> Plan {
        let identity = Identity {
            vnfd_id: "id".into(),
            provider: "p".into(),
            product_name: "web".into(),
            version: "1.0".into(),
            software_version: "1.0".into(),
            vnfm_info: vec!["Tacker".into()],
        };
        let mut plan = Plan::new(identity, "Definitions/web.vnfd.yaml");
        let bytes = Content::Bytes(b"a: 1\n".to_vec());
        plan.insert(Entry {
            path: "Definitions/web.vnfd.yaml".into(),
            mode: MODE_FILE,
            content: bytes,
        });
        if let Some((path, size)) = image {
            let content = Content::File {
                path: path.to_owned(),
                size,
            };
            plan.insert(Entry {
                path: "Files/images/i.raw".into(),
                mode: MODE_FILE,
                content,
            });
        }
        plan
    }

    #[test]
    fn the_same_plan_gives_the_same_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let one = build(&plan(None), &dir.path().join("a.zip"), &mut |_, _| {}).unwrap();
        let two = build(&plan(None), &dir.path().join("b.zip"), &mut |_, _| {}).unwrap();
        assert_eq!(one.sha256, two.sha256);
    }

    #[test]
    fn a_file_that_changed_is_refused_and_nothing_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let image = dir.path().join("i.raw");
        std::fs::write(&image, vec![7; 3000]).unwrap();
        let out = dir.path().join("a.zip");
        for planned in [2999, 3001] {
            let error = build(&plan(Some((&image, planned))), &out, &mut |_, _| {}).unwrap_err();
            assert!(matches!(error, BuildError::Changed { .. }), "{error}");
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_large_file_is_stored_with_its_digest_in_the_manifest() {
        let dir = tempfile::tempdir().unwrap();
        let image = dir.path().join("i.raw");
        let bytes: Vec<u8> = (0..3_000_000u32).map(|i| (i % 251) as u8).collect();
        std::fs::write(&image, &bytes).unwrap();
        let out = dir.path().join("a.zip");
        let mut last = (0, 0);
        build(&plan(Some((&image, 3_000_000))), &out, &mut |d, t| {
            last = (d, t)
        })
        .unwrap();
        assert_eq!(last.0, last.1);
        let mut zip = zip::ZipArchive::new(File::open(&out).unwrap()).unwrap();
        let mut manifest = String::new();
        zip.by_name("web.mf")
            .unwrap()
            .read_to_string(&mut manifest)
            .unwrap();
        assert!(
            manifest.contains(&hex::encode(Sha256::digest(&bytes))),
            "{manifest}"
        );
    }
}
