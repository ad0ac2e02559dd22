//! local.conf and its passwords.

use std::collections::BTreeSet;

use rstest::rstest;
use sha2::{Digest as _, Sha256};
use vnfctl::devstack::Variables;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{ALL_IN_ONE, generated, mode, person};

/// What a local.conf sets, enables and disables.
#[derive(Default)]
struct Read {
    sections: Vec<String>,
    variables: BTreeSet<String>,
    enabled: BTreeSet<String>,
    plugins: BTreeSet<String>,
}

fn read(text: &str) -> Read {
    let mut read = Read::default();
    for line in text.lines() {
        let words: Vec<_> = line.split(' ').collect();
        if line.starts_with("[[") {
            read.sections.push(line.to_owned());
        } else if let ["enable_service", service] = words[..] {
            read.enabled.insert(service.to_owned());
        } else if let ["enable_plugin", name, url, _branch] = words[..] {
            assert_eq!(url, format!("https://opendev.org/openstack/{name}"));
            read.plugins.insert(name.to_owned());
        } else if let Some((name, value)) = line.split_once('=')
            && name.starts_with(|c: char| c.is_ascii_uppercase())
        {
            assert!(value.starts_with('"') && value.ends_with('"'), "{line}");
            assert!(read.variables.insert(name.to_owned()), "{name} twice");
        }
    }
    read
}

