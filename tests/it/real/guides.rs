//! The guides, word by word: every command that a guide tells a person to type is typed here, on the
//! lab, by the shell. What a person would set for a site of their own is set for the lab.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_yaml::{Mapping, Value};

use super::super::page::{Block, Page, Step, root};
use super::Stage;
use super::lab;

/// Keys of a cluster's spec that are the site's, of which the lab has its own.
const SITE: [&str; 2] = ["image", "network"];
/// The lab's flavor for nodes.
const FLAVOR: &str = "lab.node";

/// Somebody who follows a guide.
struct Follower<'a> {
    stage: &'a Stage,
    /// Where they work. The lab's mirror goes on serving it when the test is over.
    folder: PathBuf,
    /// The lab's own spec of a cluster.
    lab: Mapping,
}

/// Takes away what a guide that was left half-way made.
struct Clean<'a>(&'a Follower<'a>);

impl Drop for Clean<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // Whatever the guide calls its VNFs and packages: this project has nothing else.
            let script = "for op in $(vnfctl op list -o json | \
                 python3 -c 'import json, sys
for op in json.load(sys.stdin):
    if op[\"operationState\"] == \"FAILED_TEMP\": print(op[\"id\"])'); do vnfctl op fail $op; done
                 for vnf in $(vnfctl list -o name); do vnfctl terminate $vnf --delete; done
                 for package in $(vnfctl package list -o name); do vnfctl package delete $package; done
                 for key in $(vnfctl key list -o name); do vnfctl key delete $key; done";
            let output = self.0.shell(script);
            eprintln!("cleaning up: {output:?}");
        }
    }
}

impl<'a> Follower<'a> {
    fn new(stage: &'a Stage, name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("guide-{name}"));
        // What an earlier run left would stand in the way of commands that never overwrite.
        if folder.exists() {
            std::fs::remove_dir_all(&folder).unwrap();
        }
        let spec = lab::lab(&["cluster", folder.to_str().unwrap()]);
        let text = std::fs::read_to_string(&spec).unwrap();
        std::fs::remove_file(&spec).unwrap();
        let lab = serde_yaml::from_str(&text).unwrap();
        Self { stage, folder, lab }
    }

    fn shell(&self, script: &str) -> std::process::Output {
        let program = Path::new(env!("CARGO_BIN_EXE_vnfctl"));
        let path = std::env::var("PATH").unwrap();
        Command::new("bash")
            .args(["-euo", "pipefail", "-c", script])
            .env(
                "PATH",
                format!("{}:{path}", program.parent().unwrap().display()),
            )
            .env("OS_CLOUD", &self.stage.cloud)
            .env("HOME", self.stage.home.path())
            .env_remove("XDG_CACHE_HOME")
            .env_remove("XDG_STATE_HOME")
            .env_remove("KUBECONFIG")
            .current_dir(&self.folder)
            .output()
            .unwrap()
    }

    /// Does all that the guide says; the commands must end with 0.
    fn follow(&self, guide: &str) {
        let _clean = Clean(self);
        let page = Page::read(&root().join("docs/guides").join(guide));
        let mut typed = 0;
        for block in &page.blocks {
            let Block { step, needs: None } = block else {
                continue;
            };
            match step {
                Step::Write { file, text } => {
                    std::fs::write(self.folder.join(file), text).unwrap();
                }
                Step::Edit { file, text } => self.edit(file, text),
                Step::Type(commands) => {
                    for command in commands {
                        typed += 1;
                        self.types(&page, command);
                    }
                }
            }
        }
        assert!(typed > 0, "{guide} tells nobody to do anything");
    }

    /// Variables that a command sets are there for the next one.
    fn types(&self, page: &Page, command: &str) {
        let kept = self.stage.home.path().join("variables");
        let kept = kept.display();
        let script = format!("touch {kept}; source {kept}; set -a\n{command}\nexport -p >{kept}");
        let begun = std::time::Instant::now();
        let output = self.shell(&script);
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        let name = page.name();
        println!(
            "{name}: {command} ({:.1} s)",
            begun.elapsed().as_secs_f64()
        );
        assert!(
            output.status.success(),
            "{name}: `{command}` ended with {}:\n{out}{err}",
            output.status
        );
    }

    /// Sets what a guide shows in a file, with the lab's own image, network, flavors and mirror.
    fn edit(&self, file: &str, text: &str) {
        let path = self.folder.join(file);
        let before = std::fs::read_to_string(&path).unwrap();
        let mut spec: Value = serde_yaml::from_str(&before).unwrap();
        let mut wanted: Value = serde_yaml::from_str(text).unwrap();
        for key in SITE {
            if wanted.get(key).is_some() {
                wanted[key] = self.lab[key].clone();
            }
        }
        // The makers' hosts are out of reach: the lab's mirror brings a lock of its own.
        wanted["artifacts"] = self.lab["artifacts"].clone();
        if let Some(flavours) = wanted.get_mut("flavours") {
            use_flavor(flavours);
        }
        merge(&mut spec, wanted);
        std::fs::write(&path, serde_yaml::to_string(&spec).unwrap()).unwrap();
    }
}

/// Has all nodes use the lab's flavor.
fn use_flavor(value: &mut Value) {
    let Value::Mapping(map) = value else { return };
    for (key, value) in map {
        if key == "controlPlane" || key == "flavor" {
            *value = FLAVOR.into();
        } else {
            use_flavor(value);
        }
    }
}

/// Puts `new` over `old`: keys that it has not stay; `flavours` is replaced, for a spec has those
/// that it names and no others.
fn merge(old: &mut Value, new: Value) {
    match (old, new) {
        (Value::Mapping(old), Value::Mapping(new)) => {
            for (key, value) in new {
                match old.get_mut(&key) {
                    Some(there) if key != "flavours" && !SITE.iter().any(|site| key == *site) => {
                        merge(there, value);
                    }
                    _ => {
                        old.insert(key, value);
                    }
                }
            }
        }
        (old, new) => *old = new,
    }
}

#[test]
fn a_cluster_comes_out_of_a_package_as_its_guide_says() {
    if let Some(stage) = Stage::with_nodes() {
        Follower::new(&stage, "package").follow("cluster-from-package.md");
    }
}
