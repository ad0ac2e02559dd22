//! What goes wrong at a site while a cluster grows, on a real Tacker: each mishap stops in a sentence
//! that names the place and the cure, and once it is mended the retry ends in the right cluster.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use super::access::Stored;
use super::lab::{
    self, CLUSTER, Sweep, agrees, end, lab, machines_of, on, onboard, stopped, stops, write,
};
use super::{Person, Stage};

const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for a condition of the site.
fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// The cluster grows by a worker, with its key in Barbican; `options` are more of its spec.
fn begin(me: &Person<'_>, secret: &Stored, options: &str) {
    let file = format!("keyFile: {}", lab::folder().join("data/userKey").display());
    let secret = format!("keySecret: {}", secret.name);
    let options = format!("{options}\nflavours:");
    onboard(me, &[(&file, &secret), ("flavours:", &options)]);
    me.does(&[
        "instantiate",
        CLUSTER,
        "--name",
        CLUSTER,
        "--flavour",
        "simple",
    ]);
    agrees(me, 1, 1);
}

/// Name of the network namespace that a machine is in.
fn namespace(machine: &str) -> String {
    let servers = std::fs::read_dir(lab::folder().join("servers")).unwrap();
    let files = servers.map(|server| server.unwrap().path().join("env"));
    let texts = files.filter_map(|file: PathBuf| std::fs::read_to_string(file).ok());
    let host = format!("NODE_HOSTNAME={machine}");
    let own = texts.filter(|text| text.lines().any(|line| line == host));
    let text = own.last().unwrap();
    let id = text.lines().find_map(|line| line.strip_prefix("NODE_ID="));
    id.unwrap().to_owned()
}

/// How many packets the fault `ssh-refused` has turned away from a machine.
fn turned_away(machine: &str) -> u64 {
    let output = Command::new("ip")
        .args(["netns", "exec", &namespace(machine)])
        .args(["iptables", "-w", "-nvxL", "INPUT"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find(|line| line.contains("lab-fault"));
    let packets = line.and_then(|line| line.split_whitespace().next());
    packets.unwrap().parse().unwrap()
}

fn is_under_way(me: &Person<'_>, op: &str) -> bool {
    me.json(&["op", "show", op])["operationState"] == "PROCESSING"
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Tells the reason that stands with the operation, as `op show` has it.
fn reason(me: &Person<'_>, op: &str) -> String {
    let shown = me.json(&["op", "show", op]);
    assert_eq!(shown["operationState"], "FAILED_TEMP");
    shown["error"]["detail"].as_str().unwrap().to_owned()
}

#[test]
fn a_worker_joins_through_one_mishap_after_the_other_on_a_real_tacker() {
    let Some(stage) = Stage::with_nodes() else {
        return;
    };
    let me = stage.person();
    let secret = Stored::new(me.cloud);
    let _sweep = Sweep(&me);
    begin(&me, &secret, "");
    let control_plane = machines_of("control-plane").remove(0);
    let old = machines_of("worker").remove(0);

    lab(&["fault", "mirror-lies", "kubelet"]);
    let said = stops(&me, &["scale", CLUSTER, "--out", "1"]);
    assert!(said.contains("checksum of kubelet from http"), "{said}");
    assert!(said.contains("nothing was installed"), "{said}");
    let op = stopped(&me);
    let mut added = machines_of("worker");
    added.retain(|machine| *machine != old);
    let installed = "sudo find /usr/local/bin -name kubelet";
    assert_eq!(on(&added[0], installed), "", "a kubelet nobody pinned");
    lab(&["fault", "clear"]);

    lab(&["fault", "barbican-away"]);
    let said = stops(&me, &["op", "retry", &op]);
    assert!(said.contains("in Barbican failed"), "{said}");
    assert!(
        reason(&me, &op).contains(&secret.name) || said.contains("secret"),
        "{said}"
    );
    lab(&["fault", "clear"]);

    lab(&["fault", "mirror-silent"]);
    let said = stops(&me, &["op", "retry", &op]);
    assert!(said.contains("cannot download kubelet from http"), "{said}");
    assert!(said.contains("is the mirror reachable"), "{said}");
    lab(&["fault", "clear"]);

    // SSH comes back while the driver still tries; nobody else may begin anything meanwhile.
    lab(&["fault", "ssh-refused", &control_plane]);
    std::thread::scope(|scope| {
        let retried = scope.spawn(|| me.run(&["op", "retry", &op]));
        until("the driver's first try", || turned_away(&control_plane) > 0);
        let refused = me.run(&["heal", CLUSTER]);
        let said = words(&refused);
        assert_eq!(refused.status.code(), Some(4), "{said}");
        assert!(said.contains(&op), "{said}");
        assert!(is_under_way(&me, &op));
        lab(&["fault", "clear"]);
        let output = retried.join().unwrap();
        assert!(output.status.success(), "{output:?}");
    });
    agrees(&me, 1, 2);

    // The conductor goes while the next one joins.
    let slow = r#"{"api join": {"delay": 8}}"#;
    write(&control_plane, "/etc/vnfctl-standins.json", slow);
    let before = machines_of("worker");
    let op = me.does(&["scale", CLUSTER, "--out", "1", "--no-wait"]);
    let op = op.trim();
    until("the new worker's join", || {
        let new = machines_of("worker");
        let new = new.iter().find(|machine| !before.contains(machine));
        new.is_some_and(|machine| begun_to_join(machine))
    });
    lab(&["fault", "conductor-killed"]);
    let waited = me.run(&["op", "wait", op]);
    let said = words(&waited);
    assert_eq!(waited.status.code(), Some(1), "{said}");
    assert!(said.contains("conductor"), "{said}");
    assert!(said.contains(&format!("vnfctl op retry {op}")), "{said}");
    on(&control_plane, "sudo rm /etc/vnfctl-standins.json");
    me.does(&["op", "retry", op]);
    agrees(&me, 1, 3);

    end(&me);
}

/// Tells whether a machine's node script is at the join; false while it cannot be asked.
fn begun_to_join(machine: &str) -> bool {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/lab");
    let grep = r#"sudo grep -q '"step": "join", "state": "started"' /var/log/vnfctl-node.log"#;
    let asked = Command::new(script).args(["ssh", machine, grep]).output();
    asked.unwrap().status.success()
}

#[test]
fn a_worker_that_never_boots_is_told_and_joins_after_its_reboot_on_a_real_tacker() {
    let Some(stage) = Stage::with_nodes() else {
        return;
    };
    let me = stage.person();
    let secret = Stored::new(me.cloud);
    let _sweep = Sweep(&me);
    begin(&me, &secret, "timeouts: {boot: 60s}");

    lab(&["fault", "node-never-boots"]);
    let said = stops(&me, &["scale", CLUSTER, "--out", "1"]);
    assert!(said.contains("boot of first-cluster-worker-"), "{said}");
    assert!(
        said.contains("no SSH host keys on the server's console within 60 s"),
        "{said}"
    );
    assert!(said.contains("openstack console log show"), "{said}");
    assert_eq!(
        lab::members().names.len(),
        2,
        "the others stay in the cluster"
    );
    lab(&["fault", "clear"]);
    // Undone, the VNF is what it was; the next one boots.
    me.does(&["op", "rollback", &stopped(&me)]);
    agrees(&me, 1, 1);
    me.does(&["scale", CLUSTER, "--out", "1"]);
    agrees(&me, 1, 2);

    end(&me);
}
