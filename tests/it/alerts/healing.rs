//! What the rules of `autoheal` make of nodes that are ill.

use super::{Site, labels, ready, role};

/// Of node `w1` and the like: labels exactly as Tacker wants them, and what a person reads.
fn heal(site: &Site, node: &str, vdu: &str, server: &str, reason: &str) -> String {
    let vnfc = format!("{vdu}-{server}");
    site.firing(
        "VnfctlHeal",
        &[
            ("receiver_type", "tacker"),
            ("function_type", "auto_heal"),
            ("vnfc_info_id", &vnfc),
            ("vdu", vdu),
            ("node", node),
            ("reason", reason),
        ],
    )
}

fn held_back(site: &Site, vdu: &str) -> String {
    let labels = [("vdu", vdu), ("severity", "warning")];
    site.firing("VnfctlHealHeldBack", &labels)
}

/// A control plane and workers `w1`, `w2`, `w3`, on the servers `s0` to `s3`.
fn cluster() -> Vec<(String, &'static str)> {
    let mut all = vec![labels("c1", "s0"), role("c1"), ready("c1", "1x60")];
    all.extend(["1", "2", "3"].map(|n| labels(&format!("w{n}"), &format!("s{n}"))));
    all
}

fn workers(values: [&'static str; 3]) -> Vec<(String, &'static str)> {
    let mut all = cluster();
    let nodes = ["w1", "w2", "w3"];
    all.extend(
        nodes
            .iter()
            .zip(values)
            .map(|(node, values)| ready(node, values)),
    );
    all
}

/// The agent of a node: which pod it is, and whether that is ready.
fn agent(node: &str, values: &'static str) -> [(String, &'static str); 2] {
    let pod = format!("namespace=\"kube-system\", pod=\"cilium-{node}\"");
    let by = "created_by_kind=\"DaemonSet\", created_by_name=\"cilium\"";
    [
        (
            format!("kube_pod_info{{{pod}, node=\"{node}\", {by}}}"),
            "1x60",
        ),
        (
            format!("kube_pod_status_ready{{{pod}, condition=\"true\"}}"),
            values,
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stays_ill_is_named_to_tacker_and_a_blip_is_not() {
    let site = Site::with("simple").await;
    let Some(mut trial) = site.rules("autoheal", &[]) else {
        return;
    };
    let one = [heal(&site, "w1", "worker", "s1", "NotReady")];
    trial.case(
        "ill from the third minute on",
        &workers(["1x2 0x40", "1x60", "1x60"]),
        &[("7m", &[]), ("8m", &one), ("30m", &one)],
    );
    trial.case(
        "ill for less than five minutes, twice",
        &workers(["1x2 0x3 1 0x3 1x40", "1x60", "1x60"]),
        &[("6m", &[]), ("10m", &[]), ("20m", &[])],
    );
    let other = heal(&site, "w2", "worker", "s2", "NotReady");
    trial.case(
        "one after the other, each in its time",
        &workers(["0x12 1x40", "1x12 0x40", "1x60"]),
        &[("11m", &one), ("14m", &[]), ("18m", &[other])],
    );

    // Kubernetes says nothing of a node that it no longer has; its server's successor is well.
    let mut healed = cluster();
    healed[3].1 = "1x11 _x5 stale";
    healed.push(ready("w1", "0x11 _x5 0 1x40"));
    let (again, _) = labels("w1", "s9");
    healed.push((again, "_x17 1x40"));
    trial.case(
        "replaced by another server under the same name",
        &healed,
        &[("11m", &one), ("19m", &[]), ("30m", &[])],
    );

    let mut twice: Vec<_> = workers(["0x40", "1x60", "1x60"]);
    let replica = |(series, values): (String, &'static str)| {
        (series.replace("node=", "instance=\"b\", node="), values)
    };
    twice.extend(workers(["0x40", "1x60", "1x60"]).into_iter().map(replica));
    // Nodes that say whose they are need no selector; those of the cluster above say nothing.
    let mut marked = vec![role("c1"), ready("w1", "0x60")];
    let of = |node: &str, vnf: &str| {
        let (series, values) = labels(node, &format!("s{}", &node[1..]));
        (
            series.replace("}", &format!(", label_vnfctl_dev_vnf=\"{vnf}\"}}")),
            values,
        )
    };
    marked.push(of("w1", &site.vnf));
    for other in ["x4", "x5"] {
        marked.extend([of(other, "another"), ready(other, "0x60")]);
    }
    trial.case("beside another VNF's", &marked, &[("10m", &one)]);

    trial.case("told by two kube-state-metrics", &twice, &[("10m", &one)]);
    trial.judged();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_without_its_cilium_agent_is_ill() {
    let site = Site::with("simple").await;
    let Some(mut trial) = site.rules("autoheal", &["--for", "2m"]) else {
        return;
    };
    let mut series = workers(["1x60", "1x60", "1x60"]);
    series.extend(agent("w1", "1x60"));
    series.extend(agent("w2", "1x4 0x40"));
    let down = [heal(&site, "w2", "worker", "s2", "CiliumAgentDown")];
    trial.case("agent down", &series, &[("6m", &[]), ("7m", &down)]);
    trial.judged();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_calls_an_illness_is_one() {
    let site = Site::with("simple").await;
    let full = "DiskFull=disk_free < 10 # a tenth";
    let Some(mut trial) = site.rules("autoheal", &["--for", "0s", "--when", full]) else {
        return;
    };
    let mut series = workers(["1x60", "1x60", "1x60"]);
    series.push(("disk_free{node=\"w3\"}".into(), "50 40 30 20 10 9x20"));
    series.push(("disk_free{node=\"elsewhere\"}".into(), "1x60"));
    let full = [heal(&site, "w3", "worker", "s3", "DiskFull")];
    trial.case("disk full", &series, &[("4m", &[]), ("5m", &full)]);
    trial.judged();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_nodes_at_once_and_the_only_control_plane_are_left_to_people() {
    let site = Site::with("simple").await;
    let Some(mut trial) = site.rules("autoheal", &[]) else {
        return;
    };
    trial.case(
        "two of three",
        &workers(["0x60", "0x60", "1x60"]),
        &[("20m", &[held_back(&site, "worker")])],
    );
    let mut alone = vec![labels("c1", "s0"), role("c1"), labels("w1", "s1")];
    alone.push(ready("w1", "0x60"));
    let one = [heal(&site, "w1", "worker", "s1", "NotReady")];
    trial.case("the only worker", &alone, &[("20m", &one)]);
    let mut series = workers(["1x60", "1x60", "1x60"]);
    series[2].1 = "0x60";
    trial.case("the only control plane", &series, &[("20m", &[])]);
    trial.case(
        "nothing known",
        &[],
        &[("14m", &[]), ("15m", &[blind(&site)])],
    );
    trial.judged();

    let Some(mut trial) = site.rules("autoheal", &["--max-unhealthy", "70"]) else {
        return;
    };
    let both = ["1", "2"].map(|n| {
        heal(
            &site,
            &format!("w{n}"),
            "worker",
            &format!("s{n}"),
            "NotReady",
        )
    });
    trial.case(
        "two of three, where a person allows it",
        &workers(["0x60", "0x60", "1x60"]),
        &[("20m", &both)],
    );
    trial.judged();
}

fn blind(site: &Site) -> String {
    site.firing("VnfctlHealBlind", &[("severity", "warning")])
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_three_control_planes_is_replaced_and_two_are_not() {
    let site = Site::with("ha").await;
    let Some(mut trial) = site.rules("autoheal", &[]) else {
        return;
    };
    let planes = |second: &'static str| {
        let mut all = vec![labels("w1", "s1"), ready("w1", "1x60")];
        for (node, server, values) in [
            ("c1", "s4", "1x60"),
            ("c2", "s5", second),
            ("c3", "s6", "0x60"),
        ] {
            all.extend([labels(node, server), role(node), ready(node, values)]);
        }
        all
    };
    let one = [heal(&site, "c3", "controlPlane", "s6", "NotReady")];
    trial.case("one", &planes("1x60"), &[("20m", &one)]);
    let none = [held_back(&site, "controlPlane")];
    trial.case("two", &planes("0x60"), &[("20m", &none)]);
    trial.judged();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selector_keeps_clusters_of_one_prometheus_apart() {
    let site = Site::with("simple").await;
    let Some(mut trial) = site.rules("autoheal", &["--selector", "cluster=edge1"]) else {
        return;
    };
    let of = |cluster: &str, all: Vec<(String, &'static str)>| {
        let label = format!("{{cluster=\"{cluster}\", ");
        let with = move |(series, values): (String, _)| (series.replacen('{', &label, 1), values);
        all.into_iter().map(with).collect::<Vec<_>>()
    };
    let ill = ["0x60", "1x60", "1x60"];
    let mut series = of("edge1", workers(ill));
    series.extend(of("edge2", workers(["1x60", "0x60", "0x60"])));
    let one = [heal(&site, "w1", "worker", "s1", "NotReady")];
    trial.case(
        "two clusters with the same names",
        &series,
        &[("20m", &one)],
    );
    trial.case(
        "the other cluster alone",
        &of("edge2", workers(ill)),
        &[("14m", &[])],
    );
    trial.judged();
}
