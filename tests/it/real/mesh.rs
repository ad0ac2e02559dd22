//! Cilium's own programs on clusters of the real Tacker, and two clusters as a mesh: against stand-ins
//! of these programs, whose mesh takes clients over TLS with certificates of trusted authorities only.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::lab::{self, lab, on, write};
use super::{Cleanup, Person, Stage};

/// Names of VNFs, packages and servers begin so.
const EAST: &str = "mesh-east";
const WEST: &str = "mesh-west";

/// Builds and onboards the package of a cluster with an identity in a mesh.
fn onboard(me: &Person<'_>, name: &str, cilium: &str, pods: &str) {
    // The mirror goes on serving this folder when the test is over.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mesh");
    let spec = lab(&["cluster", folder.to_str().unwrap()]);
    let text = std::fs::read_to_string(&spec).unwrap();
    let id = uuid::Uuid::new_v4().to_string();
    let text = text
        .replace("name: first-cluster", &format!("name: {name}"))
        .replace("0b9f8e9c-5a3d-4c55-9b0e-6f1d2a7c4e10", &id);
    let own = format!("kubernetes: {{podCidr: {pods}}}\ncilium: {{clusterMesh: {cilium}}}\n");
    // Files that it names are relative to its folder.
    let file = folder.join(format!("{name}.yaml"));
    std::fs::write(&file, text + &own).unwrap();
    let archive = me.home.join(format!("{name}.zip"));
    let archive = archive.to_str().unwrap();
    me.does(&["package", "build", file.to_str().unwrap(), "--out", archive]);
    me.does(&["package", "push", archive]);
}

/// The only node of a cluster.
fn node_of(cluster: &str) -> String {
    let all = lab(&["ssh"]);
    let own: Vec<_> = all
        .lines()
        .filter(|name| name.starts_with(cluster))
        .collect();
    assert_eq!(own.len(), 1, "{all}");
    own[0].to_owned()
}

/// Somebody who logs in with the lab's own key.
struct Operator<'a> {
    me: &'a Person<'a>,
    key: String,
}

impl Operator<'_> {
    /// Puts the login where options of vnfctl stand: before the words of another program.
    fn words<'w>(&'w self, args: &[&'w str], rest: &[&'w str]) -> Vec<&'w str> {
        [args, &["--identity", &self.key], rest].concat()
    }

    fn runs(&self, args: &[&str], rest: &[&str]) -> Output {
        self.me.run(&self.words(args, rest))
    }

    /// Runs what must end with that status; returns what was printed, and what was said.
    fn ends(&self, status: i32, args: &[&str], rest: &[&str]) -> (String, String) {
        let output = self.runs(args, rest);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(
            output.status.code(),
            Some(status),
            "{args:?} {rest:?}: {out}{err}"
        );
        assert!(!out.contains("PRIVATE KEY") && !err.contains("PRIVATE KEY"));
        (out, err)
    }
}

#[test]
fn clusters_of_a_real_tacker_are_looked_into_and_joined_to_a_mesh() {
    let Some(stage) = Stage::with_nodes() else {
        return;
    };
    let me = stage.person();
    let key = lab::folder().join("data/userKey").display().to_string();
    let operator = Operator { me: &me, key };
    onboard(&me, EAST, "{name: east, id: 1}", "10.241.0.0/16");
    let _east = Cleanup(&me, EAST);
    onboard(
        &me,
        WEST,
        "{name: west, id: 2, apiServer: false}",
        "10.242.0.0/16",
    );
    let _west = Cleanup(&me, WEST);
    std::thread::scope(|scope| {
        for name in [EAST, WEST] {
            let args = ["instantiate", name, "--name", name, "--flavour", "single"];
            let me = &me;
            scope.spawn(move || me.does(&args));
        }
    });
    let node = node_of(EAST);
    looks_into(&operator, &node);
    joins(&operator);
    for name in [EAST, WEST] {
        me.does(&["terminate", name, "--delete"]);
        me.does(&["package", "delete", name]);
    }
}

fn looks_into(operator: &Operator<'_>, node: &str) {
    let (out, _) = operator.ends(0, &["cilium", EAST, "status"], &[]);
    let row = out.lines().find(|line| line.starts_with(node)).unwrap();
    assert!(row.contains("Ready") && row.contains("1.20.3"), "{out}");

    let bpf = ["cilium", EAST, "bpf", "--node", node];
    let (out, _) = operator.ends(0, &bpf, &["lb", "list"]);
    assert_eq!(out, format!("bpf lb list of {node}\n"));
    let (_, err) = operator.ends(1, &bpf, &["tunnel", "list"]);
    assert!(err.contains("unknown command \"bpf tunnel list\""), "{err}");
    let fault = r#"{"cilium-dbg": {"fail": 1}}"#;
    write(node, "/etc/vnfctl-standins.json", fault);
    operator.ends(3, &["cilium", EAST, "endpoint"], &["list"]);
    let (_, err) = operator.ends(
        3,
        &["cilium", EAST, "dbg", "--node", "nowhere"],
        &["status"],
    );
    assert!(err.contains(&format!("there are {node}")), "{err}");
    let flows = ["observe", "--verdict", "DROPPED"];
    let (out, _) = operator.ends(0, &["cilium", EAST, "hubble"], &flows);
    assert_eq!(out, format!("{node}: DROPPED\n"));
    let tests = ["--", "--test", "no-policies"];
    let (out, _) = operator.ends(0, &["cilium", EAST, "connectivity"], &tests);
    assert!(out.contains("All 1 tests successful"), "{out}");
    operator.ends(1, &["cilium", EAST, "connectivity"], &["--", "--nonsense"]);
    monitor_ends_with_ctrl_c(operator, node);
    sysdump_comes_and_leaves_nothing(operator, node);
}

