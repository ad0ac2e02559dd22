//! Files and folders that are no VNF package: each is named for what it is, with the next step.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use rstest::rstest;
use vnfctl::check::{self, Judged};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

type Files = &'static [(&'static str, &'static str)];

/// How an input is made.
enum Form {
    Bytes(&'static [u8]),
    /// Bytes at a place, zeros before and behind, as many in all.
    Sparse(usize, &'static [u8], u64),
    Zip(Files),
    Folder(Files),
    Tar(Files),
    TarGz(Files),
    Gz(&'static str),
}

const NSD: &str = "tosca_definitions_version: tosca_simple_yaml_1_2\ntopology_template:\n  \
    node_templates:\n    service:\n      type: tosca.nodes.nfv.NS\n    one:\n      type: my.vnf\n";
const PNFD: &str = "tosca_definitions_version: tosca_simple_yaml_1_2\nnode_types:\n  my.pnf:\n    \
    derived_from: tosca.nodes.nfv.PNF\n";
const VNFD: &str = "tosca_definitions_version: tosca_simple_yaml_1_2\nnode_types:\n  my.vnf:\n    \
    derived_from: tosca.nodes.nfv.VNF\n";
const OTHER: &str =
    "tosca_definitions_version: tosca_2_0\nservice_template:\n  node_templates: {}\n";
const HOT: &str = "heat_template_version: 2018-08-31\nresources: {}\n";
const OSM: &str = "vnfd:\n  id: hackfest-vnf\n  df:\n  - id: default-df\n";
const CHART: &str = "apiVersion: v2\nname: web\nversion: 0.1.0\n";
const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n---\napiVersion: v1\nkind: Service\n";
const META: &str = "TOSCA-Meta-File-Version: 1.0\nCSAR-Version: 1.1\nCreated-By: me\n\
    Entry-Definitions: Definitions/top.yaml\n";
const MANIFEST: &str = "TOSCA-Meta-File-Version: 1.0\nCSAR-Version: 1.1\nCreated-By: me\n\
    Entry-Definitions: Definitions/top.yaml\nETSI-Entry-Manifest: top.mf\n";

const TOSCA_META: &str = "TOSCA-Metadata/TOSCA.meta";
const TOP: &str = "Definitions/top.yaml";

fn make(form: &Form, path: &Path) {
    let gz = |path: &Path| GzEncoder::new(File::create(path).unwrap(), Compression::fast());
    match form {
        Form::Bytes(bytes) => fs::write(path, bytes).unwrap(),
        Form::Sparse(at, mark, size) => {
            let mut bytes = vec![0; *at];
            bytes.extend(*mark);
            fs::write(path, bytes).unwrap();
            let file = File::options().write(true).open(path).unwrap();
            file.set_len(*size).unwrap();
        }
        Form::Zip(files) => {
            let mut zip = ZipWriter::new(File::create(path).unwrap());
            for (name, text) in *files {
                zip.start_file(*name, SimpleFileOptions::default()).unwrap();
                zip.write_all(text.as_bytes()).unwrap();
            }
            zip.finish().unwrap();
        }
        Form::Folder(files) => {
            fs::create_dir(path).unwrap();
            for (name, text) in *files {
                let file = path.join(name);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, text).unwrap();
            }
        }
        Form::Tar(files) => fs::write(path, tarred(files)).unwrap(),
        Form::TarGz(files) => {
            let mut gz = gz(path);
            gz.write_all(&tarred(files)).unwrap();
            gz.finish().unwrap();
        }
        Form::Gz(text) => {
            let mut gz = gz(path);
            gz.write_all(text.as_bytes()).unwrap();
            gz.finish().unwrap();
        }
    }
}

fn tarred(files: Files) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, text) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap()
}

