//! A machine compared with what its roles need.

use std::path::Path;

use camino::Utf8Path;
use serde_json::Value;
use vnfctl::devstack::{self, Facts, Layout, Ports, Protocol, State};
use vnfctl::diagnose::Sink;
use vnfctl::spec::Matrix;

use super::{ALL_IN_ONE, MULTI_NODE, person};

/// The files of a machine that has what an all-in-one needs.
fn machine(root: &Path) {
    let sockets = "  sl  local_address rem_address   st tx_queue rx_queue\n   \
                   0: 0100007F:0016 00000000:0000 0A 00000000:00000000\n   \
                   1: 0100007F:26A2 0100007F:1F90 01 00000000:00000000\n";
    let cpu = "processor\t: 0\nmodel name\t: any\n\n";
    let cpus = (0..8)
        .map(|n| cpu.replace('0', &n.to_string()))
        .collect::<String>();
    for (path, text) in [
        (
            "etc/os-release",
            "ID=ubuntu\nVERSION_ID=\"24.04\"\nVERSION_CODENAME=noble\n",
        ),
        (
            "proc/meminfo",
            "MemTotal:       33554432 kB\nMemFree: 1 kB\n",
        ),
        ("proc/swaps", "Filename Type Size Used Priority\n"),
        ("proc/cpuinfo", &cpus),
        ("proc/sys/kernel/osrelease", "6.8.0-45-generic\n"),
        ("proc/net/tcp", sockets),
        ("proc/net/udp", "  sl  local_address rem_address   st\n"),
        ("sys/fs/cgroup/cgroup.controllers", "cpu memory\n"),
    ] {
        let file = root.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
}

#[test]
fn a_machine_is_looked_at_and_each_failure_told_with_what_to_do() {
    let me = person();
    let root = me.home().join("machine");
    machine(&root);
    let write = |path: &str, text: &str| std::fs::write(root.join(path), text).unwrap();
    let args = [
        "devstack",
        "check-host",
        "one.yaml",
        "--root",
        "machine",
        "-o",
        "json",
    ];
    let findings = |exit: i32| -> Vec<Value> {
        let output = me.run(&args);
        assert_eq!(output.status.code(), Some(exit), "{output:?}");
        let findings: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        // How much is free depends on the machine that the tests run on.
        findings
            .into_iter()
            .filter(|one| one["check"] != "disk")
            .collect()
    };
    let well = me.run(&args);
    let all: Vec<Value> = serde_json::from_slice(&well.stdout).unwrap();
    let ill: Vec<_> = all
        .iter()
        .filter(|one| one["state"] != "ok" && one["check"] != "disk")
        .collect();
    assert!(ill.is_empty(), "{ill:?}");

    write(
        "etc/os-release",
        "ID=ubuntu\nVERSION_ID=\"22.04\"\nVERSION_CODENAME=jammy\n",
    );
    write("proc/meminfo", "MemTotal: 4194304 kB\n");
    write(
        "proc/swaps",
        "Filename Type Size Used Priority\n/swapfile file 2097148 0 -2\n",
    );
    write("proc/sys/kernel/osrelease", "5.4.0-1-generic\n");
    // 26A2 is Tacker's 9890; 2118 is VXLAN's 8472.
    let listening = "sl local rem st\n 0: 00000000:26A2 00000000:0000 0A x\n";
    write("proc/net/tcp", listening);
    write(
        "proc/net/udp",
        "sl local rem st\n 0: 00000000:2118 00000000:0000 07 x\n",
    );
    std::fs::remove_file(root.join("sys/fs/cgroup/cgroup.controllers")).unwrap();
    let found = findings(1);
    let states: Vec<_> = found
        .iter()
        .filter(|one| one["state"] != "ok")
        .map(|one| {
            (
                one["check"].as_str().unwrap(),
                one["state"].as_str().unwrap(),
            )
        })
        .collect();
    let failed = |check| (check, "failed");
    assert_eq!(
        states,
        [
            failed("distribution"),
            failed("kernel"),
            failed("cgroups"),
            ("swap", "warning"),
            failed("memory"),
            failed("port"),
            failed("port"),
        ]
    );
    assert!(
        found
            .iter()
            .all(|one| one["state"] == "ok" || one["help"].is_string())
    );
    let text = serde_json::to_string(&found).unwrap();
    assert!(
        text.contains("9890/tcp is taken; it is for Tacker"),
        "{text}"
    );
    assert!(
        text.contains("5.4.0-1-generic; Cilium 1.20 needs 5.10"),
        "{text}"
    );
}

#[test]
fn this_machine_is_none_of_a_spec_of_others() {
    let me = person();
    let said = me.fails(3, &["devstack", "check-host", "hosts.yaml"]);
    assert!(said.contains("--host: controller, compute1"), "{said}");
    let said = me.fails(
        3,
        &["devstack", "check-host", "hosts.yaml", "--host", "compute9"],
    );
    assert!(said.contains("none of the spec's hosts"), "{said}");
    let output = me.run(&[
        "devstack",
        "generate",
        "--all-in-one",
        "one.yaml",
        "--check-host",
    ]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text.contains("192.0.2.10 is none of this machine's"),
        "{text}"
    );
    assert!(!me.home().join("one").exists());
}

#[test]
fn features_and_roles_decide_what_is_needed() {
    let read = |text: &str, layout| {
        let mut sink = Sink::default();
        devstack::parse(Utf8Path::new("d.yaml"), text, layout, &mut sink).unwrap()
    };
    let (ports, matrix) = (Ports::builtin().unwrap(), Matrix::builtin().unwrap());
    let facts = Facts {
        kernel: "5.15.0-91-generic".into(),
        machine: "x86_64".into(),
        release: ["rocky".into(), "9.4".into(), String::new()],
        processors: 4,
        memory: 8 << 30,
        cgroup2: true,
        taken: [(Protocol::Tcp, 6443)].into(),
        ..Facts::default()
    };
    let several = read(MULTI_NODE, Layout::Hosts);
    let failed = |host: usize| -> Vec<&str> {
        let host = &several.hosts[host];
        let findings = devstack::judge(&facts, &several, host, &ports, &matrix);
        let failed = findings
            .into_iter()
            .filter(|one| one.state == State::Failed);
        failed.map(|one| one.check).collect()
    };
    // A compute host of OpenStack may be of the other family, and has nothing on 6443.
    assert_eq!(failed(1), [""; 0]);
    assert_eq!(failed(3), ["distribution", "port"]);

    // Ubuntu 26.04 is newer than that branch of devstack.
    for (branch, expected) in [("master", State::Ok), ("stable/2026.1", State::Failed)] {
        let text = ALL_IN_ONE.replace("branch: master", &format!("branch: {branch}"));
        let one = read(&text, Layout::AllInOne);
        let mut facts = facts.clone();
        facts.release = ["ubuntu".into(), "26.04".into(), "resolute".into()];
        let findings = devstack::judge(&facts, &one, &one.hosts[0], &ports, &matrix);
        assert_eq!(findings[0].state, expected, "{branch}");
    }

    let netkit = ALL_IN_ONE.replace(
        "hubble: true}",
        "hubble: true, values: {bpf: {datapathMode: netkit}}}",
    );
    let one = read(&netkit, Layout::AllInOne);
    let findings = devstack::judge(&facts, &one, &one.hosts[0], &ports, &matrix);
    let kernels: Vec<_> = findings
        .iter()
        .filter(|one| one.check == "kernel")
        .collect();
    assert_eq!(kernels.len(), 2);
    assert_eq!(kernels[1].state, State::Failed);
    assert!(kernels[1].found.contains("netkit needs 6.8"), "{kernels:?}");
}

#[test]
fn the_table_of_ports_is_printed_whole_or_by_role() {
    let me = person();
    let all = me.json(&["devstack", "ports"]);
    let listeners = all.as_array().unwrap();
    let of = |port: u64| {
        let on = listeners.iter().filter(move |one| one["port"] == port);
        on.map(|one| one["program"].as_str().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(of(9890), ["Tacker", "Cilium's agent, gops"]);
    assert_eq!(of(2379).len(), 2);
    let worker = me.json(&["devstack", "ports", "--role", "kubernetes-worker"]);
    let worker = worker.as_array().unwrap();
    assert!(
        worker
            .iter()
            .all(|one| one["roles"].to_string().contains("kubernetes-worker"))
    );
    assert!(worker.len() < listeners.len());
    let said = me.fails(2, &["devstack", "ports", "--role", "master"]);
    assert!(said.contains("kubernetes-control-plane"), "{said}");
    insta::assert_snapshot!(me.does(&["devstack", "ports", "--role", "controller"]));
}
