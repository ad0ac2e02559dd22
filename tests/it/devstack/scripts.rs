//! The scripts: linted as they are written, and run with stand-ins for what a test cannot have.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest as _, Sha256};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{ALL_IN_ONE, generated, person};
use crate::layer;
use crate::person::Person;

fn program(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// shellcheck of the path, or the one that `scripts/dev/check-scripts` has installed.
fn shellcheck() -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect::<Vec<_>>())
        .unwrap_or_default();
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(std::env::home_dir()?.join(".cache")));
    let venvs = cache.and_then(|cache| std::fs::read_dir(cache.join("vnfctl")).ok());
    let venvs = venvs.into_iter().flatten().flatten();
    let venvs = venvs.map(|entry| entry.path().join("bin"));
    let found = on_path
        .into_iter()
        .chain(venvs)
        .map(|folder| folder.join("shellcheck"))
        .find(|path| path.is_file());
    let required = std::env::var_os("VNFCTL_REQUIRE_REAL").is_some();
    assert!(
        found.is_some() || !required,
        "run scripts/dev/check-scripts once"
    );
    found
}

#[test]
fn each_generated_script_is_sound() {
    let me = person();
    let files = generated(&me);
    let scripts: Vec<_> = files.keys().filter(|path| path.ends_with(".sh")).collect();
    assert_eq!(scripts.len(), 3 + 7);
    for path in &scripts {
        let text = &files[*path];
        for mark in ["@MARK@", "@SETTINGS@", "@COMMON@"] {
            assert!(!text.contains(mark), "{path}: {mark}");
        }
        let parsed = Command::new("bash")
            .arg("-n")
            .arg(me.home().join(path))
            .output()
            .unwrap();
        assert!(parsed.status.success(), "{parsed:?}");
    }
    let Some(shellcheck) = shellcheck() else {
        return;
    };
    // The local.conf is a script, too: its localrc section is sourced by stack.sh.
    let conf = &files["one/local.conf"];
    let section = conf.split("\n[[").nth(1).unwrap();
    let section: String = section.split_inclusive('\n').skip(1).collect();
    std::fs::write(me.home().join("localrc.sh"), section).unwrap();
    let checked = Command::new(shellcheck)
        .current_dir(me.home())
        // Variables of a sourced file are for who sources it.
        .args(["--shell=bash", "--exclude=SC2034", "localrc.sh"])
        .args(&scripts)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success(), "{said}");
}

/// A mirror of stand-ins' archives, and somebody whose lock pins them there.
async fn mirrored() -> (MockServer, Person) {
    let server = MockServer::start().await;
    let me = person();
    let mirror = me.home().join("mirror");
    let built = Command::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/standins/build-mirror"
    ))
    .arg(&mirror)
    .output()
    .unwrap();
    assert!(built.status.success(), "{built:?}");
    // cilium-cli of the test's own: it notes what it is asked for.
    let cli = "#!/bin/bash\nset -eu\necho \"cilium $*\" >>\"$HOME/log\"\n\
               if [[ $1 == install || $1 == upgrade ]]; then\n  [[ -f $5/Chart.yaml ]]\n  \
               cp \"$7\" \"$HOME/values.json\"\n  touch \"$HOME/installed\"\nfi\n";
    program(&me.home().join("cli/cilium"), cli);
    let packed = Command::new("tar")
        .args(["--create", "--gzip", "--file"])
        .arg(mirror.join("cilium-cli.tar.gz"))
        .arg("--directory")
        .arg(me.home().join("cli"))
        .arg("cilium")
        .status()
        .unwrap();
    assert!(packed.success());
    let mut lock = "artifacts:\n".to_owned();
    let chart = std::fs::read_dir(&mirror).unwrap().flatten();
    let names: Vec<_> = chart
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let chart = names
        .iter()
        .find(|name| name.contains("cilium") && name.ends_with(".tgz"))
        .unwrap();
    for (name, file) in [
        ("crio", "cri-o.tar.gz"),
        ("cilium-cli", "cilium-cli.tar.gz"),
        ("cilium-chart", chart.as_str()),
        ("etcd", "cri-o.tar.gz"),
    ] {
        let digest = hex::encode(Sha256::digest(std::fs::read(mirror.join(file)).unwrap()));
        lock += &format!("  {name}: {{any: {{path: {file}, sha256: \"{digest}\"}}}}\n");
    }
    std::fs::write(me.home().join("one.lock.yaml"), lock).unwrap();
    let spec = format!("{ALL_IN_ONE}artifacts: {{mirror: \"{}\"}}\n", server.uri());
    std::fs::write(me.home().join("one.yaml"), spec).unwrap();
    me.does(&["devstack", "generate", "--all-in-one", "one.yaml"]);
    let serve = move |request: &Request| {
        let found = std::fs::read(mirror.join(&request.url.path()[1..]));
        found.map_or_else(
            |_| ResponseTemplate::new(404),
            |bytes| ResponseTemplate::new(200).set_body_bytes(bytes),
        )
    };
    Mock::given(method("GET"))
        .respond_with(serve)
        .mount(&server)
        .await;
    (server, me)
}

