//! `--fix`: what is certain is mended, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use rstest::rstest;
use vnfctl::check::{self, Policy};
use vnfctl::diagnose::Severity;
use vnfctl::package;

use super::bench::Bench;
use super::corpus::{self, edit};

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

/// Everything in the package's folder, by path.
fn contents(bench: &Bench) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![bench.path("web")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    found.insert(path.clone(), fs::read(path).unwrap());
                }
            }
        }
    }
    found
}

/// Replaces text in a file of the folder, which must have it.
fn spoil(bench: &Bench, file: &str, from: &str, to: &str) {
    let text = bench.read(file);
    assert!(text.contains(from), "`{from}` is not in {file}:\n{text}");
    bench.write(file, &text.replacen(from, to, 1));
}

const MANIFEST: &str = "web/web.mf";
const META: &str = "web/TOSCA-Metadata/TOSCA.meta";
const TOP: &str = "web/Definitions/web.vnfd.yaml";
const FLAVOUR: &str = "web/Definitions/df_simple.yaml";
const HOT: &str = "web/BaseHOT/simple/simple.yaml";
const NESTED: &str = "web/BaseHOT/simple/nested/machine.yaml";

/// Each fault is mended to what stood there before, in all files to the last byte.
#[rstest]
#[case::key(MANIFEST, "Source: TOSCA", "Sourse: TOSCA")]
#[case::case_of_key(MANIFEST, "Hash: ", "hash: ")]
#[case::algorithm(MANIFEST, "SHA-256", "sha256")]
#[case::blank_line(MANIFEST, "\n\nSource: TOSCA", "\nSource: TOSCA")]
#[case::first_blank_line(MANIFEST, "\n\nSource: BaseHOT", "\nSource: BaseHOT")]
#[case::path(MANIFEST, "Source: TOSCA", "Source: ./TOSCA")]
#[case::meta_entry(META, "Entry-Definitions:", "Entry-Defintions:")]
#[case::meta_manifest(META, "ETSI-Entry-Manifest:", "ETSI-Entry-Manifests:")]
#[case::meta_version(META, "CSAR-Version:", "CSAR-version:")]
#[case::meta_path(META, "Definitions/web", "./Definitions/web")]
#[case::property(TOP, "product_name:", "product_nme:")]
#[case::number(TOP, "descriptor_version: \"1.0\"", "descriptor_version: 1.0")]
#[case::section(TOP, "topology_template:", "topology_templates:")]
#[case::binding(FLAVOUR, "virtual_binding: machine", "virtual_bindng: machine")]
#[case::target(FLAVOUR, "targets: [machine]", "targets: [machin]")]
#[case::kind(FLAVOUR, "tosca.nodes.nfv.VduCp", "tosca.nodes.nfv.VduCpp")]
#[case::level(FLAVOUR, "default_level: default", "default_level: defualt")]
#[case::parameter(NESTED, "get_param: security_group", "get_param: securty_group")]
#[case::resource(NESTED, "get_resource: suffix", "get_resource: sufix")]
#[case::template(HOT, "type: machine.yaml", "type: machines.yaml")]
#[case::given(HOT, "security_group:", "security_groups:")]
#[case::vdu(
    HOT,
    "nfv, VDU, machine, computeFlavourId",
    "nfv, VDU, machin, computeFlavourId"
)]
fn a_slip_is_mended_and_nothing_else(#[case] file: &str, #[case] right: &str, #[case] slip: &str) {
    let bench = Bench::new();
    bench.build("");
    bench.unpack();
    // What is around it stays, whatever it looks like.
    for file in [TOP, FLAVOUR, HOT, NESTED] {
        let text = bench.read(file);
        bench.write(file, &format!("#  A comment;   'odd'\n{text}\n\n# the end"));
    }
    assert_eq!(bench.validate(&["web", "--fix", "--strict"]).code, Some(0));
    let sound = contents(&bench);
    spoil(&bench, file, right, slip);
    let spoilt = contents(&bench);
    let said = bench.validate(&["web", "--fix", "--dry-run"]);
    assert!(said.err.starts_with("--- a/"), "{}", said.err);
    assert_eq!(contents(&bench), spoilt);
    let said = bench.validate(&["web", "--fix", "--strict"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(contents(&bench) == sound, "{}", said.err);
    let said = bench.validate(&["web", "--fix"]);
    assert_eq!(said.err, "web: no faults found\n");
    assert!(contents(&bench) == sound);
}

/// What was mended brings up the next fault, and all of them are mended in one run.
#[test]
fn a_manifest_is_mended_as_a_whole() {
    let bench = Bench::new();
    bench.build("");
    bench.unpack();
    let sound = bench.read(MANIFEST);
    let entry = sound.rfind("\nSource: ").unwrap();
    let (kept, left_out) = sound.split_at(entry);
    let spoilt = kept
        .replacen("SHA-256", "SHA256", 1)
        .replacen("\n\nSource: D", "\nSource: D", 1);
    bench.write(MANIFEST, &spoilt.replace('\n', "\r\n"));
    let said = bench.validate(&["web", "--fix", "--strict"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(
        said.err.contains(&left_out.trim().replace('\n', "\n+")),
        "{}",
        said.err
    );
    assert_eq!(bench.read(MANIFEST), sound);
}

#[test]
fn upper_case_digits_are_written_in_lower_case() {
    let bench = Bench::new();
    bench.build("");
    bench.unpack();
    let sound = bench.read(MANIFEST);
    let hash = sound
        .lines()
        .find(|line| line.starts_with("Hash: "))
        .unwrap();
    let digits = &hash["Hash: ".len()..];
    bench.write(MANIFEST, &sound.replacen(digits, &digits.to_uppercase(), 1));
    assert_eq!(bench.validate(&["web", "--fix", "--strict"]).code, Some(0));
    assert_eq!(bench.read(MANIFEST), sound);
}

/// Two names are near, or none, or the author means it.
#[rstest]
#[case::none(FLAVOUR, "targets: [machine]", "targets: [other]", &[])]
#[case::missing(HOT, "    type: json\n", "    type: string\n", &[])]
#[case::allowed(
    NESTED,
    "network: {get_param: network}",
    "network: {get_param: netwrk} # vnfctl: allow(hot-parameter-unknown) a test",
    &[]
)]
#[case::level(
    NESTED,
    "network: {get_param: network}",
    "network: {get_param: netwrk}",
    &["--allow", "hot-parameter-unknown"]
)]
fn what_is_not_certain_stays(
    #[case] file: &str,
    #[case] right: &str,
    #[case] slip: &str,
    #[case] options: &[&str],
) {
    let bench = Bench::new();
    bench.build("");
    bench.unpack();
    spoil(&bench, file, right, slip);
    let spoilt = bench.read(file);
    bench.validate(&[&["web", "--fix"], options].concat());
    assert_eq!(bench.read(file), spoilt);
}