#[rstest]
#[case::empty(Form::Bytes(b""), "an empty file", "download the package again")]
#[case::qcow2(
    Form::Bytes(b"QFI\xfb\0\0\0\x03"),
    "a disk image",
    "software image of a VDU"
)]
#[case::raw(Form::Sparse(510, b"\x55\xaa", 1 << 20), "a disk image", "software image of a VDU")]
#[case::iso(Form::Sparse(32_769, b"CD001", 1 << 20), "a disk image", "software image of a VDU")]
#[case::seven(
    Form::Bytes(b"7z\xbc\xaf\x27\x1c\0\x04"),
    "another form than zip",
    "zip -r"
)]
#[case::gzip(Form::Gz("hello"), "packed with gzip", "gunzip")]
#[case::tar(Form::Tar(&[("a.txt", "x")]), "a tar archive", "unpack it")]
#[case::tar_of_package(Form::Tar(&[(TOSCA_META, META), (TOP, VNFD)]), "packed with tar", "zip -r")]
#[case::tgz_of_package(Form::TarGz(&[("./web/TOSCA-Metadata/TOSCA.meta", META)]), "packed with tar", "zip -r")]
#[case::chart(Form::TarGz(&[("web/Chart.yaml", CHART), ("web/values.yaml", "a: 1\n")]), "a Helm chart", "cnf-sample")]
#[case::chart_folder(Form::Folder(&[("Chart.yaml", CHART), ("templates/a.yaml", "a: 1\n")]), "a Helm chart", "cnf-sample")]
#[case::chart_zip(Form::Zip(&[("web/Chart.yaml", CHART)]), "a Helm chart", "cnf-sample")]
#[case::chart_file(Form::Bytes(CHART.as_bytes()), "a Helm chart", "cnf-sample")]
#[case::docker(Form::Tar(&[("abc/layer.tar", "x"), ("manifest.json", "[]")]), "an image of containers", "registry")]
#[case::oci(Form::Tar(&[("blobs/sha256/abc", "{}"), ("oci-layout", "{}")]), "an image of containers", "registry")]
#[case::osm(Form::TarGz(&[("hackfest/README", "x"), ("hackfest/hackfest_vnfd.yaml", OSM)]), "Open Source MANO", "SOL001")]
#[case::osm_folder(Form::Folder(&[("hackfest_vnfd.yaml", OSM), ("icons/a.png", "x")]), "Open Source MANO", "SOL001")]
#[case::osm_file(Form::Bytes(OSM.as_bytes()), "Open Source MANO", "SOL001")]
#[case::osm_json(
    Form::Bytes(br#"{"nsd:nsd-catalog": {"nsd": []}}"#),
    "Open Source MANO",
    "SOL001"
)]
#[case::nsd(Form::Bytes(NSD.as_bytes()), "a network service's descriptor", "NFVO")]
#[case::ns_package(Form::Zip(&[(TOSCA_META, META), (TOP, NSD)]), "a network service's descriptor", "NFVO")]
#[case::ns_manifest(
    Form::Zip(&[(TOSCA_META, MANIFEST), (TOP, OTHER), ("top.mf", "metadata:\n  nsd_name: a\n")]),
    "a network service's descriptor",
    "push those of its VNFs"
)]
#[case::ns_bare(Form::Zip(&[("ns.yaml", NSD)]), "a network service's descriptor", "NFVO")]
#[case::pnfd(Form::Bytes(PNFD.as_bytes()), "a physical network function's", "NFVO")]
#[case::pnf_package(Form::Folder(&[(TOSCA_META, META), (TOP, PNFD)]), "a physical network function's", "NFVO")]
#[case::other_tosca(Form::Zip(&[(TOSCA_META, META), (TOP, OTHER)]), "TOSCA without a VNF", "SOL001")]
#[case::vnfd(Form::Bytes(VNFD.as_bytes()), "a VNFD by itself", "Definitions/")]
#[case::hot(Form::Bytes(HOT.as_bytes()), "Heat templates", "BaseHOT/")]
#[case::hot_folder(Form::Folder(&[("a/stack.yaml", HOT)]), "Heat templates", "BaseHOT/")]
#[case::kubernetes(Form::Bytes(DEPLOYMENT.as_bytes()), "Kubernetes manifests", "cnf-sample")]
#[case::kubernetes_folder(Form::Folder(&[("web.yaml", DEPLOYMENT)]), "Kubernetes manifests", "cnf-sample")]
#[case::spec(
    Form::Bytes(b"apiVersion: vnfctl/v1\nkind: VmPackage\n"),
    "a spec of vnfctl",
    "package build"
)]
#[case::page(
    Form::Bytes(b"<!DOCTYPE html>\n<html></html>"),
    "a web page",
    "download"
)]
#[case::certificate(Form::Bytes(b"-----BEGIN CERTIFICATE-----\n"), "in PEM", "--trust")]
#[case::around(Form::Zip(&[("web.csar", "PK"), ("README.txt", "x")]), "around a package", "unzip")]
#[case::jar(Form::Zip(&[("META-INF/MANIFEST.MF", "x"), ("A.class", "x")]), "a Java archive", "TOSCA.meta")]
#[case::office(Form::Zip(&[("[Content_Types].xml", "x")]), "an office document", "TOSCA.meta")]
#[case::plain_zip(Form::Zip(&[("notes.txt", "x"), ("a/b.py", "x")]), "something else", "package new")]
#[case::plain_folder(Form::Folder(&[("notes.txt", "x")]), "something else", "package new")]
#[case::empty_zip(Form::Zip(&[]), "empty", "package new")]
#[case::empty_folder(Form::Folder(&[]), "empty", "package new")]
fn what_is_no_package_is_named(#[case] form: Form, #[case] what: &str, #[case] next: &str) {
    let (finding, _home) = refused(&form);
    assert_eq!(finding.code, "archive-foreign", "{finding:?}");
    assert!(finding.message.contains(what), "{finding:?}");
    assert!(finding.help.as_ref().unwrap().contains(next), "{finding:?}");
}

