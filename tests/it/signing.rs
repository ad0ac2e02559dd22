//! Signed packages, with OpenSSL as the judge of what is written and the maker of what is read.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use rstest::rstest;
use serde_json::Value;
use vnfctl::{package, spec};

/// What OpenSSL makes a key of each kind with.
const KINDS: [(&str, &[&str]); 7] = [
    ("rsa", &["rsa:3072"]),
    ("p256", &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]),
    ("p384", &["ec", "-pkeyopt", "ec_paramgen_curve:P-384"]),
    ("ed25519", &["ed25519"]),
    ("short", &["rsa:2048"]),
    ("encipher", &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]),
    ("server", &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]),
];

/// Keys, certificates and a package, made once for all tests of a process.
struct Desk(tempfile::TempDir);

impl Desk {
    fn get() -> &'static Self {
        static DESK: OnceLock<Desk> = OnceLock::new();
        DESK.get_or_init(Self::new)
    }

    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        desk.ca("root", None, "keyCertSign");
        desk.ca("other", None, "keyCertSign");
        desk.ca("middle", Some("root"), "keyCertSign");
        desk.ca("clerk", Some("root"), "digitalSignature");
        for (name, key) in KINDS {
            let usage = match name {
                "encipher" => "keyUsage=keyEncipherment",
                "server" => "keyUsage=digitalSignature\nextendedKeyUsage=serverAuth",
                _ => "keyUsage=critical,digitalSignature",
            };
            desk.leaf(name, "root", key, usage, "-sha256");
        }
        let p256 = KINDS[1].1;
        desk.leaf(
            "below",
            "middle",
            p256,
            "keyUsage=digitalSignature",
            "-sha256",
        );
        desk.leaf(
            "forged",
            "clerk",
            p256,
            "keyUsage=digitalSignature",
            "-sha256",
        );
        desk.leaf(
            "plain",
            "root",
            p256,
            "subjectKeyIdentifier=hash",
            "-sha256",
        );
        desk.leaf(
            "child",
            "plain",
            p256,
            "keyUsage=digitalSignature",
            "-sha256",
        );
        desk.leaf(
            "sha1",
            "rsa-root",
            p256,
            "keyUsage=digitalSignature",
            "-sha1",
        );
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/web.yaml");
        let text = fs::read_to_string(example).unwrap();
        let mut sink = vnfctl::diagnose::Sink::default();
        let spec = spec::parse("web.yaml".into(), &text, &mut sink).unwrap();
        let plan = package::render(&spec).unwrap();
        package::build(&plan, &desk.path("web.zip"), &mut |_, _| {}).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn openssl(&self, args: &[&str]) {
        let done = Command::new("openssl")
            .args(args)
            .current_dir(self.0.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "openssl {args:?}: {said}");
    }

    /// Makes a CA, below another or by itself.
    fn ca(&self, name: &str, above: Option<&str>, usage: &str) {
        let extensions = format!("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,{usage}\n");
        self.certificate(
            name,
            above,
            &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
            &extensions,
            "-sha256",
        );
    }

    /// Makes the certificate of a signer.
    fn leaf(&self, name: &str, ca: &str, key: &[&str], usage: &str, digest: &str) {
        if !self.path(&format!("{ca}.pem")).exists() {
            let extensions = "basicConstraints=critical,CA:TRUE\n";
            self.certificate(ca, None, &["rsa:3072"], extensions, "-sha256");
        }
        let extensions = format!("basicConstraints=critical,CA:FALSE\n{usage}\n");
        self.certificate(name, Some(ca), key, &extensions, digest);
    }

    fn certificate(
        &self,
        name: &str,
        ca: Option<&str>,
        key: &[&str],
        extensions: &str,
        digest: &str,
    ) {
        let file = |extension: &str| format!("{name}.{extension}");
        let (private, request, certificate, text) =
            (file("key"), file("csr"), file("pem"), file("ext"));
        fs::write(self.path(&text), extensions).unwrap();
        let subject = format!("/O=Example/CN={name}");
        let mut new = vec!["req", "-new", "-nodes", "-newkey"];
        new.extend(key);
        new.extend(["-keyout", &private, "-out", &request, "-subj", &subject]);
        self.openssl(&new);
        let mut sign = vec!["x509", "-req", "-in", &request, "-out", &certificate];
        sign.extend(["-days", "400", "-extfile", &text, digest]);
        let (above, above_key) = (
            format!("{}.pem", ca.unwrap_or("")),
            format!("{}.key", ca.unwrap_or("")),
        );
        match ca {
            Some(_) => sign.extend(["-CA", &above, "-CAkey", &above_key, "-CAcreateserial"]),
            None => sign.extend(["-signkey", &private]),
        }
        self.openssl(&sign);
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_vnfctl"))
            .arg("package")
            .args(args)
            .current_dir(self.0.path())
            .output()
            .unwrap()
    }

    /// Signs `web.zip` as somebody, and returns the new package's name.
    fn signs(&self, who: &str, out: &str, options: &[&str]) -> String {
        let out = format!("{out}.zip");
        let (key, certificate) = (format!("{who}.key"), format!("{who}.pem"));
        let mut args = vec!["sign", "web.zip", "--key", &key, "--cert", &certificate];
        args.extend(["--out", &out]);
        args.extend(options);
        let done = self.run(&args);
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(0), "{said}");
        out
    }

    /// Verifies, and returns the codes of what is found.
    fn verdict(&self, package: &str, options: &[&str]) -> (Option<i32>, Vec<String>, Value) {
        let mut args = vec!["verify", package, "-o", "json"];
        args.extend(options);
        let done = self.run(&args);
        let report: Value = serde_json::from_slice(&done.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&done.stderr)));
        let findings = report["findings"].as_array().unwrap();
        let codes = findings
            .iter()
            .map(|one| one["code"].as_str().unwrap().to_owned());
        assert_eq!(report["verified"], done.status.code() == Some(0));
        (done.status.code(), codes.collect(), report)
    }

    #[track_caller]
    fn refuses(&self, package: &str, options: &[&str], codes: &[&str]) {
        let (exit, found, report) = self.verdict(package, options);
        assert_eq!(
            (exit, found.as_slice()),
            (Some(1), codes.map_owned().as_slice()),
            "{report:#}"
        );
    }

    #[track_caller]
    fn accepts(&self, package: &str, options: &[&str]) -> Value {
        let (exit, found, report) = self.verdict(package, options);
        assert_eq!((exit, found), (Some(0), vec![]), "{report:#}");
        report
    }

    /// Rewrites a package; `program` has `name` and `data` of each file, and may change `data`.
    fn edited(&self, package: &str, out: &str, program: &str) -> String {
        let out = format!("{out}.zip");
        let program = format!(
            "import sys, zipfile, subprocess\nold = zipfile.ZipFile(sys.argv[1])\n\
             new = zipfile.ZipFile(sys.argv[2], 'w')\nfor entry in old.infolist():\n    \
             name, data = entry.filename, old.read(entry)\n{}\n    new.writestr(entry, data)\nnew.close()\n",
            program
                .lines()
                .map(|line| format!("    {line}\n"))
                .collect::<String>()
        );
        let done = Command::new("python3")
            .args(["-c", &program, package, &out])
            .current_dir(self.0.path())
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        out
    }

    /// Puts the manifest's signed text and its signature into files.
    fn taken_apart(&self, package: &str, name: &str) {
        let program = format!(
            "if name.endswith('.mf'):\n    at = data.index(b'-----BEGIN CMS')\n    \
             open('{name}.txt', 'wb').write(data[:at])\n    open('{name}.cms', 'wb').write(data[at:])"
        );
        self.edited(package, &format!("{name}-copy"), &program);
    }
}

