//! Somebody who follows a guide word by word: types its commands in a shell, writes and changes the files
//! that it shows.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_yaml::{Mapping, Value};

use super::page::{Block, Page, Step, root};

/// Keys of a cluster's spec that are the site's, of which the lab has its own.
const SITE: [&str; 2] = ["image", "network"];
/// The lab's flavor for nodes.
const FLAVOR: &str = "lab.node";

/// Guides that are followed without a cloud.
pub(super) const ANYWHERE: [&str; 3] = ["one-node.md", "several-nodes.md", "security.md"];
/// Guides that are followed on the lab.
pub(super) const ON_THE_LAB: [&str; 3] =
    ["cluster-from-package.md", "heal-and-scale.md", "cilium.md"];

pub(super) struct Follower {
    /// Where they work.
    pub(super) folder: PathBuf,
    pub(super) home: PathBuf,
    pub(super) cloud: Option<String>,
    /// The lab's own spec of a cluster, whose image, network and mirror take the place of a guide's.
    pub(super) lab: Option<Mapping>,
}

impl Follower {
    /// Runs a script where they work.
    pub(super) fn shell(&self, script: &str) -> Output {
        let program = Path::new(env!("CARGO_BIN_EXE_vnfctl")).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail", "-c", script])
            .env("PATH", format!("{}:{path}", program.display()))
            .env("HOME", &self.home)
            .env_remove("XDG_CACHE_HOME")
            .env_remove("XDG_STATE_HOME")
            .env_remove("KUBECONFIG")
            .current_dir(&self.folder);
        if let Some(cloud) = &self.cloud {
            bash.env("OS_CLOUD", cloud);
        }
        bash.output().unwrap()
    }

    /// Does all that a guide says in those of its sections; every command must end with 0.
    pub(super) fn follow(&self, guide: &str, sections: impl Fn(&str) -> bool) {
        let page = Page::read(&root().join("docs/guides").join(guide));
        let mut typed = 0;
        for block in &page.blocks {
            let Block {
                step,
                needs: None,
                section,
            } = block
            else {
                continue;
            };
            if !sections(section) {
                continue;
            }
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
        let kept = self.home.join("variables");
        let kept = kept.display();
        let script = format!("touch {kept}; source {kept}; set -a\n{command}\nexport -p >{kept}");
        let begun = std::time::Instant::now();
        let output = self.shell(&script);
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        let name = page.name();
        println!("{name}: {command} ({:.1} s)", begun.elapsed().as_secs_f64());
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
        if let Some(lab) = &self.lab {
            for key in SITE {
                if wanted.get(key).is_some() {
                    wanted[key] = lab[key].clone();
                }
            }
            // The makers' hosts are out of reach: the lab's mirror brings a lock of its own.
            wanted["artifacts"] = lab["artifacts"].clone();
            if let Some(flavours) = wanted.get_mut("flavours") {
                use_flavor(flavours);
            }
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
