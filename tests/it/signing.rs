//! Signed packages, with OpenSSL as the judge of what is written and the maker of what is read.

mod artifacts;
mod desk;
mod revocation;

use std::fs;
use std::process::Command;

use rstest::rstest;
use serde_json::Value;

use desk::Desk;

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
    desk.openssl_accepts(&signature, &content, &[]);
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

/// SOL004 §4.1.3: no `TOSCA.meta`, the template at the root, and a manifest that is called like it.
#[test]
fn a_package_laid_out_without_meta_is_verified() {
    let desk = Desk::get();
    let packed = |name: &str, text: &str| {
        let program = format!(
            "import hashlib, subprocess, zipfile\n\
             top = b'tosca_definitions_version: tosca_simple_yaml_1_3\\n'\n\
             manifest = 'metadata:\\n  vnf_provider_id: me\\n  vnf_product_name: a\\n  vnf_package_version: 1.0\\n'\n\
             manifest += '  vnf_release_date_time: 2026-01-01T00:00:00+00:00\\n\\nSource: vnf.yaml\\nAlgorithm: SHA-256\\nHash: '\n\
             manifest += hashlib.sha256(top).hexdigest() + '\\n'\n\
             open('{name}.txt', 'w').write(manifest)\n\
             sign = 'openssl cms -sign -binary -outform PEM -md sha256 -signer rsa.pem -inkey rsa.key'.split()\n\
             sign += ['-in', '{name}.txt', '-out', '{name}.cms']\n\
             subprocess.run(sign, check=True)\n\
             new = zipfile.ZipFile('{name}.zip', 'w')\n\
             new.writestr('vnf.yaml', top + b'{text}')\n\
             new.writestr('vnf.mf', manifest + '\\n' + open('{name}.cms').read())\n\
             new.close()\n"
        );
        let done = Command::new("python3")
            .args(["-c", &program])
            .current_dir(desk.path("."))
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
        format!("{name}.zip")
    };
    desk.accepts(&packed("root-layout", ""), &ROOT);
    let changed = packed("root-layout-changed", "# more");
    desk.refuses(&changed, &ROOT, &["manifest-digest"]);
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
    let beside = ["-certfile", "outer-web.cert"];
    desk.openssl_accepts("outer-web.cms", "outer-web.csar", &beside);
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
    let left = fs::read_dir(desk.path("")).unwrap();
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
