//! What is searched for. A pattern must not fire where a name, a parameter or a placeholder stands
//! in a secret's place: a report of what is no secret teaches people to allow the code.

use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use aho_corasick::AhoCorasick;
use camino::Utf8Path;
use regex::Regex;

/// Something to search for.
pub(super) struct Pattern {
    pub(super) code: &'static str,
    pub(super) message: &'static str,
    pub(super) why: &'static str,
    pub(super) help: &'static str,
    /// One of these stands in every match, in whatever case; most files have none, and looking for
    /// all of all patterns at once is cheap.
    needles: &'static [&'static str],
    /// Tells cheaply whether a file with a needle may have a match: needles such as `curl` stand in
    /// files that have none, and compiling the expression takes longer than all else does with them.
    is_likely: fn(&str) -> bool,
    expression: &'static str,
    /// The expression, compiled when a file first has one of the needles.
    regex: OnceLock<Option<Regex>>,
    /// Whether a match with this value is meant; the value is what the group `secret` holds.
    is_meant: fn(&str) -> bool,
    /// Endings of the files that are searched; all without any.
    endings: &'static [&'static str],
}

/// A place, and what of it must not be shown.
pub(super) type Found = (Range<usize>, Option<Range<usize>>);

impl Pattern {
    fn is_for(&self, path: &Utf8Path) -> bool {
        let ending = path.extension().unwrap_or_default();
        self.endings.is_empty() || self.endings.contains(&ending)
    }

    fn regex(&self) -> Option<&Regex> {
        // Every one of them is compiled by a test.
        let compiled = self.regex.get_or_init(|| Regex::new(self.expression).ok());
        compiled.as_ref()
    }

    pub(super) fn found(&self, text: &str) -> Vec<Found> {
        let likely = (self.is_likely)(text).then(|| self.regex());
        let all = likely
            .flatten()
            .into_iter()
            .flat_map(|regex| regex.captures_iter(text));
        all.filter_map(|captures| {
            let whole = captures.get(0)?;
            let secret = captures.name("secret");
            let value = secret.unwrap_or(whole);
            let place = captures.name("place").unwrap_or(whole).range();
            (self.is_meant)(value.as_str()).then(|| (place, secret.map(|one| one.range())))
        })
        .collect()
    }
}

/// Returns the patterns that a file may match.
pub(super) fn possible(path: &Utf8Path, text: &str) -> Vec<&'static Pattern> {
    let owners = &*NEEDLES;
    let mut is_there = vec![false; PATTERNS.len()];
    let found = owners
        .0
        .iter()
        .flat_map(|all| all.find_overlapping_iter(text));
    for needle in found {
        is_there[owners.1[needle.pattern().as_usize()]] = true;
    }
    let all = PATTERNS.iter().zip(is_there);
    all.filter(|(pattern, is_there)| *is_there && pattern.is_for(path))
        .map(|(pattern, _)| pattern)
        .collect()
}

/// All needles, and by their numbers those of their patterns.
static NEEDLES: LazyLock<(Option<AhoCorasick>, Vec<usize>)> = LazyLock::new(|| {
    let all = PATTERNS.iter().enumerate();
    let owned =
        all.flat_map(|(number, one)| one.needles.iter().map(move |needle| (*needle, number)));
    let (needles, owners): (Vec<&str>, Vec<usize>) = owned.unzip();
    let built = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(needles);
    (built.ok(), owners)
});

const LEAKED: &str = "everybody who can download the package can read it";
const GIVEN: &str = "give it to the VNF when it is instantiated, as a parameter that Heat hides \
                     (`hidden: true`), or let the machine fetch it; and make a new one: this one is \
                     known";
/// Programs that download.
const DOWNLOAD: &[&str] = &["curl", "wget"];
const SCRIPTS: &[&str] = &["sh", "bash", "py", "yaml", "yml", "cfg", "txt", "j2"];

fn always(_: &str) -> bool {
    true
}