fn monitor_ends_with_ctrl_c(operator: &Operator<'_>, node: &str) {
    let args = operator.words(&["cilium", EAST, "monitor"], &["--type", "drop"]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_vnfctl"))
        .args(args)
        .env("OS_CLOUD", operator.me.cloud)
        .env("HOME", operator.me.home)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // It is told while it happens: the program goes on for ever.
    for number in 1..=3 {
        let line = lines.next().unwrap().unwrap();
        assert_eq!(line, format!("{node}: xx drop ({number})"));
    }
    let running = "pgrep --full --count '[c]ilium-dbg monitor' || true";
    assert_ne!(on(node, running), "0");
    let interrupt = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupt.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(on(node, running), "0", "it goes on there");
}

fn sysdump_comes_and_leaves_nothing(operator: &Operator<'_>, node: &str) {
    let file = operator.me.home.join("dump.zip");
    let out = ["cilium", EAST, "sysdump", "--out", "dump.zip"];
    operator.ends(0, &out, &[]);
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let archive = zip::ZipArchive::new(std::fs::File::open(&file).unwrap()).unwrap();
    assert_eq!(archive.len(), 2);
    let before = std::fs::read(&file).unwrap();
    write(
        node,
        "/etc/vnfctl-standins.json",
        r#"{"cilium sysdump": {"fail": 1}}"#,
    );
    operator.ends(1, &out, &["--", "--quick"]);
    assert_eq!(
        std::fs::read(&file).unwrap(),
        before,
        "the former one stays"
    );
    assert_eq!(on(node, "ls /var/tmp | grep vnfctl- || true"), "");
}

fn joins(operator: &Operator<'_>) {
    let pair = |what| ["mesh", what, EAST, WEST];
    let (_, err) = operator.ends(4, &pair("status"), &[]);
    assert!(err.contains("cluster `west` serves no mesh"), "{err}");
    operator.ends(2, &["mesh", "connect", EAST, EAST], &[]);

    let west = node_of(WEST);
    let shut = |how: &str| {
        let rule = format!("sudo iptables {how} INPUT -p tcp --dport 4240 -j DROP");
        on(&west, &rule);
    };
    shut("-I");
    let (_, err) = operator.ends(4, &pair("connect"), &[]);
    shut("-D");
    assert!(err.contains("nothing was changed"), "{err}");
    let silent = "at TCP 4240, cilium-health: silent";
    assert!(err.contains(silent) && err.contains("nodeCidr"), "{err}");

    let (out, err) = operator.ends(0, &pair("connect"), &["--timeout", "90s"]);
    assert_eq!(out.matches("true").count(), 2, "{out}{err}");
    let release = "sudo env KUBECONFIG=/etc/kubernetes/admin.conf kubectl --namespace kube-system \
                   get secrets --selector owner=helm,name=cilium,status=deployed --output json";
    let releases = || [EAST, WEST].map(|name| on(&node_of(name), release));
    let before = releases();
    operator.ends(0, &pair("connect"), &[]);
    assert_eq!(releases(), before, "what is connected is left alone");
    let (out, _) = operator.ends(0, &pair("status"), &["-o", "json"]);
    let links: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(links[0]["peer"], "west");
    assert_eq!(links[1]["connected"], true);
    let (out, _) = operator.ends(0, &["cilium", EAST, "status"], &[]);
    assert!(out.contains("1/1"), "{out}");

    // The agent's port and the server of the mesh are its kubelet's here.
    shut("-I");
    let (_, err) = operator.ends(1, &pair("status"), &[]);
    shut("-D");
    assert!(
        err.contains(&format!("node west/{west} at TCP 4240")),
        "{err}"
    );
    lab(&["fault", "kubelet-dead", &west]);
    let (_, err) = operator.ends(1, &["mesh", "status", EAST], &[]);
    assert!(err.contains("`east` to `west`: "), "{err}");
    lab(&["fault", "clear"]);
    let deadline = Instant::now() + Duration::from_secs(60);
    while !operator
        .runs(&["mesh", "status", EAST], &[])
        .status
        .success()
    {
        assert!(Instant::now() < deadline, "they do not connect again");
    }

    let (_, err) = operator.ends(0, &pair("disconnect"), &[]);
    assert!(err.contains("are no longer connected"), "{err}");
    let (_, err) = operator.ends(0, &pair("disconnect"), &[]);
    assert!(err.contains("were not connected"), "{err}");
    let gone = ["mesh", "disconnect", EAST, "--cluster", "west"];
    let (_, err) = operator.ends(0, &gone, &[]);
    assert!(err.contains("were not connected"), "{err}");
    let (out, _) = operator.ends(0, &["mesh", "status", EAST], &["-o", "json"]);
    assert_eq!(out.trim(), "[]");
}
