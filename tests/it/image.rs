//! Images for nodes: the recipe, and baking into a root filesystem, which is the lab's nodes' own.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::layer;
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

/// A copy of the lab's root filesystem: no overlay, on which no runtime could unpack an image.
struct Root {
    folder: PathBuf,
    server: MockServer,
}

impl Root {
    /// Beside a spec with `cilium` as Cilium's section and a mirror, which the runtime has for the
    /// registries too. Nothing where there is no lab.
    async fn beside(me: &Person, runtime: &str, cilium: &str) -> Option<Self> {
        // The lab's, which is there with its node stage only, where the tests run as root.
        std::env::var_os("VNFCTL_TEST_NODES")?;
        let lab = std::env::var("OS_CLIENT_CONFIG_FILE").unwrap();
        let server = MockServer::start().await;
        let mirror = mirrored(me.home(), &server.uri());
        let spec = me.home().join("edge.yaml");
        let text = std::fs::read_to_string(&spec).unwrap();
        let own = format!("runtime: {{name: {runtime}}}\ncilium: {cilium}\n");
        let text = text.lines().filter(|line| !line.starts_with("runtime:"));
        let text: Vec<_> = text.filter(|line| !line.starts_with("cilium:")).collect();
        std::fs::write(&spec, text.join("\n") + "\n" + &own).unwrap();
        let serve =
            move |request: &Request| match std::fs::read(mirror.join(&request.url.path()[1..])) {
                Ok(bytes) => ResponseTemplate::new(200).set_body_bytes(bytes),
                Err(_) => ResponseTemplate::new(404),
            };
        Mock::given(method("GET"))
            .respond_with(serve)
            .mount(&server)
            .await;
        let folder = me.home().join("root");
        let copied = Command::new("cp")
            .arg("--archive")
            .arg(Path::new(&lab).with_file_name("rootfs"))
            .arg(&folder)
            .output()
            .unwrap();
        assert!(copied.status.success(), "{copied:?}");
        let root = Self { folder, server };
        root.mirror_registries();
        Some(root)
    }

    /// As a site's image says it to its runtime, whichever that is.
    fn mirror_registries(&self) {
        let server = self.server.address();
        let crio = self.folder.join("etc/containers/registries.conf.d");
        std::fs::create_dir_all(&crio).unwrap();
        let mut all = String::new();
        for host in ["registry.k8s.io", "quay.io"] {
            all += &format!(
                "[[registry]]\nlocation = \"{host}\"\n\
                 [[registry.mirror]]\nlocation = \"{server}/{host}\"\ninsecure = true\n"
            );
            let containerd = self.folder.join("etc/containerd/certs.d").join(host);
            std::fs::create_dir_all(&containerd).unwrap();
            let text = format!(
                "[host.\"http://{server}/v2/{host}\"]\n\
                 capabilities = [\"pull\", \"resolve\"]\noverride_path = true\n"
            );
            std::fs::write(containerd.join("hosts.toml"), text).unwrap();
        }
        std::fs::write(crio.join("site.conf"), all).unwrap();
    }

    fn path(&self) -> &str {
        self.folder.to_str().unwrap()
    }

    fn has(&self, path: &str) -> bool {
        self.folder.join(path).symlink_metadata().is_ok()
    }

    async fn asked(&self) -> usize {
        self.server.received_requests().await.unwrap().len()
    }

    /// The runtime's images, without digests.
    fn images(&self, store: &str) -> Vec<String> {
        let index = std::fs::read_to_string(self.folder.join(store)).unwrap();
        let index: Value = serde_json::from_str(&index).unwrap();
        let names = index.as_object().unwrap().keys();
        let mut names: Vec<_> = names
            .map(|name| name.split('@').next().unwrap().to_owned())
            .collect();
        names.sort();
        names
    }
}