trait Owned {
    fn map_owned(&self) -> Vec<String>;
}

impl Owned for [&str] {
    fn map_owned(&self) -> Vec<String> {
        self.iter().map(|&one| one.to_owned()).collect()
    }
}

const ROOT: [&str; 2] = ["--trust", "root.pem"];

/// OpenSSL 3.0 neither makes nor checks CMS with Ed25519; its `pkeyutl` does what CMS needs, and is
/// asked in `a_command_may_sign`.
#[rstest]
fn openssl_accepts_what_is_signed(#[values("rsa", "p256", "p384")] who: &str) {
    let desk = Desk::get();
    let signed = desk.signs(who, &format!("judged-{who}"), &[]);
    let report = desk.accepts(&signed, &ROOT);
    let signer = &report["signature"]["signers"][0];
    assert_eq!(
        signer["certificate"]["subject"],
        format!("CN={who},O=Example")
    );
    assert_eq!(signer["trustedBy"]["subject"], "CN=root,O=Example");
    let name = format!("judged-{who}");
    desk.taken_apart(&signed, &name);
    let (signature, content) = (format!("{name}.cms"), format!("{name}.txt"));
    desk.openssl(&[
        "cms",
        "-verify",
        "-binary",
        "-inform",
        "PEM",
        "-in",
        &signature,
        "-content",
        &content,
        "-CAfile",
        "root.pem",
        "-purpose",
        "any",
        "-out",
        "/dev/null",
    ]);
}

