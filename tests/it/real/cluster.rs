//! The flagship on a real Tacker: its nodes are the lab's system containers, on which the management
//! driver and the node script really run, against stand-ins of the Kubernetes binaries.

use serde_json::json;

use super::Stage;
use super::access::Stored;
use super::lab::{
    self, CLUSTER, Sweep, agrees, end, machines_of, on, onboard, stopped, stops, write,
};
use super::nodes::are_as_specified;

/// How often a machine's node script began a step.
fn begun(machine: &str, step: &str) -> usize {
    let log = on(machine, "sudo cat /var/log/vnfctl-node.log");
    let line = format!("\"step\": \"{step}\", \"state\": \"started\"");
    log.matches(&line).count()
}

/// How often each worker has begun to join, in the order of their names.
fn joins_of_workers() -> Vec<usize> {
    let workers = machines_of("worker");
    workers.iter().map(|worker| begun(worker, "join")).collect()
}

#[test]
fn a_cluster_lives_its_whole_life_on_a_real_tacker() {
    let Some(stage) = Stage::with_nodes() else {
        return;
    };
    let me = stage.person();
    // Other than the defaults, so that it shows whether each reaches the nodes.
    let options = "kubernetes: {podCidr: 10.42.0.0/16, serviceCidr: 10.43.0.0/16}\n\
                   cilium: {routing: geneve, bandwidthManager: true}\nflavours:";
    onboard(&me, &[("flavours:", options), ("initial: 1", "initial: 2")]);
    let values = [
        ("/tunnelProtocol", json!("geneve")),
        ("/bandwidthManager/enabled", json!(true)),
        (
            "/ipam/operator/clusterPoolIPv4PodCIDRList",
            json!(["10.42.0.0/16"]),
        ),
        ("/kubeProxyReplacement", json!("true")),
    ];
    let _sweep = Sweep(&me);

    me.does(&[
        "instantiate",
        CLUSTER,
        "--name",
        CLUSTER,
        "--flavour",
        "simple",
    ]);
    agrees(&me, 1, 2);
    are_as_specified(&me, &values);
    let control_plane = machines_of("control-plane").remove(0);

    // One of the three new workers is refused by the API server, once.
    let refusal = r#"{"api join": {"fail": 1}}"#;
    write(&control_plane, "/etc/vnfctl-standins.json", refusal);
    let words = stops(&me, &["scale", CLUSTER, "--out", "3"]);
    assert!(words.contains("kubeadm join failed"), "{words}");
    let log = "the node's last log lines";
    assert!(
        words.contains("--- last lines of first-cluster-worker-"),
        "{log}: {words}"
    );
    let ready = lab::members().names.len();
    assert_eq!(ready, 5, "the other new workers are in the cluster");
    me.does(&["op", "retry", &stopped(&me)]);
    let scaled = agrees(&me, 1, 5);
    let mut joins = joins_of_workers();
    joins.sort_unstable();
    assert_eq!(
        joins,
        [1, 1, 1, 1, 2],
        "only the refused worker is worked on again"
    );

    let shown = me.json(&["show", CLUSTER]);
    let vnfcs = shown["instantiatedVnfInfo"]["vnfcInfo"].as_array().unwrap();
    let worker = vnfcs.iter().find(|vnfc| vnfc["vduId"] == "worker").unwrap();
    me.does(&["heal", CLUSTER, "--vnfc", worker["id"].as_str().unwrap()]);
    let healed = agrees(&me, 1, 5);
    assert_eq!(healed.names, scaled.names, "a healed node keeps its name");
    let replaced: Vec<_> = scaled.servers.difference(&healed.servers).collect();
    assert_eq!(replaced, [worker["vnfcResourceInfoId"].as_str().unwrap()]);

    let budget = "/etc/vnfctl-standins-pdb";
    write(&control_plane, budget, &machines_of("worker").join("\n"));
    let words = stops(&me, &["scale", CLUSTER, "--in", "3"]);
    assert!(
        words.contains("a disruption budget may forbid it"),
        "{words}"
    );
    assert_eq!(lab::members().names.len(), 6, "nothing has left");
    on(&control_plane, &format!("sudo rm {budget}"));
    me.does(&["op", "retry", &stopped(&me)]);
    agrees(&me, 1, 2);

    // A new control plane is a new cluster, which the workers that stay join.
    let before: Vec<_> = joins_of_workers().iter().map(|joins| joins + 1).collect();
    me.does(&["heal", CLUSTER, "--node", &control_plane]);
    agrees(&me, 1, 2);
    assert_eq!(joins_of_workers(), before);

    let before = lab::members();
    me.does(&["heal", CLUSTER]);
    let anew = agrees(&me, 1, 2);
    assert_eq!(before.names, anew.names);
    assert!(before.servers.is_disjoint(&anew.servers));
    are_as_specified(&me, &values);

    end(&me);
}