/// A value that stands for itself, not for what is put in later.
fn is_literal(value: &str) -> bool {
    const STAND_INS: [&str; 16] = [
        "", "null", "~", "none", "true", "false", "yes", "no", "string", "changeme", "password",
        "secret", "required", "optional", "str", "hidden",
    ];
    let value = value.trim_matches(|c| matches!(c, '"' | '\''));
    let is_stand_in = STAND_INS.contains(&value.to_lowercase().as_str());
    let begins = |start: &[char]| value.starts_with(start);
    let is_put_in = begins(&[
        '$', '{', '<', '%', '!', '[', '(', '*', '&', '|', '>', '`', '/',
    ]) || value.contains("{{")
        || value.contains("${")
        || value.contains("get_param");
    !is_stand_in && !is_put_in && value.len() >= 4
}

/// Tells whether a URL names somebody: `scheme://user:password@host`.
fn names_somebody(text: &str) -> bool {
    let ends = [
        '@', '/', ' ', '\t', '\n', '\'', '"', '{', '}', '$', '<', '>',
    ];
    text.match_indices("://").any(|(at, mark)| {
        let rest = &text[at + mark.len()..];
        rest.find(ends)
            .is_some_and(|end| rest[end..].starts_with('@'))
    })
}

fn downloads_plainly(text: &str) -> bool {
    lines_with_download(text).any(|line| line.contains("http://"))
}

fn pipes_download(text: &str) -> bool {
    lines_with_download(text).any(|line| line.contains('|'))
}

fn lines_with_download(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter(|line| DOWNLOAD.iter().any(|word| line.contains(word)))
}

fn is_far(url: &str) -> bool {
    let host = url.split("://").nth(1).unwrap_or_default();
    let near = ["localhost", "127.", "[::1]", "169.254.", "$", "{", "<", "%"];
    !near.iter().any(|start| host.starts_with(start))
}

fn pattern(
    code: &'static str,
    message: &'static str,
    (why, help): (&'static str, &'static str),
    needles: &'static [&'static str],
    expression: &'static str,
) -> Pattern {
    Pattern {
        code,
        message,
        why,
        help,
        needles,
        is_likely: always,
        expression,
        regex: OnceLock::new(),
        is_meant: always,
        endings: &[],
    }
}

/// Ends of the names under which passwords and keys stand, in lower case.
pub(super) const NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret_key",
    "api_key",
    "apikey",
    "credential_secret",
];

/// Tells whether a text has a secret in it.
pub(super) fn holds_secret(text: &str) -> bool {
    let possible = possible(Utf8Path::new("a.txt"), text);
    let mut found = possible.iter().flat_map(|pattern| pattern.found(text));
    found.any(|(_, secret)| secret.is_some())
}

/// All of them.
pub(super) static PATTERNS: LazyLock<Vec<Pattern>> =
    LazyLock::new(|| secrets().into_iter().chain(actions()).collect());

