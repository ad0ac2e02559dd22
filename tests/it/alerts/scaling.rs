//! What the rules of `autoscale` make of loads.

use super::{Site, labels, ready, role};

fn scale(site: &Site, way: &str) -> String {
    let name = match way {
        "SCALE_OUT" => "VnfctlScaleOut",
        _ => "VnfctlScaleIn",
    };
    site.firing(
        name,
        &[
            ("receiver_type", "tacker"),
            ("function_type", "auto_scale"),
            ("aspect_id", "workers"),
            ("auto_scale_type", way),
        ],
    )
}

/// A control plane `c1` and so many workers `w1`, `w2`… that are Ready.
fn nodes(workers: usize) -> Vec<(String, &'static str)> {
    let mut all = vec![labels("c1", "s0"), role("c1")];
    for n in 1..=workers {
        let node = format!("w{n}");
        all.extend([labels(&node, &format!("s{n}")), ready(&node, "1x60")]);
    }
    all
}

/// What a person of the examples asks for: 2 to 4 workers, by a load that is there to see.
const LOAD: [&str; 10] = [
    "--min",
    "2",
    "--max",
    "4",
    "--metric",
    "load",
    "--out-above",
    "80",
    "--in-below",
    "30",
];

fn load(workers: usize, values: &'static str) -> Vec<(String, &'static str)> {
    let mut all = nodes(workers);
    all.push(("load".into(), values));
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_that_lasts_scales_within_the_bounds() {
    let site = Site::with("simple").await;
    let Some(mut trial) = site.rules("autoscale", &LOAD) else {
        return;
    };
    let (out, less) = ([scale(&site, "SCALE_OUT")], [scale(&site, "SCALE_IN")]);
    trial
        .case(
            "high from the tenth minute on",
            &load(3, "50x9 81x50"),
            &[("14m", &[]), ("15m", &out), ("40m", &out)],
        )
        .case(
            "high for a moment",
            &load(3, "50x9 81x3 50x40"),
            &[("12m", &[]), ("16m", &[])],
        )
        .case(
            "neither high nor low",
            &load(3, "80 30 50x50"),
            &[("30m", &[])],
        )
        .case("high, and at the most", &load(4, "99x60"), &[("30m", &[])])
        .case(
            "high, and at the least",
            &load(2, "99x60"),
            &[("30m", &out)],
        )
        .case("low", &load(3, "10x60"), &[("4m", &[]), ("5m", &less)])
        .case("low, and at the least", &load(2, "1x60"), &[("30m", &[])])
        .case(
            "no load to see",
            &nodes(3),
            &[("14m", &[]), ("15m", &[blind(&site)])],
        );

    let mut ill = load(3, "10x60");
    ill.retain(|(series, _)| !series.starts_with("kube_node_status"));
    ill.extend([
        ready("w1", "1x60"),
        ready("w2", "0x19 1x40"),
        ready("w3", "1x60"),
    ]);
    trial.case(
        "low, and a node is ill",
        &ill,
        &[("19m", &[]), ("26m", &less)],
    );
    trial.judged();
}

fn blind(site: &Site) -> String {
    site.firing("VnfctlScaleBlind", &[("severity", "warning")])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_is_followed_by_rest() {
    let site = Site::with("simple").await;
    let Some(mut trial) = site.rules("autoscale", &[&LOAD[..], &["--for", "2m"]].concat()) else {
        return;
    };
    // The third node is seen in the tenth minute: what fired ends at once, and begins only when the
    // number has been the same for five minutes and the load still high for two.
    let mut grown = load(2, "90x60");
    let (third, _) = labels("w3", "s3");
    grown.push((third, "_x10 1x50"));
    grown.push(ready("w3", "_x10 1x50"));
    let out = [scale(&site, "SCALE_OUT")];
    trial.case(
        "grown, and the load stays",
        &grown,
        &[("9m", &out), ("11m", &[]), ("16m", &[]), ("18m", &out)],
    );
    trial.judged();
}

#[tokio::test(flavor = "multi_thread")]
async fn cpu_is_of_the_workers_by_name_or_address() {
    let site = Site::with("simple").await;
    let bounds = ["--max", "4", "--out-above", "80", "--in-below", "60"];
    let Some(mut trial) = site.rules("autoscale", &bounds) else {
        return;
    };
    // A minute is 60 s, so that an idle CPU counts 60 a sample.
    let idle = |instance: &str, values: &'static str| {
        let cpu = |cpu| {
            format!(
                "node_cpu_seconds_total{{instance=\"{instance}\", mode=\"idle\", cpu=\"{cpu}\"}}"
            )
        };
        [(cpu(0), values), (cpu(1), values)]
    };
    let info = |node: &str, address: &str| {
        let series = format!("kube_node_info{{node=\"{node}\", internal_ip=\"{address}\"}}");
        (series, "1x60")
    };
    let cluster = |first: &'static str, second: &'static str, third: &'static str| {
        let mut all = nodes(3);
        all.extend([
            info("w1", "10.0.0.1"),
            info("w2", "fd00::2"),
            info("c1", "10.0.0.9"),
        ]);
        all.extend(idle("10.0.0.1:9100", first));
        all.extend(idle("[fd00::2]:9100", second));
        all.extend(idle("w3", third));
        // The control plane, and a machine that is no node, have nothing to do.
        all.extend(idle("10.0.0.9:9100", "0+60x60"));
        all.extend(idle("10.0.0.77:9100", "0+60x60"));
        all
    };
    let (busy, half, free) = ("0+6x60", "0+30x60", "0+60x60");
    let (out, less) = ([scale(&site, "SCALE_OUT")], [scale(&site, "SCALE_IN")]);
    trial
        // 90, 90 and 67 %: too much together, and not without any of the busy ones.
        .case("82 %", &cluster(busy, busy, "0+20x60"), &[("20m", &out)])
        .case("one busy", &cluster(busy, free, free), &[("20m", &less)])
        // 57 % on three are 85 % on two, which would make them three again.
        .case("57 %", &cluster(busy, half, "0+41x60"), &[("20m", &[])]);
    trial.judged();
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_and_pods_are_shares_of_what_workers_have() {
    let site = Site::with("simple").await;
    let more = |metric| {
        [
            "--max",
            "4",
            "--out-above",
            "80",
            "--in-below",
            "20",
            "--metric",
            metric,
        ]
    };
    let Some(mut trial) = site.rules("autoscale", &more("memory")) else {
        return;
    };
    let of =
        |what: &str, node: &str| format!("node_memory_{what}_bytes{{instance=\"{node}:9100\"}}");
    let memory = |free: &'static str| {
        let mut all = nodes(2);
        for node in ["w1", "w2", "c1"] {
            all.push((of("MemTotal", node), "1000x60"));
        }
        all.extend([
            (of("MemAvailable", "w1"), free),
            (of("MemAvailable", "w2"), "100x60"),
        ]);
        all.push((of("MemAvailable", "c1"), "1000x60"));
        all
    };
    let (out, less) = ([scale(&site, "SCALE_OUT")], [scale(&site, "SCALE_IN")]);
    trial
        .case("85 %", &memory("200x60"), &[("20m", &out)])
        .case("45 %", &memory("1000x60"), &[("20m", &[])]);
    trial.judged();

    let Some(mut trial) = site.rules("autoscale", &more("pods")) else {
        return;
    };
    let pods = |room: &'static str, on: &'static str| {
        let mut all = nodes(2);
        for node in ["w1", "w2", "c1"] {
            let room_of =
                format!("kube_node_status_allocatable{{node=\"{node}\", resource=\"pods\"}}");
            all.push((room_of, room));
        }
        let phases = [
            ("a", "w1", "Running"),
            ("b", "w2", "Pending"),
            ("c", on, "Running"),
            ("d", "w1", "Succeeded"),
            ("e", "c1", "Running"),
        ];
        for (pod, node, phase) in phases {
            let pod = format!("namespace=\"n\", pod=\"{pod}\"");
            all.push((format!("kube_pod_info{{{pod}, node=\"{node}\"}}"), "1x60"));
            all.push((
                format!("kube_pod_status_phase{{{pod}, phase=\"{phase}\"}}"),
                "1x60",
            ));
            all.push((
                format!("kube_pod_status_phase{{{pod}, phase=\"Failed\"}}"),
                "0x60",
            ));
        }
        all
    };
    trial
        .case("3 of 2", &pods("1x60", "w1"), &[("20m", &out)])
        .case("2 of 4", &pods("2x60", "c1"), &[("20m", &[])])
        .case("3 of 20", &pods("10x60", "w1"), &[("20m", &less)]);
    trial.judged();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_threshold_makes_one_way() {
    let site = Site::with("simple").await;
    let unschedulable = "sum(kube_pod_status_unschedulable)";
    let more = [
        "--max",
        "4",
        "--for",
        "0s",
        "--out-above",
        "0",
        "--metric",
        unschedulable,
    ];
    let Some(mut trial) = site.rules("autoscale", &more) else {
        return;
    };
    let mut series = nodes(1);
    series.push((
        "kube_pod_status_unschedulable{pod=\"a\"}".into(),
        "0x9 1x50",
    ));
    let out = [scale(&site, "SCALE_OUT")];
    trial.case(
        "a pod finds no node",
        &series,
        &[("9m", &[]), ("10m", &out)],
    );
    trial.judged();
}
