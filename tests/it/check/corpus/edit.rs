//! How a package with a fault comes about.

use std::fs;
use std::path::{Path, PathBuf};

use camino::Utf8Path;
use vnfctl::diagnose::Sink;
use vnfctl::package::plan::{Content, Entry, MODE_FILE, Plan};
use vnfctl::package::tree::Tree as _;
use vnfctl::package::{self, templates};
use vnfctl::spec;

pub(super) const TOP: &str = "Definitions/demo.vnfd.yaml";
pub(super) const TYPES: &str = "Definitions/demo_types.yaml";
pub(super) const DF: &str = "Definitions/df_simple.yaml";

/// The package that a mutant starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// Template plain-vm.
    Plain,
    /// Template plain-vm with an embedded image.
    Image,
    /// Template k8s-cilium, with hooks; only its flavour `simple`.
    Cluster,
}

/// All of them.
pub(super) const BASES: [Base; 3] = [Base::Plain, Base::Image, Base::Cluster];

/// A change of one file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Edit {
    /// Puts the second text in the place of the first, which must be there.
    Replace(&'static str, &'static str, &'static str),
    /// Adds text at the end.
    Append(&'static str, &'static str),
    /// Adds a file.
    Add(&'static str, &'static str),
    /// Takes a file away.
    Remove(&'static str),
    /// Puts a file elsewhere.
    Move(&'static str, &'static str),
}

/// A package with a fault, or with something that is none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mutant {
    pub(super) name: &'static str,
    pub(super) base: Base,
    pub(super) edits: &'static [Edit],
    /// Exactly the codes that it is found by.
    pub(super) codes: &'static [&'static str],
    /// What goes wrong is no matter of what the v2 API reads, but of what it does with it, or
    /// nothing goes wrong with what it reads otherwise.
    pub(super) is_beyond_reading: bool,
}

impl Mutant {
    pub(super) const fn new(
        name: &'static str,
        base: Base,
        edits: &'static [Edit],
        codes: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            base,
            edits,
            codes,
            is_beyond_reading: false,
        }
    }

    pub(super) const fn beyond_reading(mut self) -> Self {
        self.is_beyond_reading = true;
        self
    }

    /// Tells whether the verdict depends on a server.
    pub(super) fn is_of_the_network(&self) -> bool {
        self.codes.iter().any(|code| code.ends_with("-url"))
    }

    pub(super) fn build(&self, home: &Path) -> PathBuf {
        let mut plan = self.base.plan(home);
        for edit in self.edits {
            plan = edit.apply(plan, self.name);
        }
        write(&plan, &home.join(format!("{}.zip", self.name)))
    }
}

impl Base {
    pub(super) fn build(self, home: &Path) -> PathBuf {
        write(&self.plan(home), &home.join(format!("base-{self:?}.zip")))
    }

    fn plan(self, home: &Path) -> Plan {
        let template = match self {
            Self::Plain | Self::Image => "plain-vm",
            Self::Cluster => "k8s-cilium",
        };
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLE person@example.org";
        let mut text = templates::starter(template, "demo", Some(key)).unwrap();
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
    fn apply(self, plan: Plan, name: &str) -> Plan {
        match self {
            Self::Replace(file, from, to) => {
                let text = text(&plan, file);
                assert!(
                    text.contains(from),
                    "{name}: `{from}` is not in {file}:\n{text}"
                );
                Self::replaced(&plan, file, from, to)
            }
            Self::Append(file, more) => {
                let text = text(&plan, file) + more;
                with(plan, file, text)
            }
            Self::Add(file, content) => with(plan, file, content.to_owned()),
            Self::Remove(file) => without(&plan, file),
            Self::Move(file, to) => with(without(&plan, file), to, text(&plan, file)),
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

fn with(mut plan: Plan, file: &str, text: String) -> Plan {
    plan.insert(Entry {
        path: file.into(),
        mode: MODE_FILE,
        content: Content::Bytes(text.into()),
    });
    plan
}

fn write(plan: &Plan, zip: &Path) -> PathBuf {
    package::build(plan, zip, &mut |_, _| {}).unwrap();
    zip.to_owned()
}
