//! A build after which nothing changed, at the command line.

use std::fs;
use std::time::{Duration, Instant};

use super::super::person::Person;

const SPEC: &str = include_str!("../../../examples/web.yaml");

/// Somebody with a spec and the package that was built of it.
fn person() -> Person {
    let me = Person::with(Vec::new());
    fs::write(me.home().join("web.yaml"), SPEC).unwrap();
    me.does(&["package", "build", "web.yaml"]);
    me
}

#[test]
fn nothing_is_written_again_until_something_changes() {
    let me = person();
    let package = me.home().join("web.zip");
    let written = || fs::metadata(&package).unwrap().modified().unwrap();
    let first = written();
    let said = me.does(&["package", "build", "web.yaml"]);
    assert!(said.ends_with(" bytes, unchanged\n"), "{said}");
    assert_eq!(written(), first);
    let said = me.does(&["package", "build", "web.yaml", "--rebuild"]);
    assert!(!said.contains("unchanged"), "{said}");
    assert_ne!(written(), first);
    let bytes = fs::read(&package).unwrap();
    fs::write(&package, "spoilt").unwrap();
    me.does(&["package", "build", "web.yaml"]);
    assert_eq!(fs::read(&package).unwrap(), bytes);
    let spec = SPEC.replace("version: \"1.0\"", "version: \"1.1\"");
    assert_ne!(spec, SPEC);
    fs::write(me.home().join("web.yaml"), spec).unwrap();
    me.does(&["package", "build", "web.yaml"]);
    assert_ne!(fs::read(&package).unwrap(), bytes);
}

#[test]
fn an_image_that_changed_is_packed_again() {
    let me = Person::with(Vec::new());
    let image = me.home().join("disk.qcow2");
    fs::write(&image, "one").unwrap();
    let spec = SPEC.replacen("image:\n", "image:\n  file: disk.qcow2\n", 1);
    assert_ne!(spec, SPEC);
    fs::write(me.home().join("web.yaml"), spec).unwrap();
    let build = ["package", "build", "web.yaml"];
    // A file that was written within the file system's tick is packed again for safety, so that
    // the second build after it may not know yet.
    let patience = Instant::now() + Duration::from_secs(20);
    while !me.does(&build).contains("unchanged") {
        assert!(Instant::now() < patience, "each build copies the image");
    }
    fs::write(&image, "two").unwrap();
    let said = me.does(&build);
    assert!(!said.contains("unchanged"), "{said}");
    let package = fs::read(me.home().join("web.zip")).unwrap();
    assert!(package.windows(3).any(|part| part == b"two"));
}
