//! Building: the bytes, the two derived files, and every way it can go wrong.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use rstest::rstest;
use vnfctl::package::plan::{MODE_FILE, Plan};
use vnfctl::package::{BuildError, build};

use super::{insert, names_in, plan, python};

/// Reads a package as Tacker does: members by name, manifest blocks split on blank lines.
const JUDGE: &str = r#"
import hashlib, json, re, sys, zipfile
package = zipfile.ZipFile(sys.argv[1])
assert package.testzip() is None
meta = dict(l.split(": ", 1) for l in package.read("TOSCA-Metadata/TOSCA.meta").decode().splitlines())
text = package.read(meta["ETSI-Entry-Manifest"]).decode()
assert "\r" not in text
blocks = re.split(r"\n\n+", text.strip())
listed = {}
for block in blocks[1:]:
    entry = dict(l.split(": ", 1) for l in block.splitlines())
    assert list(entry) == ["Source", "Algorithm", "Hash"], entry
    assert entry["Algorithm"] == "SHA-256", entry
    assert hashlib.sha256(package.read(entry["Source"])).hexdigest() == entry["Hash"], entry
    listed[entry["Source"]] = entry["Hash"]
infos = [[i.filename, oct(i.external_attr >> 16), i.compress_type, i.flag_bits & 8, i.date_time[0]]
         for i in package.infolist()]
print(json.dumps({"meta": meta, "metadata": blocks[0].splitlines(), "listed": sorted(listed),
                  "infos": infos}))
"#;

fn built(plan: &Plan, out: &Path) -> Result<vnfctl::package::Built, BuildError> {
    build(plan, out, &mut |_, _| {})
}

#[test]
fn package_is_what_tacker_and_unzip_expect() {
    let directory = tempfile::tempdir().unwrap();
    let image = directory.path().join("image");
    fs::write(&image, vec![7; 3_000_000]).unwrap();
    let out = directory.path().join("sample.zip");
    let mut heard = Vec::new();
    let report = build(&plan(Some(&image)), &out, &mut |done, total| {
        heard.push((done, total))
    });
    let report = report.unwrap();

    let seen: serde_json::Value = serde_json::from_str(&python(JUDGE, &[&out])).unwrap();
    assert_eq!(seen["meta"]["TOSCA-Meta-File-Version"], "1.0");
    assert_eq!(seen["meta"]["CSAR-Version"], "1.1");
    assert_eq!(
        seen["meta"]["Entry-Definitions"],
        "Definitions/sample.vnfd.yaml"
    );
    assert_eq!(seen["meta"]["ETSI-Entry-Manifest"], "sample.mf");
    assert_eq!(
        seen["metadata"],
        serde_json::json!([
            "metadata:",
            "  vnf_product_name: Sample Cluster",
            "  vnf_provider_id: Acme",
            "  vnf_package_version: 1.1",
            "  vnf_release_date_time: 1980-01-01T00:00:00Z",
            "  vnfd_id: 3f1c0e4c-0f5b-4d0e-9d44-6a8f6a8a0001",
            "  vnf_software_version: 1.0",
            "  vnfm_info: etsivnfm:v2.6.1",
            "  compatible_specification_versions: 2.6.1",
        ])
    );
    assert_eq!(
        seen["infos"],
        serde_json::json!([
            ["Files/disk.qcow2", "0o100644", 0, 0, 1980],
            ["Definitions/sample.vnfd.yaml", "0o100644", 8, 0, 1980],
            ["Scripts/node.sh", "0o100755", 8, 0, 1980],
            ["TOSCA-Metadata/TOSCA.meta", "0o100644", 8, 0, 1980],
            ["Zed/empty.txt", "0o100644", 8, 0, 1980],
            ["sample.mf", "0o100644", 8, 0, 1980],
        ])
    );
    assert_eq!(
        seen["listed"].as_array().unwrap().len(),
        5,
        "all but the manifest"
    );

    let unzip = Command::new("unzip")
        .arg("-tqq")
        .arg(&out)
        .output()
        .unwrap();
    assert!(unzip.status.success(), "{unzip:?}");
    assert_eq!(report.size, out.metadata().unwrap().len());
    let total = heard[0].1;
    assert_eq!(
        heard.last(),
        Some(&(total, total)),
        "progress ends at the sum"
    );
    assert!(heard.len() > 10, "an image is reported piece by piece");
    assert_eq!(names_in(directory.path()), ["image", "sample.zip"]);
}

#[test]
fn same_plan_gives_same_bytes() {
    let directory = tempfile::tempdir().unwrap();
    let image = directory.path().join("image");
    fs::write(&image, b"image").unwrap();
    let [first, second] = ["1.zip", "2.zip"].map(|n| directory.path().join(n));
    built(&plan(Some(&image)), &first).unwrap();
    // Neither time nor rights of an image may reach the package.
    fs::write(&image, b"image").unwrap();
    fs::set_permissions(&image, fs::Permissions::from_mode(0o600)).unwrap();
    built(&plan(Some(&image)), &second).unwrap();
    assert!(fs::read(first).unwrap() == fs::read(second).unwrap());
}

#[test]
fn package_has_the_rights_of_any_new_file() {
    let directory = tempfile::tempdir().unwrap();
    let other = directory.path().join("other");
    fs::write(&other, "").unwrap();
    let out = directory.path().join("sample.zip");
    built(&plan(None), &out).unwrap();
    assert_eq!(
        out.metadata().unwrap().permissions(),
        other.metadata().unwrap().permissions()
    );
}

