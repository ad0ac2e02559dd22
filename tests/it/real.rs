//! The main job on a real Tacker, by the program as a person runs it: build, push,
//! instantiate, scale out, heal one, heal all, scale in, terminate, delete.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

mod access;
mod alerts;
mod cluster;
mod cnf;
mod day2;
mod elder;
mod exporter;
mod faults;
mod guides;
mod heat;
mod journal;
mod lab;
mod management;
mod mesh;
mod moving;
mod nodes;
mod notifications;
mod planning;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// The cloud of clouds.yaml to use; none skips the test, unless one is required.
fn cloud() -> Option<String> {
    match std::env::var("VNFCTL_TEST_CLOUD") {
        Ok(name) if !name.is_empty() => Some(name),
        _ if std::env::var_os("VNFCTL_REQUIRE_REAL").is_some() => {
            panic!("VNFCTL_REQUIRE_REAL is set, but VNFCTL_TEST_CLOUD names no cloud")
        }
        _ => None,
    }
}

struct Person<'a> {
    cloud: &'a str,
    home: &'a Path,
}

/// Where a person plays: the test cloud, and a home that goes with the test.
struct Stage {
    cloud: String,
    home: tempfile::TempDir,
}

impl Stage {
    /// Nothing where no cloud is named, which leaves the test out.
    fn new() -> Option<Self> {
        Some(Self {
            cloud: cloud()?,
            home: tempfile::tempdir().unwrap(),
        })
    }

    /// The same, where the cloud's servers can be entered as well.
    fn with_nodes() -> Option<Self> {
        Self::new().filter(|_| lab::nodes())
    }

    fn person(&self) -> Person<'_> {
        Person {
            cloud: &self.cloud,
            home: self.home.path(),
        }
    }
}

impl Person<'_> {
    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_vnfctl"))
            .args(args)
            .env("OS_CLOUD", self.cloud)
            .env("HOME", self.home)
            .env_remove("XDG_CACHE_HOME")
            .env_remove("XDG_STATE_HOME")
            .current_dir(self.home)
            .output()
            .unwrap()
    }

    fn does(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "vnfctl {args:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn edits(&self, spec: &str, from: &str, to: &str) {
        let path = self.home.join(spec);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from} is not in {text}");
        std::fs::write(&path, text.replace(from, to)).unwrap();
    }

    fn json(&self, args: &[&str]) -> Value {
        let mut args = args.to_vec();
        args.extend(["-o", "json"]);
        serde_json::from_str(&self.does(&args)).unwrap()
    }

    fn vnfcs(&self, vnf: &str) -> Vec<String> {
        let shown = self.json(&["show", vnf]);
        let infos = shown["instantiatedVnfInfo"]["vnfcInfo"].as_array().unwrap();
        infos
            .iter()
            .map(|info| info["id"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// Takes away what a failed run leaves in the cloud, so that the next one finds it clean.
struct Cleanup<'a>(&'a Person<'a>, &'a str);

impl Drop for Cleanup<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for args in [
                &["terminate", self.1, "--delete"][..],
                &["package", "delete", self.1],
            ] {
                let output = self.0.run(args);
                eprintln!(
                    "cleaning up, vnfctl {args:?}: {}",
                    String::from_utf8_lossy(&output.stderr)
                );
            }
        }
    }
}

#[test]
fn a_vnf_lives_its_whole_life_on_a_real_tacker() {
    let Some(stage) = Stage::new() else { return };
    let me = stage.person();
    let name = format!("life-{}", &uuid::Uuid::new_v4().simple().to_string()[..8]);
    let spec = format!("{name}.yaml");
    let package = format!("{name}.zip");

    me.does(&["package", "new", "plain-vm", &name]);
    for (default, of_the_lab) in [
        ("name: debian-12", "name: cirros-0.5.2-x86_64-disk"),
        ("network: private", "network: net0"),
        ("flavor: m1.small", "flavor: lab.fake"),
        ("initial: 2", "initial: 1"),
    ] {
        me.edits(&spec, default, of_the_lab);
    }
    me.does(&["package", "build", &spec]);
    let pushed = me.json(&["package", "push", &package]);
    assert_eq!(pushed["onboardingState"], "ONBOARDED");
    let _cleanup = Cleanup(&me, &name);

    me.does(&["instantiate", &name, "--name", &name]);
    assert_eq!(me.vnfcs(&name).len(), 1);

    me.does(&["scale", &name, "--out", "2"]);
    let before = me.vnfcs(&name);
    assert_eq!(before.len(), 3);

    me.does(&["heal", &name, "--vnfc", &before[0]]);
    let after = me.vnfcs(&name);
    assert_eq!(after.len(), 3);
    let kept = before.iter().filter(|id| after.contains(id)).count();
    assert_eq!(
        kept, 2,
        "one VNFC is replaced and two are kept: {before:?} {after:?}"
    );

    me.does(&["heal", &name]);
    let healed = me.vnfcs(&name);
    assert_eq!(healed.len(), 3);
    assert!(healed.iter().all(|id| !after.contains(id)), "{healed:?}");

    me.does(&["scale", &name, "--to", "2"]);
    assert_eq!(me.vnfcs(&name).len(), 2);

    let beyond = me.run(&["scale", &name, "--out", "9"]);
    assert_eq!(beyond.status.code(), Some(2), "{beyond:?}");

    me.does(&["terminate", &name, "--delete"]);
    assert_eq!(me.run(&["show", &name]).status.code(), Some(3));
    me.does(&["package", "delete", &name]);
    assert_eq!(me.run(&["package", "show", &name]).status.code(), Some(3));
}

#[test]
fn a_vnf_scales_to_fifty_on_a_real_tacker() {
    let Some(stage) = Stage::new() else { return };
    let me = stage.person();
    let name = format!("fifty-{}", &uuid::Uuid::new_v4().simple().to_string()[..8]);
    me.does(&["package", "new", "plain-vm", &name]);
    for (default, of_the_lab) in [
        ("name: debian-12", "name: cirros-0.5.2-x86_64-disk"),
        ("network: private", "network: net0"),
        ("flavor: m1.small", "flavor: lab.fake"),
        ("initial: 2", "initial: 1"),
        ("max: 10", "max: 50"),
    ] {
        me.edits(&format!("{name}.yaml"), default, of_the_lab);
    }
    me.does(&["package", "build", &format!("{name}.yaml")]);
    me.does(&["package", "push", &format!("{name}.zip")]);
    let _cleanup = Cleanup(&me, &name);

    me.does(&["instantiate", &name, "--name", &name]);
    me.does(&["scale", &name, "--out", "49"]);
    assert_eq!(me.vnfcs(&name).len(), 50);

    me.does(&["scale", &name, "--to", "1"]);
    assert_eq!(me.vnfcs(&name).len(), 1);
    me.does(&["terminate", &name, "--delete"]);
    me.does(&["package", "delete", &name]);
}

#[test]
fn a_package_that_tacker_drops_silently_is_a_failure_here() {
    let Some(stage) = Stage::new() else { return };
    let me = stage.person();
    std::fs::write(me.home.join("broken.zip"), b"this is no archive").unwrap();
    let output = me.run(&["package", "push", "broken.zip", "--skip-checks"]);
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(words.contains("refused the package"), "{words}");
}
