//! Files that are signed by themselves.

use std::fs;

use rstest::rstest;
use serde_json::Value;

use super::ROOT;
use super::desk::Desk;

const FILE: &str = "BaseHOT/simple/simple.yaml";
const OTHER: &str = "Definitions/df_simple.yaml";

/// A program for [`Desk::edited`] that has OpenSSL sign the file: `made` is its signature.
fn by_openssl(who: &str, more: &str, then: &str) -> String {
    format!(
        "if name == '{FILE}':\n    made = subprocess.run('openssl cms -sign -binary -outform PEM -md sha256 \
         -signer {who}.pem -inkey {who}.key {more}'.split(), input=data, check=True, \
         stdout=subprocess.PIPE).stdout\n    {then}"
    )
}

#[rstest]
fn openssl_accepts_the_signature_of_a_file(
    #[values("rsa", "p256", "p384", "ed25519")] who: &str,
    #[values("inside", "beside")] place: &str,
) {
    let desk = Desk::get();
    let name = format!("file-{who}-{place}");
    let options = [
        "--artifact",
        FILE,
        "--artifact",
        OTHER,
        "--certificate",
        place,
    ];
    let signed = desk.signs(who, &name, &options);
    let report = desk.accepts(&signed, &ROOT);
    let artifacts = report["signature"]["artifacts"].as_array().unwrap();
    assert_eq!(artifacts.len(), 2, "{report:#}");
    assert_eq!(artifacts[0]["file"], FILE);
    assert_eq!(artifacts[0]["signature"], format!("{FILE}.sig.cms"));
    let trusted = &artifacts[1]["signers"][0]["trustedBy"]["subject"];
    assert_eq!(trusted, "CN=root,O=Example");
    // It is as good for Tacker as without.
    let validated = desk.run(&["validate", &signed, "--strict", "-o", "json"]);
    let findings: Value = serde_json::from_slice(&validated.stdout).unwrap();
    assert_eq!(findings["findings"], Value::Array(vec![]), "{findings:#}");
    if who == "ed25519" {
        return;
    }
    let (content, signature) = (format!("{name}.txt"), format!("{name}.cms"));
    let program = format!(
        "if name == '{FILE}':\n    open('{content}', 'wb').write(data)\n\
         if name == '{FILE}.sig.cms':\n    open('{signature}', 'wb').write(data)"
    );
    desk.edited(&signed, &format!("{name}-copy"), &program);
    desk.openssl_accepts(&signature, &content, &[]);
}

#[rstest]
fn what_openssl_signs_is_accepted(#[values("rsa", "p256", "p384")] who: &str) {
    let desk = Desk::get();
    let name = format!("foreign-file-{who}");
    let program = by_openssl(who, "", "new.writestr(name + '.sig.cms', made)");
    let package = desk.edited("web.zip", &name, &program);
    let signed = desk.signs_that(&package, "p256", &format!("{name}-signed"), &[]);
    let report = desk.accepts(&signed, &ROOT);
    let signer = &report["signature"]["artifacts"][0]["signers"][0];
    assert_eq!(
        signer["certificate"]["subject"],
        format!("CN={who},O=Example")
    );
}

/// SOL004's own way, by keys, which Tacker does not take.
#[test]
fn entries_may_name_signature_and_certificate() {
    let desk = Desk::get();
    let with = |name: &str, who: &str, more: &str, edit: &str| {
        let keys = format!(
            "{}\n    new.writestr('Files/one.sig', made)\n    \
             new.writestr('Files/one.cert', open('{who}.pem', 'rb').read())\n\
             if name.endswith('.mf'):\n    \
             head, tail = data.split(b'Source: {FILE}\\n')\n    \
             algorithm, digest, rest = tail.split(b'\\n', 2)\n    \
             data = b'\\n'.join([head + b'Source: {FILE}', algorithm, digest, \
             b'Signature: Files/one.sig', b'Certificate: Files/one.cert', rest])\n{edit}",
            by_openssl(who, more, "pass")
        );
        let package = desk.edited("web.zip", name, &keys);
        let signed = desk.signs_that(&package, "p256", &format!("{name}-signed"), &[]);
        (package, signed)
    };
    let (package, signed) = with("keyed", "rsa", "-nocerts", "pass");
    let report = desk.accepts(&signed, &ROOT);
    assert_eq!(
        report["signature"]["artifacts"][0]["signature"],
        "Files/one.sig"
    );
    let validated = desk.run(&["validate", &package, "-o", "json"]);
    let findings: Value = serde_json::from_slice(&validated.stdout).unwrap();
    assert_eq!(findings["findings"][0]["code"], "manifest-entry-signature");
    assert_eq!(findings["errors"], 1, "{findings:#}");
    // By somebody else, whom one may trust or not.
    let (_, signed) = with("keyed-apart", "apart", "", "pass");
    desk.refuses(&signed, &ROOT, &["signature-untrusted"]);
    desk.accepts(&signed, &[ROOT[0], ROOT[1], "--trust", "other.pem"]);
    let (_, signed) = with(
        "keyed-gone",
        "rsa",
        "",
        "if name.endswith('.mf'):\n    data = data.replace(b'Signature: Files/one.sig', b'Signature: Files/two.sig')",
    );
    desk.refuses(
        &signed,
        &ROOT,
        &[
            "signature-artifact-missing",
            // Nobody speaks of it and of its certificate.
            "manifest-file-unlisted",
            "manifest-file-unlisted",
        ],
    );
}

