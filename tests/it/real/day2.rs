//! What a person does with a cluster on a real Tacker: keys that live in Barbican alone, operations
//! and logins by certificates of minutes, the administrator's kubeconfig, and a VIM of the cluster.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::lab::{CLUSTER, Sweep, end, folder, onboard, servers};
use super::{Person, Stage};

/// Reads a kubeconfig with the real kubectl, which must be its user's alone to read.
fn admitted(file: &Path) -> Value {
    let mode = std::fs::metadata(file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // As the cluster's API is pretended, what kubectl makes of the file counts, not what it gets.
    let output = Command::new("kubectl")
        .args(["config", "view", "--raw", "-o", "json", "--kubeconfig"])
        .arg(file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Has a person of the test cloud play, where its servers can be entered.
fn play(it: impl FnOnce(&Person<'_>)) {
    if let Some(stage) = Stage::with_nodes() {
        it(&stage.person());
    }
}

/// Makes a key pair with OpenSSH's own tool.
fn keygen(file: &Path) {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(file)
        .status()
        .unwrap();
    assert!(made.success());
}

#[test]
fn a_key_of_key_create_opens_the_nodes_and_brings_out_the_kubeconfig() {
    play(|me| {
        let name = format!("day2-{}", uuid::Uuid::new_v4().simple());
        let public = me.does(&["key", "create", &name]);
        let lab_key = std::fs::read_to_string(folder().join("data/userKey.pub")).unwrap();
        let file = format!("keyFile: {}", folder().join("data/userKey").display());
        onboard(
            me,
            &[
                (&file, &format!("keySecret: {name}")),
                (lab_key.trim(), public.trim()),
            ],
        );
        let _sweep = Sweep(me);
        me.does(&[
            "instantiate",
            CLUSTER,
            "--name",
            CLUSTER,
            "--flavour",
            "single",
        ]);

        // Merged into what is there, which stays.
        let config = me.home.join(".kube/config");
        std::fs::create_dir(config.parent().unwrap()).unwrap();
        let own = "apiVersion: v1\nkind: Config\ncurrent-context: home\n\
               contexts: [{name: home, context: {cluster: home, user: me}}]\n\
               clusters: [{name: home, cluster: {server: 'https://home'}}]\nusers: [{name: me, user: {}}]\n";
        std::fs::write(&config, own).unwrap();
        for _ in 0..2 {
            me.does(&["kubeconfig", CLUSTER, "--merge"]);
            let merged = admitted(&config);
            assert_eq!(merged["current-context"], "home");
            let contexts = merged["contexts"].as_array().unwrap();
            let contexts: Vec<_> = contexts.iter().map(|one| &one["name"]).collect();
            // kubectl sorts what it shows.
            assert_eq!(contexts, [CLUSTER, "home"]);
        }
        let file = me.home.join("edge.yaml");
        let out = file.to_str().unwrap();
        me.does(&["kubeconfig", CLUSTER, "-o", out, "--server", "203.0.113.7"]);
        let written = admitted(&file);
        assert_eq!(written["current-context"], CLUSTER);
        let cluster = &written["clusters"][0]["cluster"];
        assert_eq!(cluster["server"], "https://203.0.113.7:6443");

        // A key that the nodes do not know does not get in, whatever the host key.
        let stranger = me.home.join("stranger");
        keygen(&stranger);
        let words = me.run(&[
            "kubeconfig",
            CLUSTER,
            "--identity",
            stranger.to_str().unwrap(),
        ]);
        assert_eq!(words.status.code(), Some(5), "{words:?}");
        assert_eq!(words.stdout, b"", "nothing is printed");

        // Tacker itself logs in with the account's token when it registers the cluster.
        let vim = format!("vim-{name}");
        me.does(&["vim", "add", &vim, "--from-cluster", CLUSTER]);
        let shown = me.json(&["vim", "show", &vim]);
        assert_eq!(shown["type"], "kubernetes");
        let regions = &shown["placement_attr"]["regions"];
        assert_eq!(regions[0], "default", "{shown}");
        me.does(&["vim", "delete", &vim]);
        end(me);
        me.does(&["key", "delete", &name]);
    });
}

/// Tacker has so many workers; the lab's own way in, by a key alone, is shut.
fn has_workers(me: &Person<'_>, workers: usize) {
    let servers = servers(me, CLUSTER);
    let there = servers.iter().filter(|(vdu, _)| vdu == "worker").count();
    assert_eq!(there, workers);
}

#[test]
fn a_certificate_of_each_operation_opens_the_nodes_on_a_real_tacker() {
    play(|me| {
        let ca = me.home.join("ca");
        keygen(&ca);
        let ca = ca.to_str().unwrap();
        let authority = std::fs::read_to_string(format!("{ca}.pub")).unwrap();
        let file = format!("keyFile: {}", folder().join("data/userKey").display());
        let with = format!("{file}\n  certificateAuthority: {}", authority.trim());
        onboard(me, &[(&file, &with)]);
        let _sweep = Sweep(me);

        let signed = |rest: &[&str]| me.does(&[rest, &["--ssh-ca", ca]].concat());
        signed(&[
            "instantiate",
            CLUSTER,
            "--name",
            CLUSTER,
            "--flavour",
            "simple",
        ]);
        has_workers(me, 1);
        signed(&["scale", CLUSTER, "--out", "1"]);
        has_workers(me, 2);
        let text = signed(&["kubeconfig", CLUSTER]);
        assert!(text.contains(&format!("current-context: {CLUSTER}")));
        let words = me.run(&["kubeconfig", CLUSTER]);
        let words = String::from_utf8(words.stderr).unwrap();
        assert!(words.contains("--ssh-ca FILE"), "{words}");
        end(me);
    });
}