/// A kubectl that knows the calls of the script, and nothing else; the API is ready at the third call.
const KUBECTL: &str = r#"#!/bin/bash
set -eu
echo "kubectl $*" >>"$HOME/log"
case "$*" in
    "get --raw /readyz") echo x >>"$HOME/asked"; (($(wc -l <"$HOME/asked") >= 3)) ;;
    "get namespace kube-flannel --ignore-not-found --output name")
        if [[ -f $HOME/flannel ]]; then echo namespace/kube-flannel; fi ;;
    "delete namespace kube-flannel --timeout 120s") rm "$HOME/flannel" ;;
    "delete clusterrole,clusterrolebinding flannel --ignore-not-found") ;;
    "get daemonset cilium --namespace kube-system --ignore-not-found --output name")
        if [[ -f $HOME/installed ]]; then echo daemonset.apps/cilium; fi ;;
    "wait --for=condition=Ready nodes --all --timeout 600s") [[ -f $HOME/installed ]] ;;
    "--namespace kube-system rollout restart deployment/coredns") ;;
    *) echo "unexpected: kubectl $*" >&2; exit 1 ;;
esac
"#;

/// Runs cilium.sh of the home's all-in-one.
fn cilium(me: &Person) -> Output {
    let path = std::env::var("PATH").unwrap();
    Command::new("bash")
        .arg(me.home().join("one/cilium.sh"))
        .env_clear()
        .env("HOME", me.home())
        .env(
            "PATH",
            format!("{}:{path}", me.home().join("bin").display()),
        )
        .output()
        .unwrap()
}

