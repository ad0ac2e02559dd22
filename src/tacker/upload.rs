//! A file as a request body: streamed, with its length, and watched while it goes.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use reqwest::Body;

use super::{Error, Kind};

/// Told how many of the file's bytes were handed over to the connection so far, after each
/// piece; begins anew when the file is sent again.
pub(super) type Progress = Arc<dyn Fn(u64) + Send + Sync>;

/// Bytes read at a time; large enough that the disk and not the calls decide.
const PIECE: usize = 256 * 1024;
/// Pieces read before they are asked for.
const AHEAD: usize = 4;
/// Longest that an upload may stand still before the server has everything.
const STALLED: Duration = Duration::from_secs(60);
/// Longest that the server may take once it has everything: it stores the file, then answers.
const STORING: Duration = Duration::from_secs(900);

/// One try to send a file.
pub(super) struct Upload {
    body: Body,
    watch: Watch,
}

/// How far the try is. A limit on the whole request would forbid large images, and the
/// HTTP library's limit on reading counts from the request's start, so it would as well.
#[derive(Clone)]
pub(super) struct Watch {
    path: PathBuf,
    size: u64,
    sent: Arc<AtomicU64>,
    changed: Arc<AtomicBool>,
}

impl Upload {
    /// Opens the file and notes its size, which is announced: uwsgi wants no chunked body.
    pub(super) async fn open(path: &Path, progress: Progress) -> Result<Self, Error> {
        let cannot = |e: std::io::Error| unreadable(path, &e.to_string());
        let file = tokio::fs::File::open(path).await.map_err(cannot)?;
        let metadata = file.metadata().await.map_err(cannot)?;
        if !metadata.is_file() {
            return Err(unreadable(path, "it is not a file"));
        }
        let watch = Watch {
            path: path.to_owned(),
            size: metadata.len(),
            sent: Arc::default(),
            changed: Arc::default(),
        };
        let meter = watch.clone();
        let pieces = ahead(file.into_std().await).map(move |piece| {
            let piece = piece.inspect_err(|_| meter.changed.store(true, Ordering::Relaxed))?;
            let bytes = piece.len() as u64;
            let sent = meter.sent.fetch_add(bytes, Ordering::Relaxed) + bytes;
            if sent > meter.size {
                meter.changed.store(true, Ordering::Relaxed);
                return Err(std::io::Error::other("the file grew"));
            }
            progress(sent);
            Ok(piece)
        });
        let meter = watch.clone();
        let end = futures_util::stream::once(async move {
            if meter.sent.load(Ordering::Relaxed) == meter.size {
                return Ok(Bytes::new());
            }
            meter.changed.store(true, Ordering::Relaxed);
            Err(std::io::Error::other("the file shrank"))
        });
        let body = Body::wrap_stream(pieces.chain(end));
        Ok(Self { body, watch })
    }

    /// Size of the file in bytes.
    pub(super) fn size(&self) -> u64 {
        self.watch.size
    }

    pub(super) fn watch(&self) -> Watch {
        self.watch.clone()
    }

    pub(super) fn into_body(self) -> Body {
        self.body
    }
}

/// Reads a file on a thread of its own, a few pieces ahead of who sends them: disk and connection
/// work side by side.
fn ahead(mut file: std::fs::File) -> impl Stream<Item = std::io::Result<Bytes>> {
    let (sender, mut pieces) = tokio::sync::mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        let (back, used) = std::sync::mpsc::channel();
        loop {
            let mut buffer: Vec<u8> = used.try_recv().unwrap_or_default();
            buffer.clear();
            let read = file.by_ref().take(PIECE as u64).read_to_end(&mut buffer);
            let ends = !matches!(read, Ok(bytes) if bytes > 0);
            if matches!(read, Ok(0)) {
                return;
            }
            let back = back.clone();
            let piece = read.map(|_| Bytes::from_owner(Lent { buffer, back }));
            // Nobody takes it any more once the request has ended.
            if sender.blocking_send(piece).is_err() || ends {
                return;
            }
        }
    });
    futures_util::stream::poll_fn(move |context| pieces.poll_recv(context))
}

/// A piece whose memory goes back to who reads when it is sent: new memory for each costs as much
/// as sending it.
struct Lent {
    buffer: Vec<u8>,
    back: std::sync::mpsc::Sender<Vec<u8>>,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.buffer
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // The reader may have come to its end, and then nobody needs the memory.
        let _ = self.back.send(std::mem::take(&mut self.buffer));
    }
}

impl Watch {
    /// Returns, with the reason, once the upload does not move any more.
    pub(super) async fn stalled(&self) -> String {
        loop {
            let before = self.sent.load(Ordering::Relaxed);
            let all = before >= self.size;
            let patience = if all { STORING } else { STALLED };
            tokio::time::sleep(patience).await;
            if self.sent.load(Ordering::Relaxed) == before {
                let seconds = patience.as_secs();
                return if all {
                    format!("the server has the whole file and does not answer for {seconds} s")
                } else {
                    format!("the server takes no more of the file for {seconds} s")
                };
            }
        }
    }

    /// Says so when the file and not the network is at fault.
    pub(super) fn explain(&self, error: Error) -> Error {
        if self.changed.load(Ordering::Relaxed) {
            return unreadable(&self.path, "it changed while it was uploaded");
        }
        error
    }
}

fn unreadable(path: &Path, why: &str) -> Error {
    Error::plain(
        Kind::Config,
        format!("cannot read {}: {why}", path.display()),
    )
}