/// Secrets differ each time.
fn without_secrets(text: &str) -> String {
    let secret = regex::Regex::new(r#"(?m)^(\w+_PASSWORD|K8S_TOKEN)="[0-9a-z.]+"$"#).unwrap();
    secret.replace_all(text, "$1=\"SECRET\"").into_owned()
}

#[test]
fn each_host_is_told_what_its_roles_need() {
    let me = person();
    for (path, text) in generated(&me) {
        if path.ends_with("local.conf") {
            let name = path.replace('/', "_");
            insta::assert_snapshot!(name, without_secrets(&text));
        }
    }
}

#[test]
fn all_that_is_set_is_known_to_be_read_and_nothing_else_is_in_the_table() {
    let known = Variables::builtin().unwrap();
    let (mut set, mut enabled, mut plugins) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (_, text) in generated(&person()) {
        if !text.contains("[[local|localrc]]") {
            continue;
        }
        let read = read(&text);
        assert_eq!(read.sections[0], "[[local|localrc]]");
        set.extend(read.variables);
        enabled.extend(read.enabled);
        plugins.extend(read.plugins);
    }
    assert_eq!(set, known.variables.into_keys().collect());
    assert_eq!(enabled, known.services.into_keys().collect());
    assert_eq!(plugins, known.plugins.into_keys().collect());
}

#[test]
fn passwords_are_the_owners_and_stay_when_the_files_are_written_anew() {
    let me = person();
    let before = generated(&me);
    for (path, text) in &before {
        let expected = if path.ends_with("local.conf") {
            0o600
        } else {
            0o755
        };
        assert_eq!(mode(&me.home().join(path)), expected, "{path}");
        // A node of the cluster needs no password of OpenStack, and no script any at all.
        let passwords = text.matches("_PASSWORD=\"").count();
        let openstack = text.contains("IPV4_ADDRS_SAFE_TO_USE");
        assert_eq!(passwords, if openstack { 4 } else { 0 }, "{path}");
    }
    assert_eq!(generated(&me), before);

    let conf = me.home().join("one/local.conf");
    let text = std::fs::read_to_string(&conf).unwrap();
    let admin = text
        .lines()
        .find(|l| l.starts_with("ADMIN_PASSWORD"))
        .unwrap();
    std::fs::write(&conf, text.replace(admin, "ADMIN_PASSWORD=mine1234")).unwrap();
    let said = me.run(&["devstack", "generate", "--all-in-one", "one.yaml"]);
    let text = std::fs::read_to_string(&conf).unwrap();
    assert!(text.contains("\nADMIN_PASSWORD=\"mine1234\"\n"), "{text}");
    let said = [said.stdout, said.stderr].concat();
    assert!(!String::from_utf8_lossy(&said).contains("mine1234"));
}

/// What a spec says is never a command of a script.
#[test]
fn a_mirror_with_a_quote_stays_an_address() {
    let me = person();
    let text = format!("{ALL_IN_ONE}artifacts: {{mirror: \"http://h/a'$(id)'\"}}\n");
    std::fs::write(me.home().join("one.yaml"), text).unwrap();
    me.does(&["devstack", "generate", "--all-in-one", "one.yaml"]);
    let script = std::fs::read_to_string(me.home().join("one/cilium.sh")).unwrap();
    assert!(
        script.contains("'http://h/a%27$(id)%27/example.org/cilium-cli "),
        "{script}"
    );
}

#[rstest]
#[case::form(
    "one/local.conf",
    "ADMIN_PASSWORD=",
    "ADMIN_PASSWORD=$(id) #",
    "letters and digits"
)]
#[case::token(
    "one/local.conf",
    "K8S_TOKEN=",
    "K8S_TOKEN=short #",
    "of the form abcdef"
)]
#[case::differs(
    "hosts/compute1/local.conf",
    "RABBIT_PASSWORD=\"",
    "RABBIT_PASSWORD=\"x",
    "another one"
)]
#[case::foreign(
    "one/cilium.sh",
    "vnfctl devstack generate",
    "me",
    "was not written by"
)]
fn what_cannot_be_kept_is_refused_and_nothing_written(
    #[case] path: &str,
    #[case] from: &str,
    #[case] to: &str,
    #[case] expected: &str,
) {
    let me = person();
    generated(&me);
    let file = me.home().join(path);
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen(from, to, 1)).unwrap();
    let others = me.home().join("one/before-stack.sh");
    std::fs::write(&others, "# Written by `vnfctl devstack generate`, and old").unwrap();
    let output = match path.starts_with("one") {
        true => me.run(&["devstack", "generate", "--all-in-one", "one.yaml"]),
        false => me.run(&["devstack", "generate", "hosts.yaml"]),
    };
    let said = String::from_utf8(output.stderr).unwrap();
    assert!([Some(2), Some(4)].contains(&output.status.code()), "{said}");
    assert!(said.contains(expected) && said.contains(path), "{said}");
    assert!(std::fs::read_to_string(others).unwrap().contains("old"));
    let folder = std::fs::read_dir(file.parent().unwrap()).unwrap();
    assert!(folder.count() <= 4, "no scratch is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hosts_fetch_is_locked_by_what_the_makers_publish() {
    let content = |path: &str| path.as_bytes().to_vec();
    let sum = move |path: &str| hex::encode(Sha256::digest(content(path)));
    let publish = move |request: &Request| {
        let path = request.url.path();
        let text = if let Some(folder) = path.strip_suffix("SHA256SUMS") {
            let names = ["amd64", "arm64"].map(|arch| format!("etcd-v3.5.33-linux-{arch}.tar.gz"));
            let lines = names.map(|name| format!("{}  {name}\n", sum(&format!("{folder}{name}"))));
            lines.concat()
        } else if path.ends_with("index.yaml") {
            let digest = sum("/helm.cilium.io/cilium-1.20.3.tgz");
            format!("entries: {{cilium: [{{digest: {digest}, urls: [cilium-1.20.3.tgz]}}]}}")
        } else {
            let of = path.strip_suffix(".sha256sum").unwrap();
            format!("{}  {}\n", sum(of), of.rsplit('/').next().unwrap())
        };
        ResponseTemplate::new(200).set_body_string(text)
    };
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(publish)
        .mount(&server)
        .await;
    let me = person();
    std::fs::remove_file(me.home().join("one.lock.yaml")).unwrap();
    let said = me.fails(2, &["devstack", "generate", "--all-in-one", "one.yaml"]);
    assert!(said.contains("vnfctl devstack lock one.yaml"), "{said}");

    let printed = me.does(&["devstack", "lock", "one.yaml", "--from", &server.uri()]);
    assert_eq!(printed, "one.lock.yaml\n");
    me.does(&["devstack", "generate", "--all-in-one", "one.yaml"]);
    let file = |name: &str| std::fs::read_to_string(me.home().join("one").join(name)).unwrap();
    let etcd = "/github.com/etcd-io/etcd/releases/download/v3.5.33/etcd-v3.5.33-linux-arm64.tar.gz";
    let line = format!("ETCD_SHA256_ARM64=\"{}\"\n", sum(etcd));
    assert!(file("local.conf").contains(&line));
    let chart = "helm.cilium.io/cilium-1.20.3.tgz";
    let pin = format!(
        "[cilium-chart-any]='https://{chart} {}'\n",
        sum(&format!("/{chart}"))
    );
    assert!(file("cilium.sh").contains(&pin), "{}", file("cilium.sh"));
    assert!(file("before-stack.sh").contains("/cri-o.arm64.v1.36.3.tar.gz "));

    // A lock for other versions pins other bytes.
    let text = ALL_IN_ONE.replace("cilium: {version: 1.20.3", "cilium: {version: 1.20.2");
    std::fs::write(me.home().join("one.yaml"), text).unwrap();
    let said = me.fails(2, &["devstack", "generate", "--all-in-one", "one.yaml"]);
    assert!(
        said.contains("spec-lock-stale") && said.contains("devstack lock"),
        "{said}"
    );
}

/// Every key that a spec can have is told of, by the name that it has there.
#[test]
fn the_documentation_has_each_key_of_the_spec() {
    let text = include_str!("../../../docs/devstack.md");
    let schema = vnfctl::devstack::schema();
    let mut maps = vec![&schema];
    maps.extend(schema["$defs"].as_object().unwrap().values());
    let keys: BTreeSet<_> = maps
        .into_iter()
        .filter_map(|map| map["properties"].as_object())
        .flat_map(|properties| properties.keys())
        .collect();
    let untold: Vec<_> = keys
        .into_iter()
        .filter(|key| {
            let ways = [format!("`{key}`"), format!(".{key}`"), format!("`{key}.")];
            !ways.iter().any(|way| text.contains(way))
        })
        .collect();
    assert!(untold.is_empty(), "{untold:?}");
}
