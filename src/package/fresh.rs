//! Tells whether a package that lies there is what a build would write, so that a build after which
//! nothing changed does not copy gigabytes of image again.
//!
//! What was built is kept as a stamp: a digest over everything that goes into the package, where
//! files on disk stand for themselves by what the file system says of them (device, inode, size,
//! times of content and of inode), and the same of the package. As with `make` or git's index a
//! file whose content changed while all of these stayed is taken for unchanged; setting the time of
//! content back is seen by that of the inode.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::build::Built;
use super::plan::{Content, Plan};

/// The coarsest step in which file systems in use today count time; what was written that shortly
/// before a build may be written again without its times changing.
const TICK: Duration = Duration::from_millis(20);

/// What the file system says of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    /// Seconds and nanoseconds of the last change of content.
    content: (i64, i64),
    /// Seconds and nanoseconds of the last change of anything.
    changed: (i64, i64),
}

impl Identity {
    fn of(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        Ok(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            content: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }

    /// Tells whether the file may have been written to within the tick before `moment`.
    fn is_recent(&self, moment: SystemTime) -> bool {
        let limit = moment - TICK;
        let since = limit.duration_since(SystemTime::UNIX_EPOCH);
        since.map_or(true, |limit| {
            let limit = (
                i64::try_from(limit.as_secs()).unwrap_or(i64::MAX),
                i64::from(limit.subsec_nanos()),
            );
            self.changed >= limit
        })
    }
}

/// What a build was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    digest: String,
    taken: SystemTime,
    /// Whether a file was written to so shortly before that its times may not tell a next write.
    is_certain: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Stamp {
    recipe: String,
    package: Identity,
}

impl Recipe {
    /// Takes down what a build of `plan` is made of, this program and `SOURCE_DATE_EPOCH` included.
    ///
    /// # Errors
    /// Returns that of a file on disk that the file system does not know.
    pub fn of(plan: &Plan) -> io::Result<Self> {
        let taken = SystemTime::now();
        let mut digest = Sha256::new();
        let mut is_certain = true;
        // Lengths first, so that no two recipes run into one.
        let mut add = |bytes: &[u8]| {
            digest.update((bytes.len() as u64).to_le_bytes());
            digest.update(bytes);
        };
        let program = Identity::of(&std::env::current_exe()?)?;
        add(format!("{program:?}").as_bytes());
        let epoch = std::env::var_os("SOURCE_DATE_EPOCH");
        add(epoch.unwrap_or_default().as_encoded_bytes());
        add(format!("{:?}", plan.identity).as_bytes());
        add(plan.entry_definitions.as_str().as_bytes());
        for entry in plan.entries() {
            add(entry.path.as_str().as_bytes());
            add(&entry.mode.to_le_bytes());
            match &entry.content {
                Content::Bytes(bytes) => {
                    add(b"text");
                    add(bytes);
                }
                Content::File { path, size } => {
                    let identity = Identity::of(path)?;
                    is_certain &= !identity.is_recent(taken);
                    add(b"file");
                    add(&size.to_le_bytes());
                    add(format!("{identity:?}").as_bytes());
                }
            }
        }
        Ok(Self {
            digest: hex::encode(digest.finalize()),
            taken,
            is_certain,
        })
    }
}

/// Where stamps are kept.
#[derive(Debug, Clone)]
pub struct Stamps(PathBuf);

impl Stamps {
    /// Returns the stamps in a folder, which need not be there yet.
    #[must_use]
    pub fn in_folder(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Returns the package at `out` if it is what a build by `recipe` would write there.
    #[must_use]
    pub fn current(&self, recipe: &Recipe, out: &Path) -> Option<Built> {
        let stamp: Stamp = serde_json::from_slice(&fs::read(self.file(out).ok()?).ok()?).ok()?;
        let package = Identity::of(out).ok()?;
        let size = package.size;
        let is_same = stamp.recipe == recipe.digest && stamp.package == package;
        is_same.then(|| Built {
            path: out.to_owned(),
            size,
        })
    }

    /// Keeps that the package at `out` was built of `plan`, whose recipe was taken before. Does
    /// nothing when anything changed since, or shortly before.
    ///
    /// # Errors
    /// Returns the disk's. The package is whole all the same.
    pub fn keep(&self, recipe: &Recipe, plan: &Plan, out: &Path) -> io::Result<()> {
        let now = Recipe::of(plan)?;
        if now.digest != recipe.digest || !recipe.is_certain {
            return Ok(());
        }
        let stamp = Stamp {
            recipe: recipe.digest.clone(),
            package: Identity::of(out)?,
        };
        fs::create_dir_all(&self.0)?;
        let mut scratch = tempfile::NamedTempFile::new_in(&self.0)?;
        scratch.write_all(&serde_json::to_vec(&stamp)?)?;
        scratch.persist(self.file(out)?)?;
        Ok(())
    }

    /// Names a package's stamp by where the package lies.
    fn file(&self, out: &Path) -> io::Result<PathBuf> {
        let place = fs::canonicalize(out)?;
        let digest = Sha256::digest(place.as_os_str().as_encoded_bytes());
        Ok(self.0.join(format!("{}.json", hex::encode(digest))))
    }
}

#[cfg(test)]
mod tests {
    use camino::Utf8PathBuf;