#[rstest]
fn what_openssl_signs_is_accepted(
    #[values("rsa", "p256", "p384")] who: &str,
    #[values(&[], &["-noattr"], &["-keyid"])] how: &[&str],
) {
    let desk = Desk::get();
    let name = format!("foreign-{who}{}", how.concat());
    let (key, certificate) = (format!("{who}.key"), format!("{who}.pem"));
    let mut sign = vec![
        "cms", "-sign", "-binary", "-outform", "PEM", "-md", "sha256",
    ];
    sign.extend(["-signer", &certificate, "-inkey", &key, "-in"]);
    let (content, signature) = (format!("{name}.txt"), format!("{name}.cms"));
    desk.edited(
        "web.zip",
        &format!("{name}-copy"),
        &format!("if name.endswith('.mf'):\n    open('{content}', 'wb').write(data)"),
    );
    sign.extend([content.as_str(), "-out", &signature]);
    sign.extend(how);
    desk.openssl(&sign);
    // The blank line comes after the signing, as with `cat`.
    let package = desk.edited(
        "web.zip",
        &name,
        &format!("if name.endswith('.mf'):\n    data += b'\\n' + open('{signature}', 'rb').read()"),
    );
    desk.accepts(&package, &ROOT);
    desk.refuses(
        &package,
        &["--trust", "other.pem"],
        &["signature-untrusted"],
    );
}

#[rstest]
fn both_options_and_both_places_of_the_certificate(
    #[values("rsa", "ed25519")] who: &str,
    #[values("1", "2")] option: &str,
    #[values("inside", "beside")] place: &str,
) {
    let desk = Desk::get();
    let before = fs::read(desk.path("web.zip")).unwrap();
    let name = format!("both-{who}-{option}-{place}");
    let signed = desk.signs(who, &name, &["--option", option, "--certificate", place]);
    assert_eq!(fs::read(desk.path("web.zip")).unwrap(), before);
    let report = desk.accepts(&signed, &ROOT);
    assert_eq!(report["signature"]["option"].to_string(), option);
    let validated = desk.run(&["validate", &signed, "-o", "json"]);
    let findings: Value = serde_json::from_slice(&validated.stdout).unwrap();
    let inspected = desk.run(&["inspect", &signed, "-o", "json"]);
    let inspected: Value = serde_json::from_slice(&inspected.stdout).unwrap();
    assert!(inspected["vnfd"]["id"].is_string(), "{inspected}");
    if option == "1" {
        assert_eq!(
            findings["findings"].as_array().unwrap().len(),
            0,
            "{findings:#}"
        );
        assert_eq!(inspected["archive"], Value::Null);
    } else {
        assert_eq!(findings["findings"][0]["code"], "archive-signed");
        assert_eq!(findings["errors"], 1, "{findings:#}");
        assert_eq!(inspected["archive"]["csar"], "web.csar");
    }
}