#[test]
fn a_single_node_with_containerd_is_healed_into_a_new_cluster_on_a_real_tacker() {
    let Some(stage) = Stage::with_nodes() else {
        return;
    };
    let me = stage.person();
    let runtime = "runtime: {name: containerd}\nflavours:";
    onboard(&me, &[("flavours:", runtime)]);
    let _sweep = Sweep(&me);

    let instantiate = ["instantiate", CLUSTER, "--name", CLUSTER, "--flavour"];
    me.does(&[&instantiate[..], &["single"]].concat());
    let made = agrees(&me, 1, 0);
    are_as_specified(&me, &[("/operator/replicas", json!(1))]);
    let node = machines_of("control-plane").remove(0);
    let shown = me.does(&["show", CLUSTER]);
    assert!(shown.contains("single") && shown.contains(&node), "{shown}");
    let authority = "sudo sha256sum /etc/kubernetes/pki/ca.crt";
    let old = on(&node, authority);

    me.does(&["heal", CLUSTER, "--node", &node]);
    let healed = agrees(&me, 1, 0);
    assert_eq!(healed.names, made.names, "a healed node keeps its name");
    assert!(healed.servers.is_disjoint(&made.servers));
    are_as_specified(&me, &[("/operator/replicas", json!(1))]);
    assert_ne!(on(&node, authority), old, "etcd went with the old server");

    end(&me);
}

#[test]
fn three_control_planes_lose_one_at_a_time_on_a_real_tacker() {
    let Some(stage) = Stage::with_nodes() else {
        return;
    };
    let me = stage.person();
    // Only the package names the key: no request carries anything.
    let key = Stored::new(me.cloud);
    let file = format!("keyFile: {}", lab::folder().join("data/userKey").display());
    let archive = onboard(&me, &[(&file, &format!("keySecret: {}", key.name))]);
    let _sweep = Sweep(&me);

    let instantiate = ["instantiate", CLUSTER, "--name", CLUSTER, "--flavour", "ha"];
    key.unseen(|| me.does(&instantiate));
    let made = agrees(&me, 3, 1);
    are_as_specified(&me, &[("/tunnelProtocol", json!("vxlan"))]);
    let machines = machines_of("control-plane");
    let holder = machines.iter().find(|machine| holds_address(machine));
    let holder = holder.expect("nobody has the virtual address");
    let other = machines.iter().find(|machine| *machine != holder).unwrap();

    // Its etcd member goes with its kubelet; the address has to move as well.
    lab::lab(&["fault", "kubelet-dead", holder]);
    let words = stops(&me, &["heal", CLUSTER, "--node", other]);
    assert!(words.contains(&format!("cannot spare {other}")), "{words}");
    assert!(
        words.contains(&format!("{holder} is not healthy")),
        "{words}"
    );
    me.does(&["op", "fail", &stopped(&me)]);
    let words = stops(&me, &["heal", CLUSTER, "--node", holder, other]);
    assert!(words.contains("2 of 3 at once"), "{words}");
    me.does(&["op", "fail", &stopped(&me)]);

    me.does(&["heal", CLUSTER, "--node", holder]);
    lab::lab(&["fault", "clear"]);
    let healed = agrees(&me, 3, 1);
    assert_eq!(healed.names, made.names);
    assert_eq!(made.servers.difference(&healed.servers).count(), 1);
    let addresses: Vec<_> = machines.iter().filter(|m| holds_address(m)).collect();
    assert_eq!(addresses.len(), 1, "one has the address: {addresses:?}");
    are_as_specified(&me, &[]);
    let kubeconfig = on(other, "sudo bash /opt/vnfctl/node.sh kubeconfig");
    assert!(kubeconfig.contains("https://"), "{kubeconfig}");
    key.is_nowhere_else(&me, &archive);

    // The whole stack anew, the address and the names included.
    key.unseen(|| me.does(&["heal", CLUSTER, "--all"]));
    let anew = agrees(&me, 3, 1);
    assert!(healed.servers.is_disjoint(&anew.servers));
    are_as_specified(&me, &[]);
    let machines = machines_of("control-plane");
    let holders = machines.iter().filter(|machine| holds_address(machine));
    assert_eq!(holders.count(), 1);

    end(&me);
}

/// Tells whether a machine has the virtual address, which alone has a prefix of a single address.
fn holds_address(machine: &str) -> bool {
    on(machine, "ip -brief -4 address show").contains("/32")
}
