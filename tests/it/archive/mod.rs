//! Package files: what is written, judged by other tools, and what is refused.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that fails is a test that fails"
)]

mod diff;
mod extract;
mod image;
mod inspect;
mod read;
mod rebuild;
mod types;
mod write;

use std::fs;
use std::path::Path;
use std::process::Command;

use vnfctl::package::plan::{Content, Entry, Identity, MODE_FILE, MODE_SCRIPT, Plan};

/// A plan with a VNFD, a script and, when given, an image.
fn plan(image: Option<&Path>) -> Plan {
    let identity = Identity {
        vnfd_id: "3f1c0e4c-0f5b-4d0e-9d44-6a8f6a8a0001".into(),
        provider: "Acme".into(),
        product_name: "Sample Cluster".into(),
        version: "1.1".into(),
        software_version: "1.0".into(),
        vnfm_info: vec!["etsivnfm:v2.6.1".into()],
    };
    let mut plan = Plan::new(identity, "Definitions/sample.vnfd.yaml");
    insert(
        &mut plan,
        "Scripts/node.sh",
        MODE_SCRIPT,
        "#!/bin/bash\ntrue\n",
    );
    insert(
        &mut plan,
        "Definitions/sample.vnfd.yaml",
        MODE_FILE,
        &"a: b\n".repeat(999),
    );
    insert(&mut plan, "Zed/empty.txt", MODE_FILE, "");
    if let Some(image) = image {
        plan.insert(Entry {
            path: "Files/disk.qcow2".into(),
            mode: MODE_FILE,
            content: Content::File {
                path: image.to_owned(),
                size: image.metadata().unwrap().len(),
            },
        });
    }
    plan
}

fn insert(plan: &mut Plan, path: &str, mode: u32, text: &str) {
    plan.insert(Entry {
        path: path.into(),
        mode,
        content: Content::Bytes(text.into()),
    });
}

/// Names of all that lies in `directory`, sorted.
fn names_in(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Runs a Python program with arguments and returns what it prints.
fn python(program: &str, arguments: &[&Path]) -> String {
    let output = Command::new("python3")
        .args(["-c", program])
        .args(arguments)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}