#[test]
fn openssl_accepts_the_signature_of_an_archive() {
    let desk = Desk::get();
    desk.signs(
        "p384",
        "outer",
        &["--option", "2", "--certificate", "beside"],
    );
    desk.edited(
        "outer.zip",
        "outer-copy",
        "open('outer-' + name, 'wb').write(data)",
    );
    assert_eq!(
        fs::read(desk.path("outer-web.csar")).unwrap(),
        fs::read(desk.path("web.zip")).unwrap()
    );
    desk.openssl(&[
        "cms",
        "-verify",
        "-binary",
        "-inform",
        "PEM",
        "-in",
        "outer-web.cms",
        "-content",
        "outer-web.csar",
        "-certfile",
        "outer-web.cert",
        "-CAfile",
        "root.pem",
        "-purpose",
        "any",
        "-out",
        "/dev/null",
    ]);
}

#[test]
fn what_was_changed_is_found() {
    let desk = Desk::get();
    desk.signs("p256", "good", &[]);
    let meta = desk.edited(
        "good.zip",
        "bad-manifest",
        "if name.endswith('.mf'):\n    data = data.replace(b'vnf_product_name: ', b'vnf_product_name: x')",
    );
    desk.refuses(&meta, &ROOT, &["signature-digest"]);
    let file = desk.edited(
        "good.zip",
        "bad-file",
        "if name == 'BaseHOT/simple/simple.yaml':\n    data += b'# x'",
    );
    desk.refuses(&file, &ROOT, &["manifest-digest"]);
    let tail = desk.edited(
        "good.zip",
        "bad-tail",
        "if name.endswith('.mf'):\n    data += b'\\nSource: x\\n'",
    );
    desk.refuses(&tail, &ROOT, &["signature-text-after"]);
    // Neither a file more, nor one whose name looks like a signature's, is covered.
    for (out, extra) in [("more", "Scripts/x.sh"), ("more-sig", "Scripts/x.sig")] {
        let more = desk.edited(
            "good.zip",
            out,
            &format!("if name.endswith('.mf'):\n    new.writestr('{extra}', b'x')"),
        );
        desk.refuses(&more, &ROOT, &["manifest-file-unlisted"]);
    }
    let signature = desk.edited(
        "good.zip",
        "bad-signature",
        "if name.endswith('.mf'):\n    at = data.index(b'-----BEGIN')\n    data = data[:at] + b'-----BEGIN CMS-----\\nAAAA\\n-----END CMS-----\\n'",
    );
    desk.refuses(&signature, &ROOT, &["signature-unreadable"]);
    desk.signs("p256", "good2", &["--option", "2"]);
    let archive = desk.edited(
        "good2.zip",
        "bad2",
        "if name.endswith('.csar'):\n    data += b'x'",
    );
    let (exit, codes, _) = desk.verdict(&archive, &ROOT);
    assert_eq!(
        (exit, codes.last().unwrap().as_str()),
        (Some(1), "signature-digest")
    );
    desk.refuses("web.zip", &ROOT, &["signature-missing"]);
}

#[test]
fn only_who_is_trusted_counts() {
    let desk = Desk::get();
    let signed = desk.signs("p256", "whose", &[]);
    desk.refuses(&signed, &["--trust", "other.pem"], &["signature-untrusted"]);
    desk.refuses(&signed, &[], &["signature-untrusted"]);
    desk.accepts(&signed, &["--allow-any-signer"]);
    desk.accepts(&signed, &["--trust", "other.pem", "--trust", "root.pem"]);
    // A signer may be trusted by itself; another's certificate does not help.
    desk.accepts(&signed, &["--trust", "p256.pem"]);
    desk.refuses(&signed, &["--trust", "p384.pem"], &["signature-untrusted"]);
    for time in ["2001-01-01T00:00:00Z", "2099-01-01T00:00:00Z"] {
        let at = [ROOT[0], ROOT[1], "--at", time];
        desk.refuses(&signed, &at, &["signature-expired"]);
        desk.refuses(
            &signed,
            &["--allow-any-signer", "--at", time],
            &["signature-expired"],
        );
    }
}

