//! A package of which each small file is read once, however many rules ask for it: unpacking is what
//! a check of an archive would otherwise do again and again.

use std::collections::HashMap;
use std::io::{self, Cursor, Read as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use super::tree::Tree;

/// Larger files are read anew each time; in bytes.
const SMALL: u64 = 1 << 20;
/// How much is kept; in bytes.
const MOST: u64 = 32 << 20;

/// A package, and what was read of it.
pub struct Once<'t> {
    under: &'t dyn Tree,
    read: Mutex<HashMap<Utf8PathBuf, Arc<[u8]>>>,
    /// What may yet be kept, in bytes.
    left: AtomicU64,
}

impl<'t> Once<'t> {
    /// The package, nothing of which was read yet.
    #[must_use]
    pub fn new(under: &'t dyn Tree) -> Self {
        Self {
            under,
            read: Mutex::new(HashMap::new()),
            left: AtomicU64::new(MOST),
        }
    }

    fn known(&self, path: &Utf8Path) -> Option<Arc<[u8]>> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.get(path).cloned()
    }

    /// Takes `size` from what may be kept; tells whether it was there.
    fn has_room(&self, size: u64) -> bool {
        let taken = |left: u64| left.checked_sub(size);
        let order = Ordering::Relaxed;
        size <= SMALL && self.left.fetch_update(order, order, taken).is_ok()
    }
}

impl Tree for Once<'_> {
    fn paths(&self) -> Vec<Utf8PathBuf> {
        self.under.paths()
    }

    fn size(&self, path: &Utf8Path) -> Option<u64> {
        self.under.size(path)
    }

    fn mode(&self, path: &Utf8Path) -> Option<u32> {
        self.under.mode(path)
    }

    fn open(&self, path: &Utf8Path) -> io::Result<Box<dyn io::Read + '_>> {
        if let Some(bytes) = self.known(path) {
            return Ok(Box::new(Cursor::new(bytes)));
        }
        let mut reader = self.under.open(path)?;
        let Some(size) = self.size(path).filter(|size| self.has_room(*size)) else {
            return Ok(reader);
        };
        // What has more than it says, others are to find out, by reading it themselves.
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        io::Read::take(&mut reader, size + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != size {
            return self.under.open(path);
        }
        let bytes: Arc<[u8]> = bytes.into();
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.insert(path.to_owned(), Arc::clone(&bytes));
        Ok(Box::new(Cursor::new(bytes)))
    }

    fn sha256(&self, path: &Utf8Path) -> io::Result<String> {
        // A plan does not read what it only names.
        match self.known(path) {
            Some(bytes) => super::tree::sha256_of(&mut &*bytes),
            None => self.under.sha256(path),
        }
    }
}

impl std::fmt::Debug for Once<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Once")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Files, how large they say that they are, and how often each was opened.
    struct Counted(
        BTreeMap<&'static str, (&'static [u8], u64)>,
        Mutex<HashMap<Utf8PathBuf, usize>>,
    );

    impl Tree for Counted {
        fn paths(&self) -> Vec<Utf8PathBuf> {
            self.0.keys().map(|path| (*path).into()).collect()
        }

        fn size(&self, path: &Utf8Path) -> Option<u64> {
            self.0.get(path.as_str()).map(|(_, size)| *size)
        }

        fn mode(&self, _path: &Utf8Path) -> Option<u32> {
            None
        }

        fn open(&self, path: &Utf8Path) -> io::Result<Box<dyn io::Read + '_>> {
            *self.1.lock().unwrap().entry(path.to_owned()).or_default() += 1;
            let file = self.0.get(path.as_str());
            let (bytes, _) = file.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
            Ok(Box::new(*bytes))
        }
    }

    fn opened(
        files: &[(&'static str, &'static [u8], u64)],
        path: &str,
        times: usize,
    ) -> (usize, Vec<u8>) {
        let files = files
            .iter()
            .map(|(path, bytes, size)| (*path, (*bytes, *size)));
        let counted = Counted(files.collect(), Mutex::default());
        let once = Once::new(&counted);
        let mut bytes = Vec::new();
        for _ in 0..times {
            bytes = once.read(path.into(), 1 << 30).unwrap();
        }
        let count = counted.1.lock().unwrap()[Utf8Path::new(path)];
        (count, bytes)
    }

    #[test]
    fn a_small_file_is_opened_once() {
        assert_eq!(opened(&[("a", b"abc", 3)], "a", 5), (1, b"abc".to_vec()));
    }

    #[test]
    fn what_is_not_as_large_as_it_says_is_left_to_others() {
        assert_eq!(opened(&[("a", b"abcd", 3)], "a", 1), (2, b"abcd".to_vec()));
        assert_eq!(opened(&[("a", b"ab", 3)], "a", 1), (2, b"ab".to_vec()));
    }

    #[test]
    fn a_large_file_is_not_kept() {
        assert_eq!(opened(&[("a", b"abc", SMALL + 1)], "a", 3).0, 3);
    }

    #[test]
    fn what_is_not_there_is_not_there() {
        let counted = Counted(BTreeMap::new(), Mutex::default());
        let once = Once::new(&counted);
        let error = once.open("a".into()).err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