#[track_caller]
fn refused(form: &Form) -> (vnfctl::diagnose::Diagnostic, tempfile::TempDir) {
    let (judged, home) = judged(form);
    let Judged::Refused(sink) = judged else {
        panic!("it was taken for a package");
    };
    let [finding] = sink.diagnostics() else {
        panic!("{sink:?}");
    };
    (finding.clone(), home)
}

fn judged(form: &Form) -> (Judged, tempfile::TempDir) {
    let home = tempfile::tempdir().unwrap();
    let path: PathBuf = home.path().join("given");
    make(form, &path);
    (check::open(&path).unwrap(), home)
}

/// What nobody knows, and archives that broke off, are told as before.
#[rstest]
#[case(Form::Bytes(b"PK\x03\x04 and then nothing"))]
#[case(Form::Bytes(b"\xff\xfe\0\x01\x02"))]
#[case(Form::Bytes(b"some words\n"))]
#[case(Form::Bytes(b"a: [1\n"))]
fn what_is_not_known_is_no_zip(#[case] form: Form) {
    let (finding, _home) = refused(&form);
    assert_eq!(finding.code, "archive-not-zip");
    assert!(finding.help.is_some() && finding.why.is_some());
}

/// A package with faults is one: its faults are told.
#[rstest]
#[case::without_meta(Form::Zip(&[(TOP, VNFD)]), "meta-missing")]
#[case::in_a_folder(Form::Zip(&[("web/TOSCA-Metadata/TOSCA.meta", META), ("web/Definitions/top.yaml", VNFD)]), "meta-missing")]
#[case::root_template(Form::Zip(&[("web.yaml", VNFD), ("web.mf", "metadata:\n")]), "meta-missing")]
#[case::without_vnfd(Form::Zip(&[(TOSCA_META, META)]), "meta-entry-definitions-dangling")]
fn what_is_a_package_with_faults_is_checked(#[case] form: Form, #[case] code: &str) {
    let (judged, _home) = judged(&form);
    let Judged::Read(checked) = judged else {
        panic!("it was not taken for a package");
    };
    let mut findings = checked.sink.diagnostics().iter();
    assert!(findings.any(|one| one.code == code), "{:?}", checked.sink);
}

/// SOL004's layout without TOSCA-Metadata, of which Tacker's v2 API knows nothing.
#[test]
fn a_package_without_metadata_is_told_how_to_get_them() {
    let files: Files = &[("web.yaml", VNFD), ("web.mf", "metadata:\n")];
    let (judged, _home) = judged(&Form::Zip(files));
    let Judged::Read(checked) = judged else {
        panic!("it was not taken for a package");
    };
    let mut findings = checked.sink.diagnostics().iter();
    let missing = findings.find(|one| one.code == "meta-missing").unwrap();
    let help = missing.help.as_ref().unwrap();
    for part in [
        "`Entry-Definitions: Definitions/web.yaml`",
        "`ETSI-Entry-Manifest: web.mf`",
    ] {
        assert!(help.contains(part), "{help}");
    }
}

/// What lies in a signed archive is named, too.
#[test]
fn a_signed_archive_is_looked_into() {
    let home = tempfile::tempdir().unwrap();
    let csar = home.path().join("ns.csar");
    make(&Form::Zip(&[(TOSCA_META, META), (TOP, NSD)]), &csar);
    let outer = home.path().join("signed.zip");
    let mut zip = ZipWriter::new(File::create(&outer).unwrap());
    for (name, bytes) in [("ns.csar", fs::read(&csar).unwrap()), ("ns.cms", vec![0])] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    zip.finish().unwrap();
    let Judged::Refused(sink) = check::open(&outer).unwrap() else {
        panic!("it was taken for a package");
    };
    let [finding] = sink.diagnostics() else {
        panic!("{sink:?}");
    };
    assert_eq!(finding.code, "archive-foreign");
    assert_eq!(finding.primary.file, "ns.csar");
    assert!(finding.message.contains("network service"), "{finding:?}");
}