fn secrets() -> [Pattern; 5] {
    const KEY: &str =
        r"(?P<place>-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----)(?P<secret>[^-]+)-----END ";
    const TOKENS: &[&str] = &[
        "AKIA",
        "ghp_",
        "gho_",
        "ghu_",
        "ghs_",
        "ghr_",
        "github_pat_",
        "glpat-",
        "xoxa-",
        "xoxb-",
        "xoxp-",
        "xoxr-",
        "xoxs-",
        "dckr_pat_",
        "eyJ",
    ];
    const TOKEN: &str = r"(?-u:\b)(?P<secret>AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}[A-Za-z0-9]*|github_pat_[A-Za-z0-9_]{40}[A-Za-z0-9_]*|glpat-[A-Za-z0-9_-]{20}[A-Za-z0-9_-]*|xox[abprs]-[A-Za-z0-9-]{20}[A-Za-z0-9-]*|dckr_pat_[A-Za-z0-9_-]{20}[A-Za-z0-9_-]*|eyJ[A-Za-z0-9_-]{10}[A-Za-z0-9_-]*[.]eyJ[A-Za-z0-9_-]{10}[A-Za-z0-9_-]*[.][A-Za-z0-9_-]{10}[A-Za-z0-9_-]*)";
    const KUBEADM: &str = r#"(?:token|Token|TOKEN)["']?[ \t]*[:= ][ \t]*["']?(?P<secret>[a-z0-9]{6}[.][a-z0-9]{16})(?-u:\b)"#;
    const WORDS: &str = r#"(?m)^[ \t]*-?[ \t]*(?:export[ \t]+)?["']?(?P<place>[A-Za-z0-9_.-]*(?:(?i:password|passwd|passphrase)|secret_key|SECRET_KEY|api_key|API_KEY|apikey|apiKey|credential_secret|CREDENTIAL_SECRET))["']?[ \t]*(?::[ \t]+|=[ \t]*)(?P<secret>"[^"\n]*"|'[^'\n]*'|[^ \t\n#,"']+)"#;
    const URL: &str = r#"(?-u:\b)[a-z][a-z0-9+.-]*://[^/ \t\n:@'"{}$<>]+:(?P<secret>[^@ \t\n/'"{}$<>]{3}[^@ \t\n/'"{}$<>]*)@"#;
    let leaked = (LEAKED, GIVEN);
    let password = "security-password";
    let token = "security-token";
    [
        pattern(
            "security-private-key",
            "a private key lies here",
            leaked,
            &["PRIVATE KEY"],
            KEY,
        ),
        pattern(token, "a token stands here", leaked, TOKENS, TOKEN),
        pattern(
            token,
            "a token of kubeadm stands here",
            leaked,
            &["token"],
            KUBEADM,
        ),
        Pattern {
            is_meant: is_literal,
            endings: &[
                "sh", "bash", "yaml", "yml", "cfg", "conf", "ini", "env", "json", "txt", "toml",
            ],
            ..pattern(password, "a password stands here", leaked, NAMES, WORDS)
        },
        Pattern {
            is_likely: names_somebody,
            ..pattern(
                password,
                "a URL has a password in it",
                leaked,
                &["://"],
                URL,
            )
        },
    ]
}

