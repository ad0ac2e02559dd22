//! `package extract`: all files or some, none outside, none half.

use std::fs;
use std::path::Path;

use rstest::rstest;

use super::super::person::Person;

const SPEC: &str = include_str!("../../../examples/web.yaml");

/// Somebody who has built the package.
fn built() -> Person {
    let me = Person::with(Vec::new());
    fs::write(me.home().join("web.yaml"), SPEC).unwrap();
    me.does(&["package", "build", "web.yaml"]);
    me
}

/// The files below a folder, sorted.
fn files(folder: &Path) -> Vec<String> {
    let found = walkdir::WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        // What the program remembers of its builds lies in the same home.
        .filter_entry(|one| one.file_name() != ".cache");
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
    let me = built();
    let said = me.does(&["package", "extract", "web.zip"]);
    assert!(said.starts_with("web: "), "{said}");
    let folder = me.home().join("web");
    let zip = fs::File::open(me.home().join("web.zip")).unwrap();
    let zip = zip::ZipArchive::new(zip).unwrap();
    let mut names: Vec<_> = zip
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .collect();
    names.sort();
    let mut found = files(&folder);
    found.sort();
    assert_eq!(found, names);
    me.does(&["package", "validate", "--strict", "web"]);
}

#[rstest]
#[case::name(&["web.mf"], &["web.mf"])]
#[case::folder(&["TOSCA-Metadata/*"], &["TOSCA-Metadata/TOSCA.meta"])]
#[case::star_stays_in_a_folder(&["*"], &["web.mf"])]
#[case::anywhere(&["**/web*.yaml", "web.mf"], &["Definitions/web.vnfd.yaml", "Definitions/web_types.yaml", "web.mf"])]
fn patterns_choose(#[case] patterns: &[&str], #[case] expected: &[&str]) {
    let me = built();
    let arguments = [
        &["package", "extract", "web.zip", "--into", "a/b"],
        patterns,
    ]
    .concat();
    me.does(&arguments);
    assert_eq!(files(&me.home().join("a/b")), expected);
}

#[test]
fn what_is_there_stays_unless_it_is_told_otherwise() {
    let me = built();
    let folder = me.home().join("web");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("web.mf"), "mine").unwrap();
    fs::write(folder.join("other"), "mine").unwrap();
    me.fails(2, &["package", "extract", "web.zip"]);
    assert_eq!(fs::read_to_string(folder.join("web.mf")).unwrap(), "mine");
    assert_eq!(
        files(me.home()),
        ["web/other", "web/web.mf", "web.yaml", "web.zip"]
    );
    me.does(&["package", "extract", "web.zip", "--force"]);
    assert_ne!(fs::read_to_string(folder.join("web.mf")).unwrap(), "mine");
    assert_eq!(fs::read_to_string(folder.join("other")).unwrap(), "mine");
}

#[cfg(unix)]
#[test]
fn a_link_in_the_folder_is_not_followed() {
    let me = built();
    let outside = tempfile::tempdir().unwrap();
    fs::create_dir(me.home().join("web")).unwrap();
    std::os::unix::fs::symlink(outside.path(), me.home().join("web/Definitions")).unwrap();
    me.fails(1, &["package", "extract", "web.zip", "--force"]);
    assert!(files(outside.path()).is_empty());
}

#[rstest]
#[case::gone(&["nothing.zip"], 3, "nothing.zip")]
#[case::no_such_file(&["web.zip", "web.fm"], 3, "did you mean `web.mf`?")]
#[case::bad_pattern(&["web.zip", "a[" ], 2, "this is no pattern")]
fn mistakes_write_nothing(#[case] arguments: &[&str], #[case] code: i32, #[case] said: &str) {
    let me = built();
    let errors = me.fails(code, &[&["package", "extract"], arguments].concat());
    assert!(errors.contains(said), "{errors}");
    assert_eq!(files(me.home()), ["web.yaml", "web.zip"]);
}
