//! A folder in which packages are made and checked.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;
use vnfctl::diagnose::Sink;
use vnfctl::package::plan::{Content, Entry, MODE_FILE};
use vnfctl::{package, spec};

/// The Heat template that tests declare parameters in.
pub(super) const TEMPLATE: &str = "BaseHOT/simple/simple.yaml";

/// A folder with packages in it.
pub(super) struct Bench(TempDir);

impl Bench {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Builds `web.zip`, whose Heat template declares `parameters` beside its own.
    pub(super) fn build(&self, parameters: &str) -> PathBuf {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/web.yaml");
        let text = fs::read_to_string(example).unwrap();
        let mut sink = Sink::default();
        let spec = spec::parse("web.yaml".into(), &text, &mut sink).unwrap();
        let mut plan = package::render(&spec).unwrap();
        let Content::Bytes(bytes) = plan.get(TEMPLATE.into()).unwrap().content.clone() else {
            panic!("the template is not rendered");
        };
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let text = text.replacen("\nconditions:", &format!("{parameters}\nconditions:"), 1);
        plan.insert(Entry {
            path: TEMPLATE.into(),
            mode: MODE_FILE,
            content: Content::Bytes(text.into_bytes()),
        });
        let out = self.0.path().join("web.zip");
        package::build(&plan, &out, &mut |_, _| {}).unwrap();
        out
    }

    /// Unpacks `web.zip` to the folder `web`.
    pub(super) fn unpack(&self) {
        let done = Command::new("python3")
            .args(["-m", "zipfile", "-e", "web.zip", "web"])
            .current_dir(self.0.path())
            .status();
        assert!(done.unwrap().success());
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub(super) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(super) fn validate(&self, words: &[&str]) -> Said {
        let done = Command::new(env!("CARGO_BIN_EXE_vnfctl"))
            .args(["package", "validate"])
            .args(words)
            .current_dir(self.0.path())
            .output();
        Said::from(done.unwrap())
    }
}

/// What the command said.
pub(super) struct Said {
    pub(super) code: Option<i32>,
    pub(super) out: String,
    pub(super) err: String,
}

impl From<Output> for Said {
    fn from(done: Output) -> Self {
        Self {
            code: done.status.code(),
            out: String::from_utf8(done.stdout).unwrap(),
            err: String::from_utf8(done.stderr).unwrap(),
        }
    }
}

impl Said {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap()
    }
}
