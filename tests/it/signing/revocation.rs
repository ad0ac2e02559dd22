//! Lists of revoked certificates, as OpenSSL's CA writes them.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that fails is a test that fails"
)]

use std::fs;
use std::process::Command;

use rstest::rstest;

use super::ROOT;
use super::desk::Desk;

/// Whether OpenSSL takes a signed package's manifest, its lists being asked.
fn openssl_asks(desk: &Desk, name: &str, list: &str) -> bool {
    let both = format!("{name}.both");
    let texts = ["root.pem", list].map(|file| fs::read_to_string(desk.path(file)).unwrap());
    fs::write(desk.path(&both), texts.concat()).unwrap();
    let (signature, content) = (format!("{name}.cms"), format!("{name}.txt"));
    let mut args = vec![
        "cms", "-verify", "-binary", "-inform", "PEM", "-in", &signature,
    ];
    args.extend(["-content", &content, "-CAfile", &both, "-crl_check"]);
    args.extend(["-purpose", "any", "-out", "/dev/null"]);
    let done = Command::new("openssl")
        .args(args)
        .current_dir(desk.path(""))
        .output();
    done.unwrap().status.success()
}

#[rstest]
fn who_is_on_the_list_is_refused_whoever_is_trusted(
    #[values("rsa", "p256", "p384", "ed25519")] who: &str,
) {
    let desk = Desk::get();
    let name = format!("revoked-{who}");
    let signed = desk.signs(who, &name, &[]);
    let revoked = desk.crl("root", &[who, "plain"], &format!("{name}-list"));
    let sound = desk.crl("root", &["plain"], &format!("{name}-other"));
    let none = desk.crl("root", &[], &format!("{name}-none"));
    for list in [&sound, &none] {
        desk.accepts(&signed, &[ROOT[0], ROOT[1], "--crl", list]);
    }
    let own = format!("{who}.pem");
    let code = ["signature-revoked"];
    desk.refuses(&signed, &[ROOT[0], ROOT[1], "--crl", &revoked], &code);
    desk.refuses(&signed, &["--trust", &own, "--crl", &revoked], &code);
    desk.refuses(&signed, &["--allow-any-signer", "--crl", &revoked], &code);
    let two = [ROOT[0], ROOT[1], "--crl", &sound, "--crl", &revoked];
    desk.refuses(&signed, &two, &code);
    let der = format!("{name}.der");
    desk.openssl(&["crl", "-in", &revoked, "-outform", "DER", "-out", &der]);
    desk.refuses(&signed, &[ROOT[0], ROOT[1], "--crl", &der], &code);
    // OpenSSL 3.0 has no CMS with Ed25519.
    if who != "ed25519" {
        desk.taken_apart(&signed, &name);
        assert!(openssl_asks(desk, &name, &sound));
        assert!(!openssl_asks(desk, &name, &revoked));
    }
}

#[test]
fn a_ca_on_the_way_may_be_revoked() {
    let desk = Desk::get();
    let signed = desk.signs("below", "below-revoked", &["--chain", "middle.pem"]);
    let of_root = desk.crl("root", &["middle"], "of-root");
    desk.refuses(
        &signed,
        &[ROOT[0], ROOT[1], "--crl", &of_root],
        &["signature-revoked"],
    );
    let of_middle = desk.crl("middle", &["below"], "of-middle");
    desk.refuses(
        &signed,
        &[ROOT[0], ROOT[1], "--crl", &of_middle],
        &["signature-revoked"],
    );
    // A list says nothing of certificates that another CA gave.
    let other = desk.signs("p256", "not-below", &[]);
    desk.accepts(&other, &[ROOT[0], ROOT[1], "--crl", &of_middle]);
}

#[test]
fn a_list_must_count_itself() {
    let desk = Desk::get();
    let signed = desk.signs("p256", "old-list", &[]);
    let list = desk.crl("root", &[], "old");
    let later = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * 60);
    let at = [ROOT[0], ROOT[1], "--crl", &list, "--at", &later.to_string()];
    desk.refuses(&signed, &at, &["signature-crl"]);
    desk.accepts(&signed, &[at[0], at[1], at[4], at[5]]);
    // A CA that may give certificates only.
    let apart = desk.signs("apart", "apart", &[]);
    let list = desk.crl("other", &[], "of-other");
    desk.accepts(&apart, &["--trust", "other.pem"]);
    desk.refuses(
        &apart,
        &["--trust", "other.pem", "--crl", &list],
        &["signature-crl"],
    );
    // A list of the same name that another key signed.
    fs::copy(desk.path("root.pem"), desk.path("false.pem")).unwrap();
    desk.openssl(&[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        "false.key",
        "-out",
        "false.pem",
        "-subj",
        "/O=Example/CN=root",
    ]);
    let list = desk.crl("false", &[], "of-false");
    desk.refuses(
        &signed,
        &[ROOT[0], ROOT[1], "--crl", &list],
        &["signature-crl"],
    );
    for bad in ["root.pem", "root.key", "web.zip"] {
        let done = desk.run(&["verify", &signed, ROOT[0], ROOT[1], "--crl", bad]);
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(2), "{said}");
        assert!(said.contains("openssl crl -in FILE"), "{said}");
    }
}
