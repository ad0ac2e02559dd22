//! Keys, certificates and packages to sign, made with OpenSSL.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

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
pub(super) struct Desk(tempfile::TempDir);

impl Desk {
    pub(super) fn get() -> &'static Self {
        static DESK: OnceLock<Desk> = OnceLock::new();
        DESK.get_or_init(Self::new)
    }

    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        desk.ca("root", None, "keyCertSign,cRLSign");
        // May give certificates, and no list of those that it revoked.
        desk.ca("other", None, "keyCertSign");
        desk.ca("middle", Some("root"), "keyCertSign,cRLSign");
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
            "apart",
            "other",
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

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn openssl(&self, args: &[&str]) {
        let done = Command::new("openssl")
            .args(args)
            .current_dir(self.0.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "openssl {args:?}: {said}");
    }

    /// Has OpenSSL verify a signature of a file, by the CA `root`.
    pub(super) fn openssl_accepts(&self, signature: &str, content: &str, more: &[&str]) {
        let mut args = vec!["cms", "-verify", "-binary", "-inform", "PEM"];
        args.extend(["-in", signature, "-content", content]);
        args.extend(more);
        args.extend(["-CAfile", "root.pem", "-purpose", "any"]);
        args.extend(["-out", "/dev/null"]);
        self.openssl(&args);
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

    /// Has a CA write its list of revoked certificates, for 30 days.
    pub(super) fn crl(&self, ca: &str, revoked: &[&str], name: &str) -> String {
        let file = |extension: &str| format!("{name}.{extension}");
        let (settings, list) = (file("cnf"), file("crl"));
        fs::write(self.path(&file("index")), "").unwrap();
        fs::write(self.path(&file("number")), "01\n").unwrap();
        let text = format!(
            "[ca]\ndefault_ca = own\n[own]\ndatabase = {name}.index\ncrlnumber = {name}.number\n\
             default_md = sha256\ndefault_crl_days = 30\n"
        );
        fs::write(self.path(&settings), text).unwrap();
        let (key, certificate) = (format!("{ca}.key"), format!("{ca}.pem"));
        let common = [
            "ca",
            "-config",
            &settings,
            "-keyfile",
            &key,
            "-cert",
            &certificate,
        ];
        for one in revoked {
            let one = format!("{one}.pem");
            self.openssl(&[&common[..], &["-revoke", &one]].concat());
        }
        self.openssl(&[&common[..], &["-gencrl", "-out", &list]].concat());
        list
    }

    pub(super) fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_vnfctl"))
            .arg("package")
            .args(args)
            .current_dir(self.0.path())
            .output()
            .unwrap()
    }

    /// Signs `web.zip` as somebody, and returns the new package's name.
    pub(super) fn signs(&self, who: &str, out: &str, options: &[&str]) -> String {
        self.signs_that("web.zip", who, out, options)
    }

    /// Signs another package.
    pub(super) fn signs_that(
        &self,
        package: &str,
        who: &str,
        out: &str,
        options: &[&str],
    ) -> String {
        let out = format!("{out}.zip");
        let (key, certificate) = (format!("{who}.key"), format!("{who}.pem"));
        let mut args = vec!["sign", package, "--key", &key, "--cert", &certificate];
        args.extend(["--out", &out]);
        args.extend(options);
        let done = self.run(&args);
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(0), "{said}");
        out
    }

    /// Verifies, and returns the codes of what is found.
    pub(super) fn verdict(
        &self,
        package: &str,
        options: &[&str],
    ) -> (Option<i32>, Vec<String>, Value) {
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
    pub(super) fn refuses(&self, package: &str, options: &[&str], codes: &[&str]) {
        let (exit, found, report) = self.verdict(package, options);
        assert_eq!(
            (exit, found.as_slice()),
            (Some(1), codes.map_owned().as_slice()),
            "{report:#}"
        );
    }

    #[track_caller]
    pub(super) fn accepts(&self, package: &str, options: &[&str]) -> Value {
        let (exit, found, report) = self.verdict(package, options);
        assert_eq!((exit, found), (Some(0), vec![]), "{report:#}");
        report
    }

    /// Rewrites a package; `program` has `name` and `data` of each file, and may change `data`.
    pub(super) fn edited(&self, package: &str, out: &str, program: &str) -> String {
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
    pub(super) fn taken_apart(&self, package: &str, name: &str) {
        let program = format!(
            "if name.endswith('.mf'):\n    at = data.index(b'-----BEGIN CMS')\n    \
             open('{name}.txt', 'wb').write(data[:at])\n    open('{name}.cms', 'wb').write(data[at:])"
        );
        self.edited(package, &format!("{name}-copy"), &program);
    }
}

pub(super) trait Owned {
    fn map_owned(&self) -> Vec<String>;
}

impl Owned for [&str] {
    fn map_owned(&self) -> Vec<String> {
        self.iter().map(|&one| one.to_owned()).collect()
    }
}