fn log(me: &Person) -> Vec<String> {
    let log = me.home().join("log");
    let text = std::fs::read_to_string(&log).unwrap_or_default();
    let _ = std::fs::remove_file(log);
    let home = me.home().to_str().unwrap();
    text.lines().map(|line| line.replace(home, "~")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn cilium_is_installed_once_the_api_is_ready_and_brought_up_to_date_after() {
    let (server, me) = mirrored().await;
    let said = cilium(&me);
    assert!(!said.status.success());
    assert!(
        String::from_utf8_lossy(&said.stderr).contains("stack.sh writes it"),
        "{said:?}"
    );

    std::fs::create_dir(me.home().join(".kube")).unwrap();
    std::fs::write(me.home().join(".kube/config"), "").unwrap();
    program(&me.home().join("bin/kubectl"), KUBECTL);
    program(
        &me.home().join("bin/sudo"),
        "#!/bin/bash\necho \"sudo $*\" >>\"$HOME/log\"\n",
    );
    std::fs::write(me.home().join("flannel"), "").unwrap();
    let done = cilium(&me);
    assert!(done.status.success(), "{done:?}");
    insta::assert_snapshot!(log(&me).join("\n"));
    let values = std::fs::read_to_string(me.home().join("values.json")).unwrap();
    let values: serde_json::Value = serde_json::from_str(&values).unwrap();
    assert_eq!(values["kubeProxyReplacement"], "false");
    assert_eq!(values["extraConfig"]["enable-gops"], "false");
    assert_eq!(values["operator"]["replicas"], 1);
    assert_eq!(
        values["ipam"]["operator"]["clusterPoolIPv4PodCIDRList"][0],
        "10.244.0.0/16"
    );
    let fetched = server.received_requests().await.unwrap().len();
    assert_eq!(fetched, 2, "chart and cilium-cli");

    let again = cilium(&me);
    assert!(again.status.success(), "{again:?}");
    let calls = log(&me);
    assert!(
        calls.iter().any(|call| call.starts_with("cilium upgrade")),
        "{calls:?}"
    );
    assert!(
        !calls.iter().any(|call| call.contains("delete")),
        "{calls:?}"
    );
    assert_eq!(
        server.received_requests().await.unwrap().len(),
        fetched,
        "nothing twice"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_on_the_way_is_not_installed() {
    let (_server, me) = mirrored().await;
    std::fs::create_dir(me.home().join(".kube")).unwrap();
    std::fs::write(me.home().join(".kube/config"), "").unwrap();
    program(&me.home().join("bin/kubectl"), KUBECTL);
    std::fs::write(me.home().join("mirror/cilium-cli.tar.gz"), "evil").unwrap();
    let said = cilium(&me);
    assert!(!said.status.success());
    let talk = String::from_utf8_lossy(&said.stderr);
    assert!(talk.contains("is not what the lock pins"), "{talk}");
    let calls = log(&me);
    assert!(
        !calls.iter().any(|call| call.starts_with("cilium")),
        "{calls:?}"
    );
    let cache = std::fs::read_dir(me.home().join(".cache/vnfctl-devstack")).unwrap();
    assert_eq!(cache.count(), 0, "nothing is kept of it");
}

/// The lab's root filesystem with what is changed in it kept apart, until dropped.
struct Machine(PathBuf);

impl Machine {
    fn over(lower: &Path, home: &Path) -> Self {
        let merged = layer::over(lower, home);
        // systemctl warns without.
        layer::mount(&["-t", "proc", "proc"], &merged.join("proc"));
        Self(merged)
    }

    /// Runs bash in it as a user.
    fn runs(&self, user: &str, command: &str) -> Output {
        Command::new("chroot")
            .arg(format!("--userspec={user}"))
            .arg("--groups=")
            .arg(&self.0)
            .args(["/bin/bash", "-c", command])
            .env_clear()
            .env(
                "HOME",
                if user == "root" {
                    "/root"
                } else {
                    "/home/stack"
                },
            )
            .env(
                "PATH",
                "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            )
            .output()
            .unwrap()
    }

    fn does(&self, user: &str, command: &str) -> String {
        let output = self.runs(user, command);
        assert!(output.status.success(), "{command}: {output:?}");
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let unmounted = Command::new("umount")
            .arg("--recursive")
            .arg(&self.0)
            .status();
        assert!(unmounted.is_ok_and(|status| status.success()), "umount");
    }
}

/// Where checkouts are at hand, the container plugin's own functions find CRI-O, and their settings and
/// ours are files that CRI-O can read.
fn the_plugin_takes_it(machine: &Machine) {
    let Some(folder) = super::upstream::checkouts() else {
        return;
    };
    for name in ["devstack", "devstack-plugin-container"] {
        let copied = Command::new("cp")
            .arg("-r")
            .arg(folder.join(name))
            .arg(machine.0.join("opt"))
            .status();
        assert!(copied.unwrap().success());
    }
    let plugin = "set -eo pipefail; STACK_USER=stack; DEST=/opt; TOP_DIR=/opt/devstack; cd $TOP_DIR
        source functions; GetDistro; CRIO_VERSION=1.36.3; CRIO_PAUSE_IMAGE=registry.k8s.io/pause:3.10.2
        ENABLED_SERVICES=container; ENABLE_DEBUG_LOG_LEVEL=True
        source /opt/devstack-plugin-container/devstack/settings
        source /opt/devstack-plugin-container/devstack/lib/crio
        check_crio && configure_crio >/dev/null
        echo manager=$(iniget /etc/crio/crio.conf crio.runtime cgroup_manager)";
    let said = machine.does("stack", plugin);
    assert!(said.contains("manager=\"systemd\""), "{said}");
    let toml = "import tomllib, glob
for file in ['/etc/crio/crio.conf', *sorted(glob.glob('/etc/crio/crio.conf.d/*.conf'))]:
    with open(file, 'rb') as source:
        print(file, tomllib.load(source)['crio'])";
    let read = machine.does("root", &format!("python3 -c \"{toml}\""));
    assert!(
        read.contains("'pause_image': 'registry.k8s.io/pause:3.10.2'"),
        "{read}"
    );
    assert!(read.contains("'default_runtime': 'crun'"), "{read}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_root_filesystem_is_made_ready_for_stack_sh() {
    // The lab's, which is there with its node stage only, where the tests run as root.
    if std::env::var_os("VNFCTL_TEST_NODES").is_none() {
        return;
    }
    let lab = std::env::var("OS_CLIENT_CONFIG_FILE").unwrap();
    let rootfs = Path::new(&lab).with_file_name("rootfs");
    let (server, me) = mirrored().await;
    let machine = Machine::over(&rootfs, me.home());
    machine.does("root", "useradd --create-home --shell /bin/bash stack");
    let sudoers = machine.0.join("etc/sudoers.d/stack");
    std::fs::write(sudoers, "stack ALL=(ALL) NOPASSWD:ALL\n").unwrap();
    // The kernel is the test machine's: what would change it is noted.
    for name in ["modprobe", "sysctl"] {
        let text = format!("#!/bin/sh\necho \"{name} $*\" >>/run/kernel.log\n");
        program(&machine.0.join("usr/local/sbin").join(name), &text);
    }
    // No systemd runs there: what it would do at once is noted, and what it keeps for later done.
    let systemctl = "#!/bin/sh\necho \"systemctl $*\" >>/run/systemd.log\n\
                     [ \"$1\" != enable ] || exec /usr/bin/systemctl --root=/ enable \"$3\"\n";
    program(&machine.0.join("usr/local/sbin/systemctl"), systemctl);
    let hosts = machine.0.join("etc/hosts");
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    std::fs::write(hosts, format!("127.0.0.1 localhost {name}")).unwrap();
    program(
        &machine.0.join("home/stack/devstack/stack.sh"),
        "#!/bin/bash\n",
    );
    let copied = Command::new("cp")
        .arg("-r")
        .arg(me.home().join("one"))
        .arg(machine.0.join("home/stack"))
        .status();
    assert!(copied.unwrap().success());
    machine.does("root", "chown -R stack: /home/stack");

    let run = "bash ~/one/before-stack.sh ~/devstack";
    let refused = machine.runs("root", "bash /home/stack/one/before-stack.sh");
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("not root"),
        "{refused:?}"
    );
    machine.does("stack", run);
    // What the container plugin looks at before it would install CRI-O itself.
    machine.does("stack", "dpkg -l | grep cri-o");
    let listed = machine.does(
        "root",
        "dpkg-query -W -f '${Version}\n' cri-o; dpkg -L cri-o",
    );
    assert!(listed.starts_with("1.36.3-1vnfctl\n"), "{listed}");
    for file in [
        "/usr/bin/crio",
        "/usr/libexec/crio/crun",
        "/etc/crio/crio.conf.d/10-crio.conf",
    ] {
        assert!(listed.lines().any(|line| line == file), "{listed}");
    }
    machine.does(
        "root",
        "test -x /usr/bin/crio && test \"$(stat -c %U /usr/bin/crio)\" = root",
    );
    let asked = machine.does("root", "cat /run/systemd.log");
    assert_eq!(
        asked,
        "systemctl daemon-reload\nsystemctl enable --now crio\n"
    );
    let enabled = machine.does("root", "/usr/bin/systemctl --root=/ is-enabled crio");
    assert_eq!(enabled.trim(), "enabled");
    let manager = machine.does("root", "grep cgroup_manager /etc/crio/crio.conf");
    assert_eq!(manager.trim(), "cgroup_manager = \"systemd\"");
    let kernel = std::fs::read_to_string(machine.0.join("run/kernel.log")).unwrap();
    assert!(
        kernel.contains("modprobe overlay\nmodprobe br_netfilter\nsysctl"),
        "{kernel}"
    );
    let placed = machine.does("root", "stat -c '%a %U' /home/stack/devstack/local.conf");
    assert_eq!(placed.trim(), "600 stack");
    machine.does(
        "stack",
        "cd ~/one && for s in cilium.sh local.sh; do cmp $s ~/devstack/$s; done",
    );

    the_plugin_takes_it(&machine);

    // As often as one likes.
    let again = machine.does("stack", run);
    assert!(again.contains("CRI-O 1.36.3 is there already"), "{again}");
    assert_eq!(
        server.received_requests().await.unwrap().len(),
        1,
        "CRI-O, once"
    );
    // But not over what somebody wrote.
    machine.does("stack", "echo HOST_IP=10.0.0.1 >~/devstack/local.conf");
    let refused = machine.runs("stack", run);
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("move it away first"),
        "{refused:?}"
    );
    let kept = machine.does("stack", "cat ~/devstack/local.conf");
    assert_eq!(kept, "HOST_IP=10.0.0.1\n");
}
