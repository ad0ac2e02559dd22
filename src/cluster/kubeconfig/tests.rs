use super::*;
use rstest::rstest;
use secrecy::ExposeSecret as _;

const ADMIN: &str = "\
apiVersion: v1
kind: Config
clusters:
- {name: kubernetes, cluster: {server: 'https://10.0.0.5:6443', certificate-authority-data: Q0E=}}
contexts:
- {name: kubernetes-admin@kubernetes, context: {cluster: kubernetes, user: kubernetes-admin}}
current-context: kubernetes-admin@kubernetes
users:
- {name: kubernetes-admin, user: {client-key-data: S0VZ, client-certificate-data: Q0VSVA==}}
";

const OWN: &str = "\
apiVersion: v1
kind: Config
preferences: {colors: true}
current-context: home
clusters:
- name: home
  cluster: {server: 'https://home', proxy-url: 'socks5://p'}
contexts:
- name: home
  context: {cluster: home, user: me, namespace: dev}
users:
- name: me
  user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: login, args: [-x, '0755']}}
x-unknown: {kept: [1, 0x10, null]}
";

fn of(text: &str) -> Kubeconfig {
    Kubeconfig::parse(text.as_bytes(), "it").unwrap()
}

fn named(context: &str, server: Option<&str>) -> Kubeconfig {
    let naming = Naming {
        context,
        vnf: "v1",
        server,
    };
    of(ADMIN).named(&naming).unwrap()
}

#[test]
fn everything_is_called_after_the_vnf() {
    let made = named("edge1", None);
    for (list, _) in LISTS {
        let names: Vec<_> = entries(&made.0, list)
            .map(|one| one["name"].clone())
            .collect();
        assert_eq!(names, ["edge1"]);
    }
    assert_eq!(made.0["current-context"], "edge1");
    assert_eq!(made.server(), Some("https://10.0.0.5:6443"));
    assert_eq!(made.part("user").unwrap()["client-key-data"], "S0VZ");
    let text = made.text().unwrap();
    assert_eq!(of(text.expose_secret()), made);
}

#[test]
fn merging_loses_nothing_and_repeating_it_changes_nothing() {
    let before = of(OWN);
    let mut merged = before.clone();
    merged.merge(&named("edge1", None)).unwrap();
    for (key, value) in &before.0 {
        match value {
            Value::Sequence(all) => {
                let now = merged.0[key].as_sequence().unwrap();
                assert_eq!(now.len(), all.len() + 1);
                assert_eq!(&now[..all.len()], &all[..]);
            }
            value => assert_eq!(&merged.0[key], value),
        }
    }
    let once = merged.clone();
    merged.merge(&named("edge1", None)).unwrap();
    assert_eq!(merged, once);
    // A cluster that was made anew has new certificates under the old name.
    merged.merge(&named("edge1", Some("203.0.113.7"))).unwrap();
    assert_eq!(merged.0["clusters"].as_sequence().unwrap().len(), 2);
}

#[test]
fn a_persons_own_entry_is_not_replaced() {
    let mut own = of(OWN);
    let error = own.merge(&named("home", None)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "it has a cluster `home` that is not of a VNF"
    );
}

#[test]
fn an_empty_file_becomes_the_vnfs() {
    let mut empty = of("");
    empty.merge(&named("edge1", None)).unwrap();
    assert_eq!(empty.0["current-context"], "edge1");
    assert_eq!(empty.0["kind"], "Config");
}

#[rstest]
#[case("203.0.113.7", "https://203.0.113.7:6443")]
#[case("203.0.113.7:16443", "https://203.0.113.7:16443")]
#[case("api.example.org:443", "https://api.example.org")]
#[case("2001:db8::7", "https://[2001:db8::7]:6443")]
#[case("[2001:db8::7]:16443", "https://[2001:db8::7]:16443")]
fn another_address_is_verified_by_the_clusters_own(#[case] server: &str, #[case] url: &str) {
    let made = named("edge1", Some(server));
    assert_eq!(made.server(), Some(url));
    assert_eq!(made.part("cluster").unwrap()["tls-server-name"], "10.0.0.5");
}

#[rstest]
#[case("https://a")]
#[case("a/b")]
#[case("a?b")]
#[case("")]
#[case("a:b")]
fn what_is_no_address_is_refused(#[case] server: &str) {
    let naming = Naming {
        context: "x",
        vnf: "v1",
        server: Some(server),
    };
    assert!(of(ADMIN).named(&naming).is_err());
}

#[rstest]
#[case("users: {token: hunter2}", "`users` is not a list")]
#[case("hunter2", "it is not a map")]
#[case("a: [hunter2", "it is not YAML")]
#[case("kind: Pod", "its kind is another")]
fn what_is_no_kubeconfig_is_not_repeated(#[case] text: &str, #[case] why: &str) {
    let error = Kubeconfig::parse(text.as_bytes(), "it")
        .unwrap_err()
        .to_string();
    assert!(error.contains(why) && !error.contains("hunter2"), "{error}");
}