/// What a cluster of the example's versions runs.
const IMAGES: [&str; 11] = [
    "quay.io/cilium/cilium-envoy:v1.36.6-stand-in",
    "quay.io/cilium/cilium:v1.20.3",
    "quay.io/cilium/hubble-relay:v1.20.3",
    "quay.io/cilium/operator-generic:v1.20.3",
    "registry.k8s.io/coredns/coredns:v1.12.3",
    "registry.k8s.io/etcd:3.6.5-0",
    "registry.k8s.io/kube-apiserver:v1.36.5",
    "registry.k8s.io/kube-controller-manager:v1.36.5",
    "registry.k8s.io/kube-scheduler:v1.36.5",
    "registry.k8s.io/pause:3.10",
    // The runtime's own, which kubeadm does not know of.
    "registry.k8s.io/pause:3.10.1",
];
const OF_CRIO: &str = "var/lib/containers/storage/images.json";
const OF_CONTAINERD: &str = "var/lib/containerd/images.json";

#[tokio::test(flavor = "multi_thread")]
async fn a_root_filesystem_is_baked_by_the_node_script() {
    let me = Person::with(vec![]);
    let cilium = "{version: 1.20.3, routing: vxlan, kubeProxyReplacement: true}";
    let Some(root) = Root::beside(&me, "crio", cilium).await else {
        return;
    };
    let bake = ["image", "bake", "edge.yaml", "--root", root.path()];
    // As distributions have it; it leads nowhere until the image has booted.
    let resolver = root.folder.join("etc/resolv.conf");
    let _ = std::fs::remove_file(&resolver);
    let link = "../run/systemd/resolve/stub-resolv.conf";
    std::os::unix::fs::symlink(link, &resolver).unwrap();

    me.does(&bake);
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
        let bytes = std::fs::read(root.folder.join(&file[1..])).unwrap();
        let (_, pinned) = file.rsplit_once('-').unwrap();
        use sha2::Digest as _;
        assert_eq!(hex::encode(sha2::Sha256::digest(bytes)), pinned, "{file}");
        files += 1;
    }
    assert_eq!(root.images(OF_CRIO), IMAGES);
    let asked = root.asked().await;
    // A manifest, its configuration and its layer each.
    assert_eq!(asked, files + 3 * IMAGES.len(), "each is fetched once");
    // The next start of the runtime must find its store sound, and each machine must be its own.
    assert!(root.has("var/lib/crio/clean.shutdown"));
    for enabled in ["crio.service", "kubelet.service"] {
        let wants = "etc/systemd/system/multi-user.target.wants";
        assert!(root.has(&format!("{wants}/{enabled}")), "{enabled}");
    }
    for gone in [
        "tmp/vnfctl-bake",
        "var/log/vnfctl-node.log",
        "run/vnfctl",
        "run/crio",
        "etc/modules-load.d/vnfctl.conf",
        "etc/kubernetes/pki",
    ] {
        assert!(!root.has(gone), "{gone}");
    }
    assert_eq!(
        std::fs::read(root.folder.join("etc/machine-id")).unwrap(),
        b""
    );
    assert_eq!(std::fs::read_link(&resolver).unwrap(), Path::new(link));
    // What is there is not fetched again, so a node of this image downloads nothing.
    me.does(&bake);
    assert_eq!(root.asked().await, asked);
    assert_eq!(root.images(OF_CRIO), IMAGES);

    // A file that was changed on the way is not put there.
    let evil = me.home().join("mirror/kubeadm");
    let cached = root.folder.join("var/lib/vnfctl/cache");
    for entry in std::fs::read_dir(&cached).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    std::fs::write(evil, "evil").unwrap();
    let said = me.fails(1, &bake);
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