#[rstest]
#[case::grown(b"longer than planned".as_slice(), 19)]
#[case::shrunk(b"i".as_slice(), 1)]
fn changed_image_is_named_and_the_old_package_stays(#[case] now: &[u8], #[case] size: u64) {
    let directory = tempfile::tempdir().unwrap();
    let image = directory.path().join("image");
    fs::write(&image, b"image").unwrap();
    let plan = plan(Some(&image));
    fs::write(&image, now).unwrap();
    let out = directory.path().join("sample.zip");
    fs::write(&out, "old").unwrap();
    let error = built(&plan, &out).unwrap_err();
    assert!(
        matches!(&error, BuildError::SourceChanged { path, planned: 5, found }
            if *path == image && *found == size),
        "{error:?}"
    );
    assert_eq!(fs::read(&out).unwrap(), b"old");
    assert_eq!(names_in(directory.path()), ["image", "sample.zip"]);
}

#[test]
fn image_that_is_written_while_it_is_read_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let image = directory.path().join("image");
    fs::write(&image, vec![0; 2_000_000]).unwrap();
    let plan = plan(Some(&image));
    let out = directory.path().join("sample.zip");
    let mut grown = false;
    let error = build(&plan, &out, &mut |done, _| {
        if done > 100_000 && !grown {
            grown = true;
            let mut file = fs::File::options().append(true).open(&image).unwrap();
            std::io::Write::write_all(&mut file, b"more").unwrap();
        }
    });
    let error = error.unwrap_err();
    assert!(
        matches!(
            error,
            BuildError::SourceChanged {
                found: 2_000_001,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(names_in(directory.path()), ["image"]);
}

#[test]
fn image_that_is_gone_or_no_file_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let image = directory.path().join("image");
    fs::write(&image, b"image").unwrap();
    let plan = plan(Some(&image));
    let out = directory.path().join("sample.zip");
    fs::remove_file(&image).unwrap();
    let error = built(&plan, &out).unwrap_err();
    assert!(
        matches!(&error, BuildError::Source { path, .. } if *path == image),
        "{error:?}"
    );
    // A pipe would be waited for without end.
    let made = Command::new("mkfifo").arg(&image).status().unwrap();
    assert!(made.success());
    let error = built(&plan, &out).unwrap_err();
    assert!(
        matches!(&error, BuildError::Source { path, .. } if *path == image),
        "{error:?}"
    );
    assert_eq!(names_in(directory.path()), ["image"]);
}

#[rstest]
#[case("../evil", |e: &BuildError| matches!(e, BuildError::Name { .. }))]
#[case("/evil", |e: &BuildError| matches!(e, BuildError::Name { .. }))]
#[case("a\nHash: 0", |e: &BuildError| matches!(e, BuildError::Name { .. }))]
#[case("12", |e: &BuildError| matches!(e, BuildError::NotPlain(_)))]
#[case("TOSCA-Metadata/TOSCA.meta", |e: &BuildError| matches!(e, BuildError::Reserved(_)))]
#[case("sample.mf", |e: &BuildError| matches!(e, BuildError::Reserved(_)))]
#[case("scripts/NODE.sh", |e: &BuildError| matches!(e, BuildError::Case(..)))]
#[case("Scripts/node.sh/x", |e: &BuildError| matches!(e, BuildError::FileAndFolder(_)))]
fn misleading_path_is_refused(#[case] path: &str, #[case] refused: fn(&BuildError) -> bool) {
    let directory = tempfile::tempdir().unwrap();
    let mut plan = plan(None);
    insert(&mut plan, path, MODE_FILE, "x");
    let error = built(&plan, &directory.path().join("sample.zip")).unwrap_err();
    assert!(refused(&error), "{error:?}");
    assert_eq!(names_in(directory.path()), [""; 0]);
}

#[test]
fn identity_that_breaks_the_manifest_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    for bad in ["", "a\n\nSource: x"] {
        let mut plan = plan(None);
        plan.identity.provider = bad.into();
        let error = built(&plan, &directory.path().join("sample.zip")).unwrap_err();
        assert!(
            matches!(
                error,
                BuildError::Identity {
                    key: "vnf_provider_id",
                    ..
                }
            ),
            "{error:?}"
        );
    }
}

#[test]
fn directory_that_is_missing_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("gone/sample.zip");
    let error = built(&plan(None), &out).unwrap_err();
    assert!(
        matches!(&error, BuildError::Write { path, .. } if *path == out),
        "{error:?}"
    );
}

/// Variable by which [`exhausted_disk_leaves_nothing`] tells its child where to write.
const CHILD: &str = "VNFCTL_TEST_EXHAUSTED";

#[test]
fn exhausted_disk_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    // A limit on file sizes stands for a full disk; without the trap its signal would kill.
    let child = Command::new("bash")
        .args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$@\"", "bash"])
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "archive::write::child_writes_until_the_limit",
            "--ignored",
        ])
        .env(CHILD, directory.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(
        child.status.success() && said.contains("1 passed"),
        "{child:?}"
    );
    assert!(child.stderr.is_empty(), "{child:?}");
    assert_eq!(names_in(directory.path()), ["image"]);
}

#[test]
#[ignore = "run by exhausted_disk_leaves_nothing under a limit"]
fn child_writes_until_the_limit() {
    let directory = std::env::var_os(CHILD).unwrap();
    let directory = Path::new(&directory);
    let image = directory.join("image");
    fs::write(&image, vec![1; 60_000]).unwrap();
    let mut plan = plan(Some(&image));
    let noise: String = (0..60_000_u32)
        .map(|n| n.wrapping_mul(2_654_435_761).to_string())
        .collect();
    insert(&mut plan, "noise.txt", MODE_FILE, &noise);
    let error = built(&plan, &directory.join("sample.zip")).unwrap_err();
    assert!(
        matches!(&error, BuildError::Full { directory: at, .. } if *at == directory),
        "{error:?}"
    );
}
