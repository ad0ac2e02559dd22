//! How a package with a fault comes about.

use std::fs;
use std::path::{Path, PathBuf};

use camino::Utf8Path;
use serde::Deserialize;
use vnfctl::diagnose::Sink;
use vnfctl::package::plan::{Content, Entry, MODE_FILE, Plan};
use vnfctl::package::tree::Tree as _;
use vnfctl::package::{self, templates};
use vnfctl::spec;

const TOP: &str = "Definitions/demo.vnfd.yaml";

fn path(file: &str) -> &str {
    match file {
        "top" => TOP,
        "types" => "Definitions/demo_types.yaml",
        "flavour" => "Definitions/df_simple.yaml",
        path => path,
    }
}

/// The package that a mutant starts from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Base {
    /// Template plain-vm.
    #[default]
    Plain,
    /// Template plain-vm with an embedded image.
    Image,
    /// Template k8s-cilium, with hooks; only its flavour `simple`.
    Cluster,
    /// Template cnf-sample.
    Container,
}

/// Returns the plans of all of them; an image that is embedded lies in `home`.
pub(super) fn plans(home: &Path) -> Vec<(Base, Plan)> {
    let bases = [Base::Plain, Base::Image, Base::Cluster, Base::Container];
    bases.map(|base| (base, base.plan(home))).into()
}

/// A change of one file, which is named by its path or as `top`, `types` or `flavour`.
#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(super) enum Edit {
    /// Puts the second text in the place of the first, which must be there.
    Replace {
        file: String,
        replace: String,
        by: String,
    },
    /// Adds text at the end.
    Append { file: String, append: String },
    /// Adds a file.
    Add { file: String, add: String },
    /// Takes a file away.
    Remove { file: String, remove: bool },
    /// Puts a file elsewhere.
    Move {
        file: String,
        #[serde(rename = "move")]
        to: String,
    },
}

/// A package with a fault, or with something that is none.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Mutant {
    pub(super) name: String,
    #[serde(default)]
    pub(super) base: Base,
    edits: Vec<Edit>,
    /// Exactly the codes that it is found by.
    pub(super) codes: Vec<String>,
    /// What goes wrong is no matter of what the v2 API reads, but of what it does with it, or
    /// nothing goes wrong with what it reads otherwise.
    #[serde(default, rename = "beyondReading")]
    pub(super) is_beyond_reading: bool,
}

impl Mutant {
    /// Tells whether the verdict depends on a server.
    pub(super) fn is_of_the_network(&self) -> bool {
        self.codes.iter().any(|code| code.ends_with("-url"))
    }

    /// Builds it in `home` out of the plan of its base.
    pub(super) fn build(&self, home: &Path, plans: &[(Base, Plan)]) -> PathBuf {
        let plan = plans.iter().find(|(base, _)| *base == self.base);
        let mut plan = plan.unwrap().1.clone();
        for edit in &self.edits {
            plan = edit.apply(plan, &self.name);
        }
        write(&plan, &home.join(format!("{}.zip", self.name)))
    }
}

impl Base {
    fn plan(self, home: &Path) -> Plan {
        let template = match self {
            Self::Plain | Self::Image => "plain-vm",
            Self::Cluster => "k8s-cilium",
            Self::Container => "cnf-sample",
        };
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLE person@example.org";
        let mut text = templates::starter(template, "demo", templates::Keys::public(key)).unwrap();
        if self == Self::Image {
            let image = home.join("disk.qcow2");
            fs::write(&image, "abc").unwrap();
            let named = format!("name: debian-12\n  file: {}", image.display());
            text = text.replace("name: debian-12", &named);
        }
        let id = text.lines().find(|line| line.contains("vnfdId:")).unwrap();
        let text = text.replace(id, "  vnfdId: 6e4b3071-66ba-4e1d-9b45-8c9c7a4e0d12");
        let mut sink = Sink::default();
        let spec = spec::parse("spec.yaml".into(), &text, &mut sink);
        let plan = package::render(&spec.unwrap_or_else(|| panic!("{sink:?}"))).unwrap();
        match self {
            Self::Cluster => simple_only(&plan),
            _ => plan,
        }
    }
}

/// Leaves one flavour of a cluster, so that one edit is enough for a fault of all.
fn simple_only(plan: &Plan) -> Plan {
    let others = ["ha", "single"];
    let is_other = |path: &Utf8Path| {
        others.iter().any(|other| {
            path == format!("Definitions/df_{other}.yaml")
                || path.starts_with(format!("BaseHOT/{other}"))
        })
    };
    let mut left = Plan::new(plan.identity.clone(), &*plan.entry_definitions);
    for entry in plan.entries().iter().filter(|entry| !is_other(&entry.path)) {
        left.insert(entry.clone());
    }
    for other in others {
        left = Edit::replaced(&left, TOP, &format!("  - df_{other}.yaml\n"), "");
    }
    left = Edit::replaced(&left, TOP, "flavour_id: ha\n", "flavour_id: simple\n");
    left
}

impl Edit {
    fn apply(&self, plan: Plan, name: &str) -> Plan {
        match self {
            Self::Replace { file, replace, by } => {
                let file = path(file);
                let text = text(&plan, file);
                assert!(
                    text.contains(replace.as_str()),
                    "{name}: `{replace}` is not in {file}:\n{text}"
                );
                Self::replaced(&plan, file, replace, by)
            }
            Self::Append { file, append } => {
                let text = text(&plan, path(file)) + append;
                with(plan, path(file), text)
            }
            Self::Add { file, add } => with(plan, path(file), add.clone()),
            Self::Remove { file, remove } => {
                assert!(remove, "{name}: what is kept is no edit");
                without(&plan, path(file))
            }
            Self::Move { file, to } => {
                let text = text(&plan, path(file));
                with(without(&plan, path(file)), to, text)
            }
        }
    }

    fn replaced(plan: &Plan, file: &str, from: &str, to: &str) -> Plan {
        let text = text(plan, file).replacen(from, to, 1);
        with(plan.clone(), file, text)
    }
}

fn without(plan: &Plan, file: &str) -> Plan {
    let mut left = Plan::new(plan.identity.clone(), &*plan.entry_definitions);
    for entry in plan.entries().iter().filter(|entry| entry.path != file) {
        left.insert(entry.clone());
    }
    left
}

fn text(plan: &Plan, file: &str) -> String {
    let bytes = plan.read(Utf8Path::new(file), 1 << 20);
    String::from_utf8(bytes.unwrap_or_else(|_| panic!("there is no {file}"))).unwrap()
}

pub(super) fn with(mut plan: Plan, file: &str, text: String) -> Plan {
    plan.insert(Entry {
        path: file.into(),
        mode: MODE_FILE,
        content: Content::Bytes(text.into()),
    });
    plan
}

/// Writes a package.
pub(super) fn write(plan: &Plan, zip: &Path) -> PathBuf {
    package::build(plan, zip, &mut |_, _| {}).unwrap();
    zip.to_owned()
}