#[test]
fn the_way_to_the_root_is_walked() {
    let desk = Desk::get();
    let bare = desk.signs("below", "below-bare", &[]);
    desk.refuses(&bare, &ROOT, &["signature-untrusted"]);
    desk.accepts(&bare, &["--trust", "root.pem", "--chain", "middle.pem"]);
    desk.accepts(&bare, &["--trust", "middle.pem"]);
    let whole = desk.signs("below", "below-whole", &["--chain", "middle.pem"]);
    desk.accepts(&whole, &ROOT);
    // A certificate without keyCertSign, and one that is no CA's, give no certificates.
    let forged = desk.signs("forged", "forged", &["--chain", "clerk.pem"]);
    desk.refuses(&forged, &ROOT, &["signature-chain"]);
    desk.refuses(&forged, &["--trust", "clerk.pem"], &["signature-chain"]);
    let child = desk.signs("child", "child", &["--chain", "plain.pem"]);
    desk.refuses(&child, &ROOT, &["signature-chain"]);
    desk.refuses(&child, &["--trust", "plain.pem"], &["signature-chain"]);
    // One that says nothing of its use may sign packages.
    let plain = desk.signs("plain", "plain", &[]);
    desk.accepts(&plain, &ROOT);
}

#[test]
fn what_is_weak_or_for_something_else_is_refused() {
    let desk = Desk::get();
    let short = desk.signs("short", "short", &["--allow-weak"]);
    desk.refuses(&short, &ROOT, &["signature-weak"]);
    desk.accepts(&short, &["--trust", "root.pem", "--allow-weak"]);
    let sha1 = ["sign", "web.zip", "--key", "sha1.key", "--cert", "sha1.pem"];
    assert_eq!(desk.run(&sha1).status.code(), Some(2));
    let sha1 = desk.signs("sha1", "sha1", &["--allow-weak"]);
    desk.refuses(&sha1, &["--trust", "rsa-root.pem"], &["signature-weak"]);
    desk.accepts(&sha1, &["--trust", "rsa-root.pem", "--allow-weak"]);
    let server = desk.signs("server", "server", &[]);
    desk.refuses(&server, &ROOT, &["signature-certificate-usage"]);
    for (who, why) in [
        ("short", "is short"),
        ("encipher", "no digitalSignature"),
        ("root", "a CA"),
    ] {
        let (key, certificate) = (format!("{who}.key"), format!("{who}.pem"));
        let done = desk.run(&[
            "sign",
            "web.zip",
            "--key",
            &key,
            "--cert",
            &certificate,
            "--out",
            "no.zip",
        ]);
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(
            done.status.code() == Some(2) && said.contains(why),
            "{said}"
        );
        assert!(!desk.path("no.zip").exists());
    }
    // OpenSSL signs with a key that is for something else, and over SHA-1.
    for (who, digest, code) in [
        ("encipher", "sha256", "signature-certificate-usage"),
        ("rsa", "sha1", "signature-weak"),
    ] {
        let name = format!("odd-{who}");
        desk.edited(
            "web.zip",
            &name,
            &format!(
                "if name.endswith('.mf'):\n    data = data + b'\\n' + subprocess.run('openssl cms -sign -binary -outform PEM \
                 -md {digest} -signer {who}.pem -inkey {who}.key'.split(), input=data + b'\\n', check=True, \
                 stdout=subprocess.PIPE).stdout"
            ),
        );
        desk.refuses(&format!("{name}.zip"), &ROOT, &[code]);
    }
}