#[test]
fn an_archive_is_mended_into_a_new_one() {
    let bench = Bench::new();
    bench.build("  spare: {type: string, default: {get_param: nvf}}\n");
    let before = fs::read(bench.path("web.zip")).unwrap();
    let said = bench.validate(&["web.zip", "--fix", "--dry-run"]);
    assert!(
        said.err
            .contains("\n+  spare: {type: string, default: {get_param: nfv}}\n"),
        "{}",
        said.err
    );
    let said = bench.validate(&["web.zip", "--fix", "--out", "mended.zip"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(
        said.err.ends_with("mended.zip: 1 warning\n"),
        "{}",
        said.err
    );
    assert_eq!(fs::read(bench.path("web.zip")).unwrap(), before);
    bench.unpack();
    assert_eq!(
        bench.validate(&["web", "--fix", "--out", "more.zip"]).code,
        Some(2)
    );
}

/// Whatever is wrong with a package: mending makes none worse, and is done after one run.
#[test]
fn no_package_is_made_worse_and_once_is_enough() {
    let home = tempfile::tempdir().unwrap();
    let plans = edit::plans(home.path());
    let mut mended = 0;
    for mutant in corpus::mutants() {
        let name = &mutant.name;
        let zip = mutant.build(home.path(), &plans);
        let fixes = |zip: &Path| {
            let tree = package::open(zip).unwrap();
            check::fixes(&*tree, "demo.zip".into(), &Policy::default())
        };
        let first = fixes(&zip);
        if first.is_empty() {
            continue;
        }
        mended += 1;
        let diffs: String = first.iter().map(check::Fix::diff).collect();
        let out = home.path().join(format!("{name}-mended.zip"));
        check::write_fixes_to(&first, &zip, &out).unwrap();
        let count = |zip: &Path| corpus::judged(zip).0.count(Severity::Error);
        assert!(count(&out) <= count(&zip), "{name}: {diffs}");
        let codes = |zip: &Path| -> BTreeSet<&str> {
            let (sink, _) = corpus::judged(zip);
            sink.diagnostics().iter().map(|one| one.code).collect()
        };
        let unreadable = |code: &&&str| code.starts_with("yaml-");
        let (before, after) = (codes(&zip), codes(&out));
        let more: Vec<_> = after.difference(&before).filter(unreadable).collect();
        assert!(more.is_empty(), "{name}: {more:?}: {diffs}");
        assert!(fixes(&out).is_empty(), "{name}: {:?}", fixes(&out));
    }
    assert!(mended > 20, "{mended} packages were mended");
}