    use super::super::plan::{Entry, MODE_FILE};
    use super::*;

    struct Bench {
        home: tempfile::TempDir,
        plan: Plan,
        stamps: Stamps,
    }

    impl Bench {
        fn new() -> Self {
            let home = tempfile::tempdir().unwrap();
            let identity = super::super::plan::Identity {
                vnfd_id: "id".into(),
                provider: "p".into(),
                product_name: "n".into(),
                version: "1".into(),
                software_version: "1".into(),
                vnfm_info: Vec::new(),
            };
            let mut plan = Plan::new(identity, Utf8PathBuf::from("Definitions/top.yaml"));
            let image = home.path().join("disk");
            fs::write(&image, "disk").unwrap();
            plan.insert(Entry {
                path: "image".into(),
                mode: MODE_FILE,
                content: Content::File {
                    path: image,
                    size: 4,
                },
            });
            fs::write(home.path().join("out.zip"), "package").unwrap();
            let stamps = Stamps::in_folder(home.path().join("stamps"));
            let bench = Self { home, plan, stamps };
            bench.rest();
            bench
        }

        /// Waits until the file system's clock has left the tick of the last write.
        fn rest(&self) {
            let image = Identity::of(&self.home.path().join("disk")).unwrap();
            while image.is_recent(SystemTime::now()) {
                std::thread::yield_now();
            }
        }

        fn out(&self) -> PathBuf {
            self.home.path().join("out.zip")
        }

        fn keep(&self) {
            let recipe = Recipe::of(&self.plan).unwrap();
            self.stamps.keep(&recipe, &self.plan, &self.out()).unwrap();
        }

        fn is_current(&self) -> bool {
            let recipe = Recipe::of(&self.plan).unwrap();
            self.stamps.current(&recipe, &self.out()).is_some()
        }
    }

    #[test]
    fn a_package_is_current_until_anything_changes() {
        let mut bench = Bench::new();
        assert!(!bench.is_current());
        bench.keep();
        assert!(bench.is_current());
        bench.plan.insert(Entry {
            path: "text".into(),
            mode: MODE_FILE,
            content: Content::Bytes(b"new".to_vec()),
        });
        assert!(!bench.is_current());
        bench.keep();
        assert!(bench.is_current());
        fs::write(bench.home.path().join("disk"), "dusk").unwrap();
        assert!(
            !bench.is_current(),
            "an image of the same size was overlooked"
        );
        bench.rest();
        bench.keep();
        fs::write(bench.out(), "pockage").unwrap();
        assert!(!bench.is_current(), "a changed package was overlooked");
    }

    #[test]
    fn what_was_written_a_moment_ago_is_not_trusted() {
        let bench = Bench::new();
        fs::write(bench.home.path().join("disk"), "dark").unwrap();
        let recipe = Recipe::of(&bench.plan).unwrap();
        bench
            .stamps
            .keep(&recipe, &bench.plan, &bench.out())
            .unwrap();
        assert!(!bench.is_current());
    }
}
