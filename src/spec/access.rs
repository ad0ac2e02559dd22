//! Who may log in to the machines: keys are checked to be public ones, and a cluster says in
//! exactly one place where its management script finds the private half.

use super::check::Context;
use super::types::Access;

const KEY_TYPES: [&str; 5] = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
];

/// Checks the access to a cluster's nodes, which the management script uses.
pub(super) fn cluster(access: &Access, context: &mut Context<'_>) {
    common(access, context);
    if let Some(authority) = &access.certificate_authority {
        public_key("certificateAuthority", authority, context);
    }
    match (&access.key_file, &access.key_secret) {
        (None, None) => {
            let finding = context.error(
                "spec-access",
                &["access"],
                "nothing says where the management script finds the private key",
            );
            context.push(finding.help(
                "write `keySecret:` with the name or UUID of a secret in Barbican, or `keyFile:` with a path on the host of Tacker's conductor",
            ));
        }
        (Some(_), Some(_)) => {
            let finding = context.error(
                "spec-access",
                &["access", "keySecret"],
                "the private key is said to be in two places, `keyFile` and `keySecret`",
            );
            context.push(finding.help("leave out one of the two"));
        }
        (Some(file), None) => one_line("keyFile", file, file.starts_with('/'), context),
        (None, Some(secret)) => one_line("keySecret", secret, !secret.contains('/'), context),
    }
}

/// Checks the access to plain machines, which is for people only.
pub(super) fn machine(access: &Access, context: &mut Context<'_>) {
    common(access, context);
    for (key, given) in [
        ("keyFile", access.key_file.is_some()),
        ("keySecret", access.key_secret.is_some()),
        (
            "certificateAuthority",
            access.certificate_authority.is_some(),
        ),
    ] {
        if given {
            let finding = context.error(
                "spec-access",
                &["access", key],
                format!("`{key}` is for a management script, and plain machines have none"),
            );
            context.push(finding.help("leave it out"));
        }
    }
}

fn one_line(key: &'static str, text: &str, form: bool, context: &mut Context<'_>) {
    if form && !text.trim().is_empty() && !text.contains('\n') {
        return;
    }
    // The value is not repeated: somebody may have put the key itself here.
    let (message, help) = if key == "keyFile" {
        ("this is no absolute path", "such as /etc/tacker/vnfctl/id")
    } else {
        (
            "this is no name or UUID of a secret",
            "as `openstack secret list` shows them; of its href, take the UUID",
        )
    };
    let finding = context.error("spec-value", &["access", key], message);
    context.push(finding.help(help));
}

fn common(access: &Access, context: &mut Context<'_>) {
    public_key("publicKey", &access.public_key, context);
    let user_ok = access
        .user
        .starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && access
            .user
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c));
    if !user_ok || access.user == "root" {
        let finding = context.error(
            "spec-value",
            &["access", "user"],
            format!("`{}` cannot be the login user", access.user),
        );
        context.push(finding.help("a lower-case user name other than root"));
    }
}

fn public_key(key: &'static str, text: &str, context: &mut Context<'_>) {
    let mut words = text.split_whitespace();
    let known = words.next().is_some_and(|word| KEY_TYPES.contains(&word));
    let body = words.next().is_some_and(|word| word.starts_with("AAAA"));
    if !known || !body || text.contains('\n') {
        // The value is not repeated: somebody may have put the private half here.
        let finding = context.error(
            "spec-public-key",
            &["access", key],
            "this is not an SSH public key",
        );
        context
            .push(finding.help("paste the one line of a `.pub` file, such as `ssh-ed25519 AAAA…`"));
    }
}