#[test]
fn what_was_changed_is_found() {
    let desk = Desk::get();
    // The signature of another content, and none at all.
    for (name, then, code) in [
        ("file-other", "made = made", "signature-digest"),
        ("file-broken", "made = b'nothing'", "signature-unreadable"),
    ] {
        let program = by_openssl("rsa", "", then).replace("input=data", "input=data + b'x'");
        let program = format!("{program}\n    new.writestr(name + '.sig.cms', made)");
        let package = desk.edited("web.zip", name, &program);
        let signed = desk.signs_that(&package, "p256", &format!("{name}-signed"), &[]);
        desk.refuses(&signed, &ROOT, &[code]);
    }
}

#[test]
fn a_file_is_signed_anew_only_when_that_is_asked() {
    let desk = Desk::get();
    let first = desk.signs("p256", "file-first", &["--artifact", FILE]);
    let again = |options: &[&str]| {
        let mut args = vec!["sign", &first, "--key", "rsa.key", "--cert", "rsa.pem"];
        args.extend(["--out", "file-again.zip"]);
        args.extend(options);
        desk.run(&args).status.code()
    };
    assert_eq!(again(&["--artifact", FILE]), Some(4));
    assert!(!desk.path("file-again.zip").exists());
    assert_eq!(again(&["--artifact", FILE, "--replace"]), Some(0));
    let report = desk.accepts("file-again.zip", &ROOT);
    let signer = &report["signature"]["artifacts"][0]["signers"][0];
    assert_eq!(signer["certificate"]["subject"], "CN=rsa,O=Example");
    desk.edited(
        "file-again.zip",
        "file-again-copy",
        "if name.endswith('.mf'):\n    open('again.mf', 'wb').write(data)",
    );
    let manifest = fs::read_to_string(desk.path("again.mf")).unwrap();
    let entry = format!("Source: {FILE}.sig.cms\n");
    assert_eq!(manifest.matches(&entry).count(), 1, "{manifest}");
    for options in [
        ["--artifact", "gone.txt", "--option", "1"],
        ["--artifact", "web.mf", "--option", "1"],
        ["--artifact", FILE, "--option", "2"],
    ] {
        let mut args = vec!["sign", "web.zip", "--key", "rsa.key", "--cert", "rsa.pem"];
        args.extend(["--out", "never-file.zip"]);
        args.extend(options);
        let done = desk.run(&args);
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(2), "{said}");
        assert!(said.contains("by itself"), "{said}");
        assert!(!desk.path("never-file.zip").exists());
    }
}

/// What is built is as it should be to others, too: OpenSSL computes each digest of the manifest.
#[test]
fn openssl_computes_the_digests_that_are_built() {
    let desk = Desk::get();
    let done = desk.run(&["validate", "web.zip", "--strict"]);
    assert_eq!(done.status.code(), Some(0));
    fs::create_dir(desk.path("taken")).unwrap();
    desk.edited(
        "web.zip",
        "web-copy",
        "import os\nos.makedirs(os.path.dirname('taken/' + name), exist_ok=True)\nopen('taken/' + name, 'wb').write(data)",
    );
    let manifest = fs::read_to_string(desk.path("taken/web.mf")).unwrap();
    let (metadata, entries) = manifest.split_once("\n\n").unwrap();
    assert!(
        metadata.starts_with("metadata:\n  vnf_product_name: "),
        "{metadata}"
    );
    let mut listed = 0;
    for entry in entries.split("\n\n") {
        let lines: Vec<_> = entry.trim_end().lines().collect();
        let [source, "Algorithm: SHA-256", hash] = lines[..] else {
            panic!("{entry:?}");
        };
        let file = source.strip_prefix("Source: ").unwrap();
        let out = format!("digest-{listed}");
        desk.openssl(&[
            "dgst",
            "-sha256",
            "-r",
            "-out",
            &out,
            &format!("taken/{file}"),
        ]);
        let found = fs::read_to_string(desk.path(&out)).unwrap();
        let hash = hash.strip_prefix("Hash: ").unwrap();
        assert_eq!(found.split(' ').next(), Some(hash), "{file}");
        listed += 1;
    }
    let files = walkdir::WalkDir::new(desk.path("taken")).into_iter();
    let files = files.filter(|one| one.as_ref().unwrap().file_type().is_file());
    assert_eq!(listed, files.count() - 1, "all but the manifest");
}
