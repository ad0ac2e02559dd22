//! `package diff`: meaning, not bytes, and what becomes of a VNF that runs.

use std::fs;
use std::path::Path;

use super::super::person::Person;

const SPEC: &str = include_str!("../../../examples/web.yaml");

/// Builds the package of a spec and unpacks it.
fn built(me: &Person, name: &str, spec: &str) {
    let file = format!("{name}.yaml");
    fs::write(me.home().join(&file), spec).unwrap();
    let zip = format!("{name}.zip");
    me.does(&["package", "build", &file, "--out", &zip]);
    me.does(&["package", "extract", &zip]);
}

fn changed(home: &Path, file: &str, from: &str, to: &str) {
    let file = home.join(file);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(file, text.replace(from, to)).unwrap();
}

fn said(me: &Person, arguments: &[&str]) -> (Option<i32>, String) {
    let done = me.run(&[&["package", "diff"], arguments].concat());
    (done.status.code(), String::from_utf8(done.stdout).unwrap())
}

#[test]
fn bytes_are_not_meaning() {
    let me = Person::with(Vec::new());
    built(&me, "a", SPEC);
    let same = ["a.zip", "a", "--exit-code"];
    let (code, text) = said(&me, &same);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.ends_with("no difference in meaning\n"), "{text}");
    changed(
        me.home(),
        "a/Definitions/df_simple.yaml",
        "    machine:\n",
        "    machine:  # one\n",
    );
    let (code, text) = said(&me, &same);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("the same in other words: Definitions/df_simple.yaml"),
        "{text}"
    );
}

/// A package, and one with another flavor, other limits, and a key for its server in Heat.
fn old_and_new(me: &Person) -> String {
    let new = SPEC
        .replace("m1.tiny", "m1.small")
        .replace("1d0f7a0e-4d1c", "1d0f7a0e-4d1d")
        .replace("max: 5", "max: 7");
    built(me, "a", SPEC);
    built(me, "b", &new);
    let nested = fs::read_dir(me.home().join("b/BaseHOT/simple/nested")).unwrap();
    let nested = nested.map(|one| one.unwrap().file_name()).next().unwrap();
    let nested = format!("BaseHOT/simple/nested/{}", nested.to_str().unwrap());
    changed(
        me.home(),
        &format!("b/{nested}"),
        "    type: OS::Nova::Server\n    properties:\n",
        "    type: OS::Nova::Server\n    properties:\n      key_name: mine\n",
    );
    nested
}

/// What becomes of the parts of a VNF, in words.
fn outcomes(me: &Person) -> Vec<String> {
    let data = me.json(&["package", "diff", "a.zip", "b"]);
    assert_eq!(data["move"]["isPossible"], true);
    let fates = data["move"]["fates"].as_array().unwrap();
    let outcomes = fates.iter().map(|fate| fate["outcome"].as_str().unwrap());
    outcomes.map(str::to_owned).collect()
}

#[test]
fn a_new_flavor_is_rolled_and_templates_are_kept() {
    let me = Person::with(Vec::new());
    let nested = old_and_new(&me);
    let (code, text) = said(&me, &["a.zip", "b", "--exit-code"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("max_number_of_instances: 5 -> 7\n"), "{text}");
    for line in [
        "A running VNF can be moved (change-vnfpkg, by Tacker's default user data)",
        "rolled: VDU machine of simple: flavor m1.tiny -> m1.small",
        "kept: aspect machines of simple: max_scale_level 4 -> 6",
        &format!("kept: {nested}: the changes of machine do not reach the stack"),
    ] {
        assert!(text.contains(line), "{text}");
    }
    assert_eq!(outcomes(&me), ["rolled", "kept", "kept", "kept"]);
}

#[test]
fn user_data_of_the_standard_class_puts_new_templates_in_place() {
    let me = Person::with(Vec::new());
    let nested = old_and_new(&me);
    fs::create_dir(me.home().join("b/UserData")).unwrap();
    let class = "from tacker.sol_refactored.infra_drivers.openstack import userdata_standard\n\n\n\
                 class UserData(userdata_standard.StandardUserData):\n    pass\n";
    fs::write(me.home().join("b/UserData/user_data.py"), class).unwrap();
    let (_, text) = said(&me, &["a.zip", "b"]);
    for line in [
        "by the package's user data of StandardUserData",
        &format!("replaced: machine of {nested}: `key_name` cannot be changed in place"),
        "updated: machines of BaseHOT/simple/simple.yaml: `max_size` differs",
    ] {
        assert!(text.contains(line), "{text}");
    }
    assert_eq!(outcomes(&me), ["replaced", "rolled", "updated", "kept"]);
}

#[test]
fn what_cannot_be_moved_is_said() {
    let me = Person::with(Vec::new());
    built(&me, "a", SPEC);
    built(&me, "b", &SPEC.replace("max: 5", "max: 7"));
    let (_, text) = said(&me, &["a.zip", "b.zip"]);
    assert!(text.contains("A running VNF cannot be moved"), "{text}");
    assert!(text.contains("both have this id"), "{text}");
    let (code, _) = said(&me, &["a.zip", "none.zip"]);
    assert_eq!(code, Some(3));
}

#[test]
fn secrets_are_not_shown() {
    let me = Person::with(Vec::new());
    built(&me, "a", SPEC);
    built(&me, "b", SPEC);
    let mut top = fs::read_dir(me.home().join("b/BaseHOT/simple")).unwrap();
    let top = top.find_map(|one| Some(one.unwrap().path()).filter(|path| path.is_file()));
    let template = top.unwrap();
    let template = template.strip_prefix(me.home()).unwrap().to_str().unwrap();
    changed(
        me.home(),
        template,
        "parameters:\n",
        "parameters:\n  admin_password: {type: string, default: hunter22}\n",
    );
    for format in ["table", "json", "yaml"] {
        let (_, text) = said(&me, &["a", "b", "-o", format]);
        assert!(text.contains("admin_password"), "{text}");
        assert!(
            !text.contains("hunter22") && text.contains("(hidden)"),
            "{text}"
        );
    }
}
