//! The files: written, found to fit or not, removed, and never taken for a person's own.

use super::{Site, judges, tool};
use crate::person::Person;

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_written_found_to_fit_and_removed() {
    let site = Site::with("simple").await;
    let me = &site.me;
    let heal = ["autoheal", "enable", "edge1", "--rules", "rules"];
    assert_eq!(me.does(&heal), "rules/edge1.autoheal.yml\n");
    let scale = "autoscale enable edge1 --rules rules --max 8 --out-above 80 --in-below 30";
    let scale: Vec<_> = scale.split(' ').collect();
    assert_eq!(me.does(&scale), "rules/edge1.autoscale.yml\n");

    let status = me.does(&["autoscale", "status", "edge1", "--rules", "rules"]);
    assert!(status.starts_with("enabled\nrules: rules/edge1.autoscale.yml\n"));
    for line in [
        "nodes: from the least to 8",
        "out: cpu above 80",
        "the rules fit the VNF",
    ] {
        assert!(status.lines().any(|one| one == line), "{status}");
    }

    // Nodes that come and go are no reason to write them anew.
    let before = std::fs::read_to_string(me.home().join("rules/edge1.autoheal.yml")).unwrap();
    me.does(&["scale", "edge1", "--out", "2"]);
    me.does(&["heal", "edge1"]);
    let status = me.does(&["autoheal", "status", "edge1", "--rules", "rules"]);
    assert!(status.ends_with("the rules fit the VNF\n"), "{status}");
    me.does(&heal);
    let after = std::fs::read_to_string(me.home().join("rules/edge1.autoheal.yml")).unwrap();
    assert_eq!(before, after);

    let edited = before.replace("for: 5m", "for: 1s");
    std::fs::write(me.home().join("rules/edge1.autoheal.yml"), edited).unwrap();
    let run = me.run(&["autoheal", "status", "edge1", "--rules", "rules"]);
    assert_eq!(run.status.code(), Some(1), "{run:?}");
    let printed = String::from_utf8(run.stdout).unwrap();
    assert!(
        printed.contains("the rules do not fit the VNF"),
        "{printed}"
    );

    me.does(&["autoheal", "disable", "edge1", "--rules", "rules"]);
    assert!(!me.home().join("rules/edge1.autoheal.yml").exists());
    assert!(me.home().join("rules/edge1.autoscale.yml").exists());
    let status = me.does(&["autoheal", "status", "edge1", "--rules", "rules"]);
    assert_eq!(
        status,
        "disabled\nrules: none, there is no rules/edge1.autoheal.yml\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_somebody_else_stays_and_nothing_is_switched() {
    let site = Site::with("simple").await;
    let me = &site.me;
    let file = me.home().join("edge1.autoheal.yml");
    let foreign = "# vnfctl-rules: {\"vnf\":\"another\"}\ngroups: []\n";
    for text in ["groups: []\n", foreign] {
        std::fs::write(&file, text).unwrap();
        for verb in ["enable", "disable", "status"] {
            let words = me.fails(4, &["autoheal", verb, "edge1", "--rules", "."]);
            assert!(words.contains("not a file of this VNF's rules"), "{words}");
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
        assert_eq!(me.does(&["autoheal", "status", "edge1"]), "disabled\n");
    }
    let words = me.fails(2, &["autoheal", "enable", "edge1", "--rules", "edge.zip"]);
    assert!(
        words.contains("cannot read edge.zip/edge1.autoheal.yml"),
        "{words}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_work_is_refused_before_anything_is_written() {
    let site = Site::with("simple").await;
    let me = &site.me;
    for (more, words) in [
        (
            "--max 11 --out-above 80",
            "from 1 to 10 VNFCs, not from 1 to 11",
        ),
        (
            "--min 0 --max 4 --out-above 80",
            "from 1 to 10 VNFCs, not from 0 to 4",
        ),
        ("--min 4 --max 4 --out-above 80", "no step of 1 to take"),
        ("--max 4", "neither --out-above nor --in-below"),
        (
            "--max 4 --out-above 30 --in-below 30",
            "would never come to rest",
        ),
        ("--max 4 --out-above 180", "180 is no percentage"),
        ("--max 4 --metric up --out-above NaN", "NaN is no number"),
        (
            "--max 4 --out-above 80 --aspect masters",
            "no scaling aspect `masters`",
        ),
    ] {
        let mut args = vec!["autoscale", "enable", "edge1", "--rules", "rules"];
        args.extend(more.split(' '));
        let said = me.fails(2, &args);
        assert!(said.contains(words), "{more}: {said}");
    }
    let heal = ["autoheal", "enable", "edge1", "--rules", "rules"];
    let said = me.fails(3, &[&heal[..], &["--vdu", "masters"]].concat());
    assert!(said.contains("it has: controlPlane, worker"), "{said}");
    me.fails(2, &[&heal[..], &["--selector", "cluster=~x"]].concat());
    me.fails(2, &[&heal[..], &["--when", "up == 0"]].concat());
    me.fails(2, &["autoheal", "enable", "edge1", "--for", "1m"]);
    assert!(!me.home().join("rules").exists());
    assert_eq!(me.does(&["autoscale", "status", "edge1"]), "disabled\n");
    assert_eq!(me.does(&["autoheal", "status", "edge1"]), "disabled\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_control_plane_is_replaced_only_by_name() {
    let site = Site::with("single").await;
    let me = &site.me;
    let heal = ["autoheal", "enable", "edge1", "--rules", "-"];
    let said = me.fails(4, &heal);
    assert!(said.contains("a new and empty cluster"), "{said}");
    assert!(said.contains("hint: `--vdu controlPlane`"), "{said}");
    let rules = me.does(&[&heal[..], &["--vdu", "controlPlane"]].concat());
    assert!(rules.contains("\"vdu\", \"controlPlane\""), "{rules}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vnf_that_is_no_cluster_gets_the_switch_and_no_rules() {
    let sandbox = vnfctl::sandbox::Sandbox::start(vnfctl::sandbox::Options::default());
    let sandbox = sandbox.await.unwrap();
    let me = Person::of_sandbox(&sandbox);
    me.pushes_example("web");
    me.does(&["instantiate", "web", "--name", "web1"]);
    let said = me.fails(2, &["autoheal", "enable", "web1", "--rules", "rules"]);
    assert!(said.contains("it has no Scripts/cluster.yaml"), "{said}");
    assert!(said.contains("without --rules"), "{said}");
    assert_eq!(me.does(&["autoheal", "status", "web1"]), "disabled\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn alertmanager_takes_its_part() {
    let site = Site::with("simple").await;
    let text = site.me.does(&["autoheal", "alertmanager"]);
    let own = "autoheal alertmanager --tacker https://tacker.example.org/nfv/";
    let own = site.me.does(&own.split(' ').collect::<Vec<_>>());
    let url = "url: https://tacker.example.org/nfv/alert/auto_scaling\n";
    assert!(own.contains(url), "{own}");
    if tool("amtool") {
        for text in [text, own] {
            let file = site.me.home().join("alertmanager.yml");
            std::fs::write(&file, text).unwrap();
            judges("amtool", &["check-config"], &file);
        }
    }
}
