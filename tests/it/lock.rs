//! Pinning and mirroring the programs of a cluster's nodes, by the program as a person runs it.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use rstest::rstest;
use sha2::{Digest as _, Sha256};
use wiremock::matchers::{any, path_regex};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::person::Person;

const CHART: &str = "/helm.cilium.io/cilium-1.20.3.tgz";

/// The bytes of the file that the makers publish under a path.
fn content(path: &str) -> Vec<u8> {
    path.as_bytes().repeat(1000)
}

fn sum(path: &str) -> String {
    hex::encode(Sha256::digest(content(path)))
}

/// A mirror of the makers' hosts: any file, and its digest in each maker's own way.
fn publish(request: &Request) -> ResponseTemplate {
    let path = request.url.path();
    let name = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let text = if let Some(of) = path.strip_suffix(".sha256sum") {
        match of.ends_with("/runc") {
            true => ["amd64", "arm64"]
                .map(|arch| format!("{} *runc.{arch}\n", sum(&format!("{of}.{arch}"))))
                .concat(),
            false => format!("{}  {}\n", sum(of), name(of)),
        }
    } else if let Some(of) = path.strip_suffix(".sha256") {
        sum(of)
    } else if path.ends_with("index.yaml") {
        let digest = sum(CHART);
        format!(
            "entries: {{cilium: [{{version: 1.20.3, digest: {digest}, urls: [cilium-1.20.3.tgz]}}]}}"
        )
    } else {
        return ResponseTemplate::new(200).set_body_bytes(content(path));
    };
    ResponseTemplate::new(200).set_body_string(text)
}

async fn makers() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(publish)
        .with_priority(9)
        .mount(&server)
        .await;
    server
}

/// Somebody with the spec of a cluster called `mine`.
fn person(runtime: &str) -> Person {
    let me = Person::with(vec![]);
    let spec = include_str!("../../examples/cluster.yaml").replace("name: crio", runtime);
    std::fs::write(me.home().join("mine.yaml"), spec).unwrap();
    me
}

