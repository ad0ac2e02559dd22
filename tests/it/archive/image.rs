//! Packages that carry an image: read once, told about, taken back, and as large as one likes.

use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use camino::Utf8Path;
use sha2::{Digest as _, Sha256};
use vnfctl::diagnose::{Sink, Sources};
use vnfctl::package::plan::Plan;
use vnfctl::package::tree::Tree as _;
use vnfctl::package::{self, BuildError, build, build_unless, open};
use vnfctl::spec;

use super::{names_in, plan, python};

/// Where a package carries the image `disk.raw`.
const IMAGE: &str = "Files/images/disk.raw";

/// Writes a spec that embeds `disk.raw`, which lies beside it; returns its path.
fn spec_with_image(directory: &Path) -> PathBuf {
    let made = Command::new(env!("CARGO_BIN_EXE_vnfctl"))
        .args(["package", "new", "plain-vm", "web"])
        .current_dir(directory)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let path = directory.join("web.yaml");
    let text = fs::read_to_string(&path).unwrap();
    let embedding = text.replace(
        "\nimage:\n",
        "\nimage:\n  file: disk.raw\n  diskFormat: raw\n",
    );
    assert_ne!(embedding, text);
    fs::write(&path, embedding).unwrap();
    path
}

/// Makes `disk.raw`, empty but for its last bytes, which needs no room on the disk.
fn sparse_image(directory: &Path, size: u64) -> PathBuf {
    let path = directory.join("disk.raw");
    let mut file = File::create(&path).unwrap();
    let tail = b"the end";
    let start = size - tail.len() as u64;
    file.seek(SeekFrom::Start(start)).unwrap();
    file.write_all(tail).unwrap();
    path
}

fn rendered(spec: &Path) -> Plan {
    let (mut sources, mut sink) = (Sources::default(), Sink::default());
    let spec = Utf8Path::from_path(spec).unwrap();
    let loaded = spec::load(spec, &mut sources, &mut sink).unwrap();
    package::render(&loaded.unwrap()).unwrap()
}

fn text(tree: &dyn package::tree::Tree, path: &str) -> String {
    String::from_utf8(tree.read(path.into(), 1 << 20).unwrap()).unwrap()
}

/// Bytes that this thread has asked of files, cached or not.
fn bytes_read() -> u64 {
    let counters = fs::read_to_string("/proc/thread-self/io").unwrap();
    let count = counters.lines().find_map(|l| l.strip_prefix("rchar: "));
    count.unwrap().parse().unwrap()
}

#[test]
fn image_is_read_once_and_described_by_its_bytes() {
    let directory = tempfile::tempdir().unwrap();
    let spec = spec_with_image(directory.path());
    let size = 20_000_000;
    let content: Vec<u8> = (0..size)
        .map(|n: u32| n.to_le_bytes()[n as usize % 3])
        .collect();
    fs::write(directory.path().join("disk.raw"), &content).unwrap();
    let digest = hex::encode(Sha256::digest(&content));
    let out = directory.path().join("web.zip");

    let before = bytes_read();
    let plan = rendered(&spec);
    build(&plan, &out, &mut |_, _| {}).unwrap();
    let read = bytes_read() - before;

    let size = u64::from(size);
    assert!((size..size + size / 4).contains(&read), "{read} of {size}");
    let tree = open(&out).unwrap();
    assert_eq!(tree.sha256(IMAGE.into()).unwrap(), digest);
    let flavour = text(&*tree, "Definitions/df_simple.yaml");
    assert!(
        flavour.contains(&format!("hash: \"{digest}\"")),
        "{flavour}"
    );
    assert!(flavour.contains(&format!("size: {size} B")), "{flavour}");
    let manifest = text(&*tree, "web.mf");
    let listed = format!("Source: {IMAGE}\nAlgorithm: SHA-256\nHash: {digest}\n");
    assert!(manifest.contains(&listed), "{manifest}");
    // Whoever judges the plan finds text and file to agree there too.
    let planned = text(&plan, "Definitions/df_simple.yaml");
    let stand_in = plan.sha256(IMAGE.into()).unwrap();
    assert_eq!(planned.replace(&stand_in, &digest), flavour);
}

#[test]
fn image_that_cannot_be_read_is_named_before_anything_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let spec = spec_with_image(directory.path());
    let image = directory.path().join("disk.raw");
    for make in [
        |_: &Path| {},
        |path: &Path| fs::create_dir(path).unwrap(),
        |path: &Path| {
            fs::remove_dir(path).unwrap();
            // A pipe would be waited for without end.
            let made = Command::new("mkfifo").arg(path).status().unwrap();
            assert!(made.success());
        },
    ] {
        make(&image);
        let built = Command::new(env!("CARGO_BIN_EXE_vnfctl"))
            .args(["package", "build"])
            .arg(&spec)
            .output()
            .unwrap();
        let said = String::from_utf8(built.stderr).unwrap();
        assert_eq!(built.status.code(), Some(2), "{said}");
        assert!(said.contains(image.to_str().unwrap()), "{said}");
    }
    assert_eq!(names_in(directory.path()), ["disk.raw", "web.yaml"]);
}