#[tokio::test(flavor = "multi_thread")]
async fn container_images_of_all_that_the_spec_turns_on_are_pulled() {
    let me = Person::with(vec![]);
    let cilium = "{version: 1.20.3, routing: vxlan, kubeProxyReplacement: false, \
                  hubble: {enabled: true, relay: true, ui: true}, values: {l7Proxy: false}}";
    let Some(root) = Root::beside(&me, "containerd", cilium).await else {
        return;
    };
    let bake = ["image", "bake", "edge.yaml", "--root", root.path()];
    me.does(&bake);
    let mut wanted: Vec<&str> = IMAGES.to_vec();
    wanted.retain(|image| !image.contains("envoy"));
    wanted.extend([
        "quay.io/cilium/hubble-ui-backend:v0.13.3",
        "quay.io/cilium/hubble-ui:v0.13.3",
        "registry.k8s.io/kube-proxy:v1.36.5",
    ]);
    wanted.sort_unstable();
    assert_eq!(root.images(OF_CONTAINERD), wanted);

    // An image that is not what the chart pins, and one that is not there: nothing is passed over.
    std::fs::remove_file(root.folder.join(OF_CONTAINERD)).unwrap();
    let of_relay = me
        .home()
        .join("mirror/v2/quay.io/cilium/hubble-relay/manifests");
    for manifest in std::fs::read_dir(of_relay).unwrap() {
        std::fs::write(manifest.unwrap().path(), "{}").unwrap();
    }
    let said = me.fails(1, &bake);
    assert!(
        said.contains("cannot pull quay.io/cilium/hubble-relay"),
        "{said}"
    );
    assert!(said.contains("unexpected digest"), "{said}");
    assert!(said.contains("--no-images"), "{said}");
    assert!(
        !root
            .images(OF_CONTAINERD)
            .iter()
            .any(|name| name.contains("relay"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_root_without_container_images_is_baked_when_asked_for() {
    let me = Person::with(vec![]);
    let cilium = "{version: 1.20.3, routing: vxlan, kubeProxyReplacement: true}";
    let Some(root) = Root::beside(&me, "crio", cilium).await else {
        return;
    };
    let path = root.path();
    me.does(&["image", "bake", "edge.yaml", "--root", path, "--no-images"]);
    assert!(root.has("var/lib/vnfctl/cache"));
    assert!(!root.has("var/lib/containers"));
    // A chart whose pods ask the registry at each start makes baked images worthless.
    let spec = me.home().join("edge.yaml");
    let text = std::fs::read_to_string(&spec).unwrap();
    let always = "true, values: {image: {pullPolicy: Always}}}";
    std::fs::write(&spec, text.replace("true}", always)).unwrap();
    let said = me.fails(1, &["image", "bake", "edge.yaml", "--root", path]);
    assert!(said.contains("image.pullPolicy is Always"), "{said}");
    assert!(said.contains("--no-images"), "{said}");
    // A runtime that does not start is told of at once, in its own words.
    let crio = root.folder.join("etc/vnfctl-standins.json");
    std::fs::write(crio, r#"{"crio": {"fail": 9}}"#).unwrap();
    let said = me.fails(1, &["image", "bake", "edge.yaml", "--root", path]);
    assert!(said.contains("crio cannot run in this root"), "{said}");
    assert!(said.contains("told to fail"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_root_on_an_overlay_is_refused_with_the_way_out() {
    let me = Person::with(vec![]);
    let cilium = "{version: 1.20.3, routing: vxlan, kubeProxyReplacement: true}";
    let Some(root) = Root::beside(&me, "crio", cilium).await else {
        return;
    };
    let layer = Layer::over(&root.folder, me.home());
    let path = layer.0.to_str().unwrap();
    let said = me.fails(1, &["image", "bake", "edge.yaml", "--root", path]);
    assert!(said.contains("no overlay can be mounted"), "{said}");
    assert!(said.contains("--no-images"), "{said}");
    me.does(&["image", "bake", "edge.yaml", "--root", path, "--no-images"]);
}

/// A root as that of a container: an overlay, until dropped.
struct Layer(PathBuf);

impl Layer {
    fn over(lower: &Path, home: &Path) -> Self {
        Self(layer::over(lower, home))
    }
}

impl Drop for Layer {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(&self.0).status();
        assert!(unmounted.is_ok_and(|status| status.success()), "umount");
    }
}
