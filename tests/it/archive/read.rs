//! Reading: what was written comes back, and what would mislead is refused.

use std::fs;
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rstest::rstest;
use vnfctl::package::build;
use vnfctl::package::reader::{Fault, Folder, Limits, OpenError, Zipped, open};
use vnfctl::package::tree::Tree;

use super::{plan, python};

/// Runs `program` with `zipfile` imported and `package` open for writing at the returned path.
fn made(directory: &Path, program: &str) -> PathBuf {
    let out = directory.join("made.zip");
    let program = format!(
        "import stat, sys, warnings, zipfile\nwarnings.simplefilter('ignore')\n\
         package = zipfile.ZipFile(sys.argv[1], 'w')\n{program}\npackage.close()\n"
    );
    python(&program, &[&out]);
    out
}

/// Why it was refused; nothing when that was not the reason.
fn faults(opened: Result<Zipped, OpenError>) -> Vec<Fault> {
    match opened.unwrap_err() {
        OpenError::Refused { faults, .. } => faults,
        _ => Vec::new(),
    }
}

#[test]
fn built_package_is_read_back_from_zip_and_from_folder() {
    let directory = tempfile::tempdir().unwrap();
    let image = directory.path().join("image");
    fs::write(&image, vec![7; 300_000]).unwrap();
    let plan = plan(Some(&image));
    let zip = directory.path().join("sample.zip");
    build(&plan, &zip, &mut |_, _| {}).unwrap();
    let folder = directory.path().join("unpacked");
    python(
        "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])",
        &[&zip, &folder],
    );
    for tree in [open(&zip).unwrap(), open(&folder).unwrap()] {
        let mut expected = plan.paths();
        expected.extend(["TOSCA-Metadata/TOSCA.meta", "sample.mf"].map(Into::into));
        expected.sort();
        assert_eq!(tree.paths(), expected);
        for path in plan.paths() {
            assert_eq!(tree.size(&path), plan.size(&path));
            let limit = 300_000;
            assert!(tree.read(&path, limit).unwrap() == plan.read(&path, limit).unwrap());
        }
        // Members are read side by side, each from a place of its own.
        let mut one = tree.open("Scripts/node.sh".into()).unwrap();
        let mut other = tree.open("Scripts/node.sh".into()).unwrap();
        let mut text = [String::new(), String::new()];
        one.by_ref().take(3).read_to_string(&mut text[0]).unwrap();
        other.read_to_string(&mut text[1]).unwrap();
        one.read_to_string(&mut text[0]).unwrap();
        assert_eq!(text[0], text[1]);
        for absent in ["Scripts", "none", "../image", ""] {
            let error = tree.open(absent.into()).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::NotFound, "{absent}");
        }
    }
}

#[rstest]
#[case::parent("package.writestr('../evil', 'x')", "`../evil`: it has a part")]
#[case::absolute("package.writestr('/etc/evil', 'x')", "`/etc/evil`: it is absolute")]
#[case::drive("package.writestr('C:evil', 'x')", "it is absolute")]
#[case::backslash("package.writestr('a\\\\..\\\\evil', 'x')", "it has a backslash")]
#[case::folder("package.writestr('../evil/', '')", "`../evil/`: it has a part")]
#[case::control("package.writestr('a\\nb', 'x')", "control character")]
#[case::case(
    "package.writestr('A/b', 'x'); package.writestr('a/B', 'x')",
    "`A/b` and `a/B` differ only"
)]
#[case::file_and_folder(
    "package.writestr('a', 'x'); package.writestr('a/b', 'x')",
    "`a` is there twice"
)]
#[case::duplicate(
    "package.writestr('a', 'x'); package.writestr('a', 'y')",
    "duplicate file names"
)]
#[case::method(
    "package.writestr('a', 'x' * 99, compress_type=zipfile.ZIP_BZIP2)",
    "only `stored` and `deflated`"
)]
#[case::link(
    "info = zipfile.ZipInfo('link'); info.create_system = 3