#[rstest]
#[case("rsa", "openssl dgst -sha256 -sign rsa.key")]
#[case("p256", "openssl dgst -sha256 -sign p256.key")]
#[case("p384", "openssl dgst -sha384 -sign p384.key")]
#[case(
    "ed25519",
    "cat > hsm.in && openssl pkeyutl -sign -rawin -inkey ed25519.key -in hsm.in"
)]
fn a_command_may_sign(#[case] who: &str, #[case] command: &str) {
    let desk = Desk::get();
    let (certificate, out) = (format!("{who}.pem"), format!("hsm-{who}.zip"));
    let sign = |command: &str, out: &str| {
        desk.run(&[
            "sign",
            "web.zip",
            "--signer",
            command,
            "--cert",
            &certificate,
            "--out",
            out,
        ])
    };
    let done = sign(command, &out);
    assert_eq!(
        done.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    desk.accepts(&out, &ROOT);
    for (bad, exit) in [("false", 1), ("echo nonsense", 2)] {
        let never = format!("never-{who}.zip");
        assert_eq!(sign(bad, &never).status.code(), Some(exit));
        assert!(!desk.path(&never).exists());
    }
}

#[test]
fn keys_are_held_with_care() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::get();
    fs::write(desk.path("phrase"), "open sesame\n").unwrap();
    for file in ["phrase", "p256.key"] {
        fs::set_permissions(desk.path(file), fs::Permissions::from_mode(0o600)).unwrap();
    }
    desk.openssl(&[
        "pkcs8",
        "-topk8",
        "-in",
        "p256.key",
        "-out",
        "locked.key",
        "-passout",
        "file:phrase",
    ]);
    fs::set_permissions(desk.path("locked.key"), fs::Permissions::from_mode(0o644)).unwrap();
    let mut args = vec![
        "sign",
        "web.zip",
        "--key",
        "locked.key",
        "--cert",
        "p256.pem",
        "--out",
        "locked.zip",
    ];
    let without = desk.run(&args);
    let said = String::from_utf8_lossy(&without.stderr);
    assert!(said.contains("--key-passphrase-file"), "{said}");
    assert_eq!(without.status.code(), Some(2));
    args.extend(["--key-passphrase-file", "phrase"]);
    let with = desk.run(&args);
    let said = String::from_utf8_lossy(&with.stderr);
    assert_eq!(with.status.code(), Some(0), "{said}");
    assert!(said.contains("locked.key can be read by others"), "{said}");
    assert!(!said.contains("sesame"));
    desk.accepts("locked.zip", &ROOT);
    fs::write(desk.path("phrase"), "guess\n").unwrap();
    let wrong = desk.run(&args);
    assert_eq!(wrong.status.code(), Some(2));
    let pair = desk.run(&[
        "sign",
        "web.zip",
        "--key",
        "p256.key",
        "--cert",
        "plain.pem",
        "--out",
        "no.zip",
    ]);
    let said = String::from_utf8_lossy(&pair.stderr);
    assert!(said.contains("not one pair"), "{said}");
}

#[test]
fn a_package_may_be_signed_in_its_place() {
    let desk = Desk::get();
    fs::copy(desk.path("web.zip"), desk.path("own.zip")).unwrap();
    let sign = |who: &str, more: &[&str]| {
        let (key, certificate) = (format!("{who}.key"), format!("{who}.pem"));
        let mut args = vec![
            "sign",
            "own.zip",
            "--out",
            "own.zip",
            "--key",
            &key,
            "--cert",
            &certificate,
        ];
        args.extend(more);
        desk.run(&args).status.code()
    };
    assert_eq!(sign("p256", &[]), Some(0));
    desk.accepts("own.zip", &["--trust", "p256.pem"]);
    assert_eq!(sign("p384", &[]), Some(4));
    desk.accepts("own.zip", &["--trust", "p256.pem"]);
    assert_eq!(sign("p384", &["--replace"]), Some(0));
    desk.accepts("own.zip", &["--trust", "p384.pem"]);
    let left = fs::read_dir(desk.0.path()).unwrap();
    let parts = left.filter(|one| {
        one.as_ref()
            .unwrap()
            .file_name()
            .to_string_lossy()
            .ends_with(".part")
    });
    assert_eq!(parts.count(), 0);
    // What is not whole is not signed.
    let broken = desk.edited(
        "web.zip",
        "broken",
        "if name == 'BaseHOT/simple/simple.yaml':\n    data += b'# x'",
    );
    let done = desk.run(&[
        "sign", &broken, "--key", "p256.key", "--cert", "p256.pem", "--out", "no.zip",
    ]);
    assert_eq!(done.status.code(), Some(1));
    assert!(!desk.path("no.zip").exists());
}
