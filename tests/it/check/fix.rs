//! `--fix`: digests written anew, and nothing else.

use std::fs;

use super::bench::Bench;

/// What the manifest of the package says of the changed file.
fn changed(bench: &Bench) -> String {
    bench.build("");
    bench.unpack();
    let before = bench.read("web/web.mf");
    let path = "web/Definitions/df_simple.yaml";
    let text = bench.read(path);
    bench.write(path, &format!("{text}# changed\n"));
    before
}

#[test]
fn digests_are_written_anew_and_shown() {
    let bench = Bench::new();
    let before = changed(&bench);
    let said = bench.validate(&["web"]);
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert_eq!(bench.read("web/web.mf"), before);
    let said = bench.validate(&["web", "--fix", "--deny-warnings"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let after = bench.read("web/web.mf");
    let pairs = before.lines().zip(after.lines());
    let new: Vec<_> = pairs.filter(|(old, new)| old != new).collect();
    let [(old, new)] = new[..] else {
        panic!("{new:?}");
    };
    assert!(old.starts_with("Hash: ") && new.starts_with("Hash: "));
    assert_eq!(before.lines().count(), after.lines().count());
    assert!(
        said.err.starts_with("--- a/web.mf\n+++ b/web.mf\n@@ -"),
        "{}",
        said.err
    );
    assert!(
        said.err.contains(&format!("\n-{old}\n+{new}\n")),
        "{}",
        said.err
    );
    // There is nothing left to do.
    let said = bench.validate(&["web", "--fix"]);
    assert_eq!(
        (said.code, said.err.as_str()),
        (Some(0), "web: no faults found\n")
    );
}

#[test]
fn archives_and_signed_manifests_stay_as_they_are() {
    let bench = Bench::new();
    let before = changed(&bench);
    let zip = fs::read(bench.path("web.zip")).unwrap();
    let said = bench.validate(&["web.zip", "--fix"]);
    assert_eq!(said.code, Some(2), "{}", said.err);
    assert_eq!(fs::read(bench.path("web.zip")).unwrap(), zip);
    let signed = format!("{before}\n-----BEGIN CMS-----\nMIIB\n-----END CMS-----\n");
    bench.write("web/web.mf", &signed);
    let said = bench.validate(&["web", "--fix"]);
    assert_eq!(said.code, Some(4), "{}", said.err);
    assert!(said.err.contains("signed"), "{}", said.err);
    assert_eq!(bench.read("web/web.mf"), signed);
}
