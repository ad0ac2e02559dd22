//! Images for nodes: the recipe, and baking into a root filesystem, which is the lab's nodes' own.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::person::Person;

/// A mirror of stand-ins, and a spec beside it that has it pinned and is served from `url`.
fn mirrored(home: &Path, url: &str) -> PathBuf {
    let mirror = home.join("mirror");
    let built = Command::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/standins/build-mirror"
    ))
    .arg(&mirror)
    .output()
    .unwrap();
    assert!(built.status.success(), "{built:?}");
    let spec = include_str!("../../examples/cluster.yaml");
    let spec = spec.replace("  ha:\n    controlPlane: m1.medium\n    workers: {flavor: m1.medium, min: 1, initial: 2, max: 10}\n", "");
    assert!(!spec.contains("ha:"));
    let file = home.join("edge.yaml");
    let artifacts = format!("artifacts: {{mirror: '{url}/', lockFile: mirror/artifacts.yaml}}\n");
    std::fs::write(&file, spec + &artifacts).unwrap();
    mirror
}

#[test]
fn the_recipe_names_each_file_where_nodes_look_for_it() {
    let me = Person::with(vec![]);
    mirrored(me.home(), "https://mirror.example.org/k8s");
    let text = me.does(&["image", "bake", "edge.yaml", "--describe"]);
    assert_eq!(me.does(&["image", "bake", "edge.yaml"]), text);
    let recipe: Value = serde_yaml::from_str(&text).unwrap();
    let lock = std::fs::read_to_string(me.home().join("mirror/artifacts.yaml")).unwrap();
    let lock: Value = serde_yaml::from_str(&lock).unwrap();
    let pins = lock["artifacts"].as_object().unwrap().iter();
    let pins = pins.flat_map(|(name, each)| {
        each.as_object()
            .unwrap()
            .values()
            .map(move |pin| (name, pin))
    });
    let artifacts = recipe["artifacts"].as_array().unwrap();
    let mut count = 0;
    for (name, pin) in pins {
        let file = format!(
            "/var/lib/vnfctl/cache/{name}-{}",
            pin["sha256"].as_str().unwrap()
        );
        let url = format!(
            "https://mirror.example.org/k8s/{}",
            pin["path"].as_str().unwrap()
        );
        assert!(
            artifacts
                .iter()
                .any(|one| one["file"] == file && one["url"] == url),
            "{file}"
        );
        count += 1;
    }
    assert_eq!(artifacts.len(), count);
    let images = recipe["containerImages"].as_array().unwrap();
    assert!(images.contains(&"registry.k8s.io/kube-apiserver:v1.36.5".into()));
    assert!(images.contains(&"quay.io/cilium/cilium:v1.20.3".into()));
    assert_eq!(recipe["packages"].as_array().unwrap().len(), 4);
    // Without a lock there is nothing to bake.
    std::fs::write(
        me.home().join("bare.yaml"),
        include_str!("../../examples/cluster.yaml"),
    )
    .unwrap();
    let said = me.fails(2, &["image", "bake", "bare.yaml"]);
    assert!(said.contains("vnfctl package lock bare.yaml"), "{said}");
    let said = me.fails(2, &["image", "bake", "edge.yaml", "--root", "mirror"]);
    assert!(said.contains("is no root filesystem"), "{said}");
}

/// The lab's root filesystem with what is changed in it kept apart, until dropped.
struct Layer(PathBuf);

impl Layer {
    fn over(lower: &Path, home: &Path) -> Self {
        let [upper, work, merged] = ["upper", "work", "merged"].map(|name| home.join(name));
        for folder in [&upper, &work, &merged] {
            std::fs::create_dir(folder).unwrap();
        }
        let [lower, upper, work] = [lower, &upper, &work].map(|path| path.display());
        let options = format!("lowerdir={lower},upperdir={upper},workdir={work}");
        let mounted = Command::new("mount")
            .args(["-t", "overlay", "overlay", "-o", &options])
            .arg(&merged)
            .output()
            .unwrap();
        assert!(mounted.status.success(), "{mounted:?}");
        Self(merged)
    }
}

impl Drop for Layer {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(&self.0).status();
        assert!(unmounted.is_ok_and(|status| status.success()), "umount");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_root_filesystem_is_baked_by_the_node_script() {
    // The lab's, which is there with its node stage only, where the tests run as root.
    if std::env::var_os("VNFCTL_TEST_NODES").is_none() {
        return;
    }
    let lab = std::env::var("OS_CLIENT_CONFIG_FILE").unwrap();
    let rootfs = Path::new(&lab).with_file_name("rootfs");
    let server = MockServer::start().await;
    let me = Person::with(vec![]);
    let mirror = mirrored(me.home(), &server.uri());
    let serve = move |request: &Request| match std::fs::read(mirror.join(&request.url.path()[1..]))
    {
        Ok(bytes) => ResponseTemplate::new(200).set_body_bytes(bytes),
        Err(_) => ResponseTemplate::new(404),
    };
    Mock::given(method("GET"))
        .respond_with(serve)
        .mount(&server)
        .await;
    let layer = Layer::over(&rootfs, me.home());
    let root = layer.0.to_str().unwrap();
    // As distributions have it; it leads nowhere until the image has booted.
    let resolver = layer.0.join("etc/resolv.conf");
    let _ = std::fs::remove_file(&resolver);
    let link = "../run/systemd/resolve/stub-resolv.conf";
    std::os::unix::fs::symlink(link, &resolver).unwrap();

    me.does(&["image", "bake", "edge.yaml", "--root", root]);
    let recipe: Value = serde_yaml::from_str(&me.does(&["image", "bake", "edge.yaml"])).unwrap();
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        _ => "arm64",
    };
    let mut files = 0;
    for one in recipe["artifacts"].as_array().unwrap() {
        if one["arch"] != arch && one["arch"] != "any" {
            continue;
        }
        let file = one["file"].as_str().unwrap();
        let bytes = std::fs::read(layer.0.join(&file[1..])).unwrap();
        let (_, pinned) = file.rsplit_once('-').unwrap();
        use sha2::Digest as _;
        assert_eq!(hex::encode(sha2::Sha256::digest(bytes)), pinned, "{file}");
        files += 1;
    }
    let asked = server.received_requests().await.unwrap().len();
    assert_eq!(asked, files, "each file is fetched once");
    for gone in ["tmp/vnfctl-bake", "var/log/vnfctl-node.log", "run/vnfctl"] {
        assert!(!layer.0.join(gone).exists(), "{gone}");
    }
    assert_eq!(std::fs::read_link(&resolver).unwrap(), Path::new(link));
    // What is there is not fetched again, so a node of this image downloads nothing.
    me.does(&["image", "bake", "edge.yaml", "--root", root]);
    assert_eq!(server.received_requests().await.unwrap().len(), files);

    // A file that was changed on the way is not put there.
    let evil = me.home().join("mirror/kubeadm");
    let cached = layer.0.join("var/lib/vnfctl/cache");
    for entry in std::fs::read_dir(&cached).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    std::fs::write(evil, "evil").unwrap();
    let said = me.fails(1, &["image", "bake", "edge.yaml", "--root", root]);
    assert!(said.contains("checksum of kubeadm"), "{said}");
    let left = std::fs::read_dir(&cached).unwrap();
    let left: Vec<String> = left
        .map(|one| one.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(
        !left.iter().any(|name| name.starts_with("kubeadm")),
        "{left:?}"
    );
}