info.external_attr = (stat.S_IFLNK | 0o777) << 16
package.writestr(info, '/etc/passwd')",
    "`link` is neither a file nor a folder"
)]
#[case::bomb(
    "package.writestr('zeros', bytes(80 << 20), compress_type=zipfile.ZIP_DEFLATED)",
    "would unpack to 83886080 bytes"
)]
fn misleading_archive_is_refused(#[case] program: &str, #[case] said: &str) {
    let directory = tempfile::tempdir().unwrap();
    let out = made(directory.path(), program);
    let error = Zipped::open(&out, Limits::default()).unwrap_err();
    assert!(matches!(error, OpenError::Refused { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains(said), "{text}");
}

#[test]
fn all_faults_are_said_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let program = "package.writestr('../a', 'x'); package.writestr('/b', 'x')";
    let out = made(directory.path(), program);
    assert_eq!(faults(Zipped::open(&out, Limits::default())).len(), 2);
}

#[test]
fn limits_hold_at_their_edge() {
    let directory = tempfile::tempdir().unwrap();
    let program = "for n in range(3): package.writestr(str(n), '12345')";
    let out = made(directory.path(), program);
    let at = |entries, bytes| Limits {
        entries,
        bytes,
        ..Limits::default()
    };
    Zipped::open(&out, at(3, 15)).unwrap();
    assert!(matches!(
        faults(Zipped::open(&out, at(2, 15)))[..],
        [Fault::Entries { found: 3, most: 2 }]
    ));
    assert!(matches!(
        faults(Zipped::open(&out, at(3, 14)))[..],
        [Fault::Bomb {
            unpacked: 15,
            most: 14,
            ..
        }]
    ));
}

/// Overwrites `old` by `new` wherever it stands in the file.
fn forge(path: &Path, old: &[u8], new: &[u8]) {
    let mut bytes = fs::read(path).unwrap();
    let mut places = 0;
    for at in 0..=bytes.len() - old.len() {
        if bytes[at..].starts_with(old) {
            bytes[at..at + new.len()].copy_from_slice(new);
            places += 1;
        }
    }
    assert!(places > 0);
    fs::write(path, bytes).unwrap();
}

#[test]
fn member_that_unpacks_to_more_than_promised_is_cut_off() {
    let directory = tempfile::tempdir().unwrap();
    let out = made(
        directory.path(),
        "package.writestr('a', bytes(123456), compress_type=zipfile.ZIP_DEFLATED)",
    );
    // Both headers promise 100 bytes, so that only reading tells.
    forge(&out, &123_456_u32.to_le_bytes(), &100_u32.to_le_bytes());
    let tree = Zipped::open(&out, Limits::default()).unwrap();
    let error = tree.read("a".into(), 1 << 20).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    assert!(error.to_string().contains("more bytes"), "{error}");
}

#[test]
fn changed_content_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let out = made(directory.path(), "package.writestr('a', 'original')");
    forge(&out, b"original", b"tampered");
    let tree = Zipped::open(&out, Limits::default()).unwrap();
    let error = tree.read("a".into(), 99).unwrap_err();
    assert!(error.to_string().contains("checksum"), "{error}");
}

#[test]
fn header_that_contradicts_the_directory_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let out = made(directory.path(), "package.writestr('name-one', 'x')");
    let mut bytes = fs::read(&out).unwrap();
    // The local header stands first; tools that stream would see this name.
    bytes[30..38].copy_from_slice(b"name-two");
    fs::write(&out, bytes).unwrap();
    let found = faults(Zipped::open(&out, Limits::default()));
    assert!(matches!(found[..], [Fault::Contradiction(_)]), "{found:?}");
}

#[test]
fn encrypted_entry_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("a"), "secret").unwrap();
    let zipped = std::process::Command::new("zip")
        .args(["-q", "-P", "password", "made.zip", "a"])
        .current_dir(directory.path())
        .status()
        .unwrap();
    assert!(zipped.success());
    let out = directory.path().join("made.zip");
    let found = faults(Zipped::open(&out, Limits::default()));
    assert!(matches!(&found[..], [Fault::Encrypted(path)] if path == "a"));
}

#[test]
fn what_is_no_archive_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("sample.zip");
    fs::write(&out, "").unwrap();
    let error = open(&out).err().unwrap();
    let said = format!("`{}` is an empty file", out.display());
    assert_eq!(error.to_string(), said);
    for text in ["not a zip", &"x".repeat(100_000)] {
        fs::write(&out, text).unwrap();
        let error = open(&out).err().unwrap();
        assert!(
            matches!(&error, OpenError::NotZip { path, .. } if *path == out),
            "{error:?}"
        );
    }
    let gone = directory.path().join("gone.zip");
    let error = open(&gone).err().unwrap();
    assert!(
        matches!(&error, OpenError::Io { path, source } if *path == gone && source.kind() == ErrorKind::NotFound)
    );
}

#[test]
fn truncated_archive_never_passes() {
    let directory = tempfile::tempdir().unwrap();
    let whole = directory.path().join("whole.zip");
    build(&plan(None), &whole, &mut |_, _| {}).unwrap();
    let bytes = fs::read(&whole).unwrap();
    let part = directory.path().join("part.zip");
    for length in (0..bytes.len()).step_by(7) {
        fs::write(&part, &bytes[..length]).unwrap();
        assert!(open(&part).is_err(), "{length} of {} bytes", bytes.len());
    }
}

#[test]
fn folder_with_a_link_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("Definitions")).unwrap();
    fs::write(directory.path().join("Definitions/a.yaml"), "a: b").unwrap();
    let folder = Folder::open(directory.path(), Limits::default()).unwrap();
    assert_eq!(folder.paths(), ["Definitions/a.yaml"]);
    symlink("/etc/passwd", directory.path().join("Definitions/link")).unwrap();
    let error = Folder::open(directory.path(), Limits::default()).unwrap_err();
    assert!(
        matches!(&error, OpenError::Refused { faults, .. }
            if matches!(&faults[..], [Fault::Special(path)] if path == "Definitions/link")),
        "{error:?}"
    );
}