#[rstest]
#[case("name: crio", 13)]
#[case("name: containerd", 17)]
#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_is_locked_mirrored_and_built(#[case] runtime: &str, #[case] files: usize) {
    let makers = makers().await;
    let me = person(runtime);
    let unlocked = me.run(&["package", "build", "mine.yaml"]);
    let talk = String::from_utf8(unlocked.stderr).unwrap();
    assert!(
        talk.contains("run `vnfctl package lock mine.yaml`"),
        "{talk}"
    );

    let printed = me.does(&["package", "lock", "mine.yaml", "--from", &makers.uri()]);
    assert_eq!(printed, "mine.lock.yaml\n");
    let lock = std::fs::read_to_string(me.home().join("mine.lock.yaml")).unwrap();
    assert_eq!(lock.matches("sha256:").count(), files, "{lock}");
    let kubelet = "dl.k8s.io/release/v1.36.5/bin/linux/arm64/kubelet";
    assert!(lock.contains(&sum(&format!("/{kubelet}"))), "{lock}");

    let mirror = [
        "package",
        "mirror",
        "mine.yaml",
        "www",
        "--from",
        &makers.uri(),
    ];
    me.does(&mirror);
    let fetched = std::fs::read(me.home().join("www").join(kubelet)).unwrap();
    assert_eq!(fetched, content(&format!("/{kubelet}")));
    let before = makers.received_requests().await.unwrap().len();
    me.does(&mirror);
    let after = makers.received_requests().await.unwrap().len();
    assert_eq!(before, after, "what is there is not fetched again");

    let built = me.run(&["package", "build", "mine.yaml"]);
    assert!(built.status.success());
    assert_eq!(String::from_utf8(built.stderr).unwrap(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn gateway_api_is_pinned_by_the_record_of_its_release() {
    let makers = makers().await;
    let path =
        "/github.com/kubernetes-sigs/gateway-api/releases/download/v1.6.1/standard-install.yaml";
    let record = serde_json::json!({"assets": [
        {"name": "experimental-install.yaml", "digest": format!("sha256:{}", "0".repeat(64))},
        {"name": "standard-install.yaml", "digest": format!("sha256:{}", sum(path))},
    ]});
    Mock::given(path_regex(
        "^/api.github.com/repos/kubernetes-sigs/gateway-api/releases/tags/v1.6.1$",
    ))
    .respond_with(ResponseTemplate::new(200).set_body_json(record))
    .mount(&makers)
    .await;
    let me = person("name: crio");
    let lock = ["package", "lock", "mine.yaml", "--from", &makers.uri()];
    me.does(&lock);
    let spec = me.home().join("mine.yaml");
    let text = std::fs::read_to_string(&spec).unwrap();
    std::fs::write(&spec, text.replace("routing: vxlan", "gatewayApi: true")).unwrap();
    let words = me.fails(2, &["package", "build", "mine.yaml"]);
    assert!(words.contains("nodes also install gateway-api"), "{words}");
    me.does(&lock);
    let pinned = std::fs::read_to_string(me.home().join("mine.lock.yaml")).unwrap();
    assert!(pinned.contains(&sum(path)), "{pinned}");
    assert!(pinned.contains("gatewayApi: 1.6.1"), "{pinned}");
    me.does(&["package", "build", "mine.yaml"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_minor_that_is_no_longer_maintained_is_built_with_a_warning() {
    let me = person("name: crio");
    let spec = me.home().join("mine.yaml");
    let text = std::fs::read_to_string(&spec).unwrap();
    std::fs::write(&spec, text.replace("1.36.5", "1.34.11")).unwrap();
    let output = me.run(&["package", "build", "mine.yaml"]);
    assert!(output.status.success());
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("spec-kubernetes-ended"), "{words}");
    assert!(words.contains("not maintained since 2026-10-27"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_for_other_versions_is_refused_with_its_place() {
    let makers = makers().await;
    let me = person("name: crio");
    me.does(&["package", "lock", "mine.yaml", "--from", &makers.uri()]);
    let path = me.home().join("mine.yaml");
    let spec = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, spec.replace("1.36.5", "1.36.6")).unwrap();
    let words = me.fails(2, &["package", "build", "mine.yaml"]);
    assert!(words.contains("the lock is for kubernetes 1.36.5, and the spec says 1.36.6"));
    assert!(words.contains("mine.lock.yaml:"), "{words}");
    me.does(&["package", "lock", "mine.yaml", "--from", &makers.uri()]);
    me.does(&["package", "build", "mine.yaml"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_published_is_named_and_leaves_no_lock() {
    let makers = makers().await;
    Mock::given(path_regex("kubectl"))
        .respond_with(ResponseTemplate::new(404))
        .mount(&makers)
        .await;
    let me = person("name: crio");
    let words = me.fails(
        3,
        &["package", "lock", "mine.yaml", "--from", &makers.uri()],
    );
    assert!(words.contains("kubectl.sha256: 404"), "{words}");
    assert!(!me.home().join("mine.lock.yaml").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_changed_is_not_mirrored() {
    let makers = makers().await;
    let me = person("name: crio");
    me.does(&["package", "lock", "mine.yaml", "--from", &makers.uri()]);
    Mock::given(path_regex("amd64/kubelet$"))
        .respond_with(ResponseTemplate::new(200).set_body_string("something else"))
        .mount(&makers)
        .await;
    let mirror = [
        "package",
        "mirror",
        "mine.yaml",
        "www",
        "--from",
        &makers.uri(),
    ];
    let words = me.fails(1, &mirror);
    assert!(words.contains("kubelet has the SHA-256"), "{words}");
    let folder = me
        .home()
        .join("www/dl.k8s.io/release/v1.36.5/bin/linux/amd64");
    let left: Vec<_> = std::fs::read_dir(folder).unwrap().collect();
    let names: Vec<_> = left
        .iter()
        .map(|e| e.as_ref().unwrap().file_name())
        .collect();
    assert!(
        names
            .iter()
            .all(|name| name == "kubeadm" || name == "kubectl"),
        "{names:?}"
    );
}

#[test]
fn makers_that_do_not_answer_are_unreachable() {
    let me = person("name: crio");
    // Nothing listens on the discard port of loopback.
    let words = me.fails(
        6,
        &[
            "package",
            "lock",
            "mine.yaml",
            "--from",
            "http://127.0.0.1:9",
        ],
    );
    assert!(words.contains("--from"), "{words}");
}
