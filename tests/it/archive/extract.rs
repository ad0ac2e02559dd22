//! `package extract`: all files or some, none outside, none half.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use rstest::rstest;

const SPEC: &str = include_str!("web.yaml");

fn vnfctl(home: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vnfctl"))
        .args(arguments)
        .current_dir(home)
        .output()
        .unwrap()
}

fn built() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("web.yaml"), SPEC).unwrap();
    let done = vnfctl(home.path(), &["package", "build", "web.yaml"]);
    assert!(done.status.success(), "{done:?}");
    home
}

/// The files below a folder, sorted.
fn files(folder: &Path) -> Vec<String> {
    let found = walkdir::WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter();
    let found = found
        .map(Result::unwrap)
        .filter(|one| one.file_type().is_file());
    found
        .map(|one| {
            one.path()
                .strip_prefix(folder)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        })
        .collect()
}

#[test]
fn what_is_unpacked_is_the_package() {
    let home = built();
    let done = vnfctl(home.path(), &["package", "extract", "web.zip"]);
    assert!(done.status.success(), "{done:?}");
    let said = String::from_utf8(done.stdout).unwrap();
    assert!(said.starts_with("web: "), "{said}");
    let folder = home.path().join("web");
    let zip = fs::File::open(home.path().join("web.zip")).unwrap();
    let zip = zip::ZipArchive::new(zip).unwrap();
    let mut names: Vec<_> = zip
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .collect();
    names.sort();
    let mut found = files(&folder);
    found.sort();
    assert_eq!(found, names);
    let done = vnfctl(home.path(), &["package", "validate", "--strict", "web"]);
    assert!(done.status.success(), "{done:?}");
}

#[rstest]
#[case::name(&["web.mf"], &["web.mf"])]
#[case::folder(&["TOSCA-Metadata/*"], &["TOSCA-Metadata/TOSCA.meta"])]
#[case::star_stays_in_a_folder(&["*"], &["web.mf"])]
#[case::anywhere(&["**/web*.yaml", "web.mf"], &["Definitions/web.vnfd.yaml", "Definitions/web_types.yaml", "web.mf"])]
fn patterns_choose(#[case] patterns: &[&str], #[case] expected: &[&str]) {
    let home = built();
    let arguments = [
        &["package", "extract", "web.zip", "--into", "a/b"],
        patterns,
    ]
    .concat();
    let done = vnfctl(home.path(), &arguments);
    assert!(done.status.success(), "{done:?}");
    assert_eq!(files(&home.path().join("a/b")), expected);
}

#[test]
fn what_is_there_stays_unless_it_is_told_otherwise() {
    let home = built();
    let folder = home.path().join("web");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("web.mf"), "mine").unwrap();
    fs::write(folder.join("other"), "mine").unwrap();
    let done = vnfctl(home.path(), &["package", "extract", "web.zip"]);
    assert_eq!(done.status.code(), Some(2), "{done:?}");
    assert_eq!(fs::read_to_string(folder.join("web.mf")).unwrap(), "mine");
    assert_eq!(
        files(home.path()),
        ["web/other", "web/web.mf", "web.yaml", "web.zip"]
    );
    let done = vnfctl(home.path(), &["package", "extract", "web.zip", "--force"]);
    assert!(done.status.success(), "{done:?}");
    assert_ne!(fs::read_to_string(folder.join("web.mf")).unwrap(), "mine");
    assert_eq!(fs::read_to_string(folder.join("other")).unwrap(), "mine");
}

#[cfg(unix)]
#[test]
fn a_link_in_the_folder_is_not_followed() {
    let home = built();
    let outside = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("web")).unwrap();
    std::os::unix::fs::symlink(outside.path(), home.path().join("web/Definitions")).unwrap();
    let done = vnfctl(home.path(), &["package", "extract", "web.zip", "--force"]);
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    assert!(files(outside.path()).is_empty());
}

#[rstest]
#[case::gone(&["nothing.zip"], 3, "nothing.zip")]
#[case::no_such_file(&["web.zip", "web.fm"], 3, "did you mean `web.mf`?")]
#[case::bad_pattern(&["web.zip", "a[" ], 2, "this is no pattern")]
fn mistakes_write_nothing(#[case] arguments: &[&str], #[case] code: i32, #[case] said: &str) {
    let home = built();
    let done = vnfctl(home.path(), &[&["package", "extract"], arguments].concat());
    assert_eq!(done.status.code(), Some(code), "{done:?}");
    let errors = String::from_utf8(done.stderr).unwrap();
    assert!(errors.contains(said), "{errors}");
    assert_eq!(files(home.path()), ["web.yaml", "web.zip"]);
}