fn actions() -> [Pattern; 5] {
    const PIPE: &str = r"(?P<place>(?:curl|wget)(?-u:\b)[^|\n;&]*[|][ \t]*(?:sudo[ \t]+(?:-[^ \t\n]+[ \t]+)*)?(?:/bin/|/usr/bin/)?(?:ba|da|z|k)?sh(?-u:\b))";
    const BRANCH: &str = r"https?://raw[.]githubusercontent[.]com/[^/ \t\n]+/[^/ \t\n]+/(?:refs/heads/)?(?:master|main|HEAD)/|https?://[^ \t\n]+/releases/latest/download/";
    const HTTP: &str = r"(?-u:\b)(?:curl|wget)(?-u:\b)[^\n|;]*?[ \t](?P<place>http://[^ \t\n]+)";
    const SSH: &str = r"(?m)^[ \t]*-?[ \t]*(?P<place>PasswordAuthentication[ \t]+yes|ssh_pwauth:[ \t]*(?:true|yes|1))(?-u:\b)";
    const ADMIN: &str = r"(?P<place>kind:[ \t]*ClusterRoleBinding)(?-u:\b)(?:[^-]|-[^-]|--[^-])*?(?:name:[ \t]*cluster-admin(?-u:\b)(?:[^-]|-[^-]|--[^-])*?name:[ \t]*default(?-u:\b)|name:[ \t]*default(?-u:\b)(?:[^-]|-[^-]|--[^-])*?name:[ \t]*cluster-admin(?-u:\b))";
    let mut all = [
        Pattern {
            is_likely: pipes_download,
            ..pattern(
                "security-pipe-to-shell",
                "what the server sends is run as it comes",
                (
                    "whoever has the server, or the way to it, has the machine",
                    "download it to a file, hold its SHA-256 to one that stands here, then run it",
                ),
                DOWNLOAD,
                PIPE,
            )
        },
        pattern(
            "security-unpinned",
            "this is another file tomorrow",
            (
                "two machines of one VNF may get two things",
                "name a release or a commit, and check the file's SHA-256",
            ),
            &["githubusercontent", "releases/latest/"],
            BRANCH,
        ),
        Pattern {
            is_likely: downloads_plainly,
            is_meant: |found| found.split_whitespace().last().is_some_and(is_far),
            ..pattern(
                "security-plain-http",
                "a download over plain HTTP",
                (
                    "everybody on the way can put something else into it",
                    "use https, and check the file's SHA-256",
                ),
                DOWNLOAD,
                HTTP,
            )
        },
        pattern(
            "security-ssh-password",
            "the machine takes passwords over SSH",
            (
                "passwords of machines in the net are found out by trying",
                "give the machine a public key: `key_name` of the server in Heat",
            ),
            &["passwordauthentication", "ssh_pwauth"],
            SSH,
        ),
        pattern(
            "security-cluster-admin",
            "a default service account is made an administrator of the cluster",
            (
                "every pod of the namespace that names no other account has all rights",
                "make a service account for the pods that need it, with a role of their own",
            ),
            &["clusterrolebinding"],
            ADMIN,
        ),
    ];
    for one in &mut all {
        one.endings = SCRIPTS;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn found(text: &str, file: &str) -> Vec<&'static str> {
        let patterns = possible(file.into(), text).into_iter();
        let mut codes: Vec<_> = patterns
            .filter(|one| !one.found(text).is_empty())
            .map(|one| one.code)
            .collect();
        codes.dedup();
        codes
    }

    #[test]
    fn all_patterns_are_compiled() {
        assert!(PATTERNS.iter().all(|one| one.regex().is_some()));
        assert!(NEEDLES.0.is_some());
    }

    #[rstest]
    #[case::aws("key AKIAIOSFODNN7EXAMPLE", "security-token")]
    #[case::join("kubeadm join --token abcdef.0123456789abcdef", "security-token")]
    #[case::heat("    admin_password: Sup3rS3cret", "security-password")]
    #[case::shell("export DB_PASSWORD='hunter22'", "security-password")]
    #[case::url("git clone https://me:hunter22@example.org/x", "security-password")]
    #[case::pipe(
        "curl -fsSL https://get.example.org | sudo -E bash -",
        "security-pipe-to-shell"
    )]
    #[case::branch(
        "wget https://raw.githubusercontent.com/a/b/master/c.yaml",
        "security-unpinned"
    )]
    #[case::http("curl -o x http://example.org/x", "security-plain-http")]
    #[case::ssh("PasswordAuthentication yes", "security-ssh-password")]
    #[case::admin(
        "kind: ClusterRoleBinding\nroleRef:\n  name: cluster-admin\nsubjects:\n- kind: ServiceAccount\n  name: default\n",
        "security-cluster-admin"
    )]
    fn what_is_dangerous_is_found(#[case] text: &str, #[case] code: &str) {
        assert_eq!(found(text, "a.sh"), [code]);
    }

    #[rstest]
    #[case::parameter("  admin_password: {get_param: password}")]
    #[case::variable("DB_PASSWORD=$1")]
    #[case::template("password: \"{{ password }}\"")]
    #[case::declaration("  password:\n    type: string")]
    #[case::label("# the password: see the vault")]
    #[case::file("password_file: /etc/secret")]
    #[case::near("curl http://169.254.169.254/latest/meta-data")]
    #[case::variable_url("curl \"http://$host/healthz\"")]
    #[case::pinned("curl -L https://github.com/a/b/releases/download/v1/c | sha256sum -c")]
    #[case::url("https://example.org:8080/a@b")]
    #[case::two_documents(
        "kind: ClusterRoleBinding\nroleRef: {name: view}\n---\nname: cluster-admin\nname: default\n"
    )]
    fn what_is_harmless_is_not(#[case] text: &str) {
        assert!(found(text, "a.sh").is_empty(), "{:?}", found(text, "a.sh"));
    }
}