#[test]
fn build_that_is_stopped_leaves_all_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let image = sparse_image(directory.path(), 3_000_000);
    let out = directory.path().join("sample.zip");
    fs::write(&out, "old").unwrap();
    let stopped = AtomicBool::new(false);
    let mut heard = 0;
    let error = build_unless(
        &plan(Some(&image)),
        &out,
        &mut |done, _| {
            heard = done;
            stopped.store(done > 1_000_000, Ordering::Relaxed);
        },
        &stopped,
    );
    let error = error.unwrap_err();
    assert!(
        matches!(&error, BuildError::Stopped(path) if *path == out),
        "{error:?}"
    );
    assert!(heard < 2_000_000, "{heard} bytes were packed all the same");
    assert_eq!(fs::read(&out).unwrap(), b"old");
    assert_eq!(names_in(directory.path()), ["disk.raw", "sample.zip"]);
}

/// Waits until `reached` and fails when that takes too long.
fn until(what: &str, mut reached: impl FnMut() -> bool) {
    let began = Instant::now();
    while !reached() {
        assert!(began.elapsed() < Duration::from_secs(30), "no {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn interrupted_build_takes_its_part_away_and_says_so() {
    for signal in ["-INT", "-TERM"] {
        let directory = tempfile::tempdir().unwrap();
        let spec = spec_with_image(directory.path());
        // Long enough to be stopped, small enough for the disk of any machine.
        sparse_image(directory.path(), 1 << 33);
        let building = Command::new(env!("CARGO_BIN_EXE_vnfctl"))
            .args(["package", "build"])
            .arg(&spec)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        until("part of a package", || {
            fs::read_dir(directory.path()).unwrap().any(|entry| {
                let entry = entry.unwrap();
                let name = entry.file_name().into_string().unwrap();
                name.starts_with(".vnfctl-") && entry.metadata().unwrap().len() > 1 << 20
            })
        });
        let sent = Command::new("kill")
            .args([signal, &building.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        let ended = building.wait_with_output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(130), "{said}");
        let out = directory.path().join("web.zip");
        let word = format!(
            "error: stopped building {}, and removed its part\n",
            out.display()
        );
        assert_eq!(said, word);
        assert!(ended.stdout.is_empty());
        assert_eq!(names_in(directory.path()), ["disk.raw", "web.yaml"]);
    }
}

/// Runs a command on a terminal of its own, presses Ctrl-C there once it has shown a text,
/// and prints its exit code and all it has shown.
const TERMINAL: &str = r#"
import os, pty, sys
awaited, command = sys.argv[1].encode(), sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    # Whatever this runs in: a bar is not drawn on a terminal that calls itself dumb.
    os.execvpe(command[0], command, os.environ | {"TERM": "xterm"})
shown, pressed = b"", False
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        break
    shown += piece
    if awaited in shown and not pressed:
        pressed = True
        os.write(terminal, b"\x03")
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(shown.decode())
"#;

#[test]
fn long_build_on_a_terminal_shows_a_bar_until_ctrl_c() {
    let directory = tempfile::tempdir().unwrap();
    let spec = spec_with_image(directory.path());
    // Long enough to be stopped, small enough for the disk of any machine.
    sparse_image(directory.path(), 1 << 33);
    let program = Path::new(env!("CARGO_BIN_EXE_vnfctl"));
    let words = [
        "/8.00 GiB".as_ref(),
        program,
        "package".as_ref(),
        "build".as_ref(),
        &spec,
    ];
    let shown = python(TERMINAL, &words);
    assert!(shown.starts_with("130\n"), "{shown}");
    assert!(shown.contains("/8.00 GiB"), "{shown}");
    assert!(shown.contains("stopped building"), "{shown}");
    assert_eq!(names_in(directory.path()), ["disk.raw", "web.yaml"]);
}

#[test]
#[ignore = "writes 4 GiB; scripts/test runs it"]
fn package_above_4_gib_is_read_by_others_and_by_us() {
    let directory = tempfile::tempdir().unwrap();
    let spec = spec_with_image(directory.path());
    let size = (4 << 30) + 12_345;
    sparse_image(directory.path(), size);
    let out = directory.path().join("web.zip");
    build(&rendered(&spec), &out, &mut |_, _| {}).unwrap();

    let program = r#"
import hashlib, sys, zipfile
package = zipfile.ZipFile(sys.argv[1])
image = package.getinfo(sys.argv[2])
# What follows the image begins where 32 bits do not reach.
assert package.getinfo("web.mf").header_offset > 1 << 32
digest = hashlib.sha256()
with package.open(image) as content:
    while piece := content.read(1 << 20):
        digest.update(piece)
manifest = package.read("web.mf").decode()
assert f"Source: {image.filename}\nAlgorithm: SHA-256\nHash: {digest.hexdigest()}\n" in manifest
print(image.file_size, digest.hexdigest())
"#;
    let seen = python(program, &[&out, Path::new(IMAGE)]);
    let (seen_size, seen_digest) = seen.trim().split_once(' ').unwrap();
    assert_eq!(seen_size, size.to_string());
    let tree = open(&out).unwrap();
    assert_eq!(tree.size(IMAGE.into()), Some(size));
    assert_eq!(tree.sha256(IMAGE.into()).unwrap(), seen_digest);
    let flavour = text(&*tree, "Definitions/df_simple.yaml");
    assert!(flavour.contains(seen_digest), "{flavour}");
    let unzip = Command::new("unzip").arg("-l").arg(&out).output().unwrap();
    let listed = String::from_utf8(unzip.stdout).unwrap();
    assert!(listed.contains(&size.to_string()), "{listed}");
}
