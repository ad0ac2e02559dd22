//! The guides, word by word: every command that a guide tells a person to type is typed here, on the
//! lab, by the shell. What a person would set for a site of their own is set for the lab.

use std::path::Path;

use super::super::follower::{Follower, ON_THE_LAB};
use super::Stage;
use super::lab;

/// Takes away what a guide that was left half-way made, whatever it calls its VNFs and packages: this
/// project has nothing else.
struct Clean<'a>(&'a Follower);

const CLEAN: &str = r#"
vnfctl op list -o json | python3 -c 'import json, sys
for op in json.load(sys.stdin):
    if op["operationState"] == "FAILED_TEMP":
        print("rollback" if op["operation"] == "INSTANTIATE" else "fail", op["id"])' |
    while read -r how op; do vnfctl op "$how" "$op"; done
for vnf in $(vnfctl list -o name); do vnfctl terminate "$vnf" --delete; done
for package in $(vnfctl package list -o name); do vnfctl package delete "$package"; done
for key in $(vnfctl key list -o name); do vnfctl key delete "$key"; done"#;

impl Drop for Clean<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("cleaning up: {:?}", self.0.shell(CLEAN));
        }
    }
}

/// Somebody with an empty folder beside the lab's mirror.
fn newcomer(stage: &Stage) -> Follower {
    // The lab's mirror goes on serving it when the test is over.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guides");
    // What an earlier run left would stand in the way of commands that never overwrite.
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    let spec = lab::lab(&["cluster", folder.to_str().unwrap()]);
    let text = std::fs::read_to_string(&spec).unwrap();
    std::fs::remove_file(&spec).unwrap();
    Follower {
        folder,
        home: stage.home.path().to_owned(),
        cloud: Some(stage.cloud.clone()),
        lab: Some(serde_yaml::from_str(&text).unwrap()),
    }
}

#[test]
fn a_cluster_comes_out_of_a_package_and_is_kept_as_the_guides_say() {
    let Some(stage) = Stage::with_nodes() else {
        return;
    };
    let person = newcomer(&stage);
    let _clean = Clean(&person);
    let is_end = |section: &str| section.ends_with("The end");
    // The others go on from what the first has made.
    let [cluster, others @ ..] = ON_THE_LAB;
    person.follow(cluster, |section| !is_end(section));
    for guide in others {
        person.follow(guide, |_| true);
    }
    person.follow(cluster, is_end);
}
