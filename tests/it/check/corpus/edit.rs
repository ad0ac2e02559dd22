//! How a package with a fault comes about.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use camino::Utf8Path;
use serde::Deserialize;
use vnfctl::diagnose::Sink;
use vnfctl::package::plan::{Content, Entry, Identity, MODE_FILE, Plan};
use vnfctl::package::tree::Tree as _;
use vnfctl::package::{self, templates};
use vnfctl::spec;

use crate::check::examples::Change;

const TOP: &str = "Definitions/demo.vnfd.yaml";

fn path(file: &str) -> &str {
    match file {
        "top" => TOP,
        "types" => "Definitions/demo_types.yaml",
        "flavour" => "Definitions/df_simple.yaml",
        "hot" => "BaseHOT/simple/simple.yaml",
        "nested" => "BaseHOT/simple/nested/machine.yaml",
        "meta" => "TOSCA-Metadata/TOSCA.meta",
        "manifest" => "demo.mf",
        path => path,
    }
}

/// The package that a mutant starts from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::check) enum Base {
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
pub(in crate::check) fn plans(home: &Path) -> Vec<(Base, Plan)> {
    let bases = [Base::Plain, Base::Image, Base::Cluster, Base::Container];
    bases.map(|base| (base, base.plan(home))).into()
}

/// A change of one file, which is named by its path or by what it is: `top`, `types`, `flavour`,
/// `hot`, `nested`, and once the package is written `meta` or `manifest`.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(in crate::check) enum Edit {
    /// Puts the second text in the place of the first, which must be there.
    Replace {
        file: String,
        replace: String,
        by: String,
    },
    /// Puts the second text in the place of the first wherever that is.
    ReplaceAll {
        file: String,
        #[serde(rename = "replaceAll")]
        replace: String,
        by: String,
    },
    /// Adds text at the end.
    Append { file: String, append: String },
    /// Adds a file.
    Add { file: String, add: String },
    /// Takes a file away.
    Remove { file: String, remove: bool },
    /// Gives a file these permission bits.
    Mode { file: String, mode: String },
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
pub(in crate::check) struct Mutant {
    pub(in crate::check) name: String,
    #[serde(default)]
    pub(in crate::check) base: Base,
    /// What the base has as well, for the fault to be one.
    #[serde(default)]
    with: Vec<Edit>,
    #[serde(default)]
    edits: Vec<Edit>,
    /// What is changed in the package once it is written, manifest and all.
    #[serde(default)]
    after: Vec<Edit>,
    /// Exactly the codes that it is found by.
    pub(in crate::check) codes: Vec<String>,
    /// It is the documentation's example of its first code; otherwise the first with no other code
    /// beside is.
    #[serde(default, rename = "example")]
    pub(in crate::check) is_example: bool,
    /// What goes wrong is no matter of what the v2 API reads, but of what it does with it, or
    /// nothing goes wrong with what it reads otherwise.
    #[serde(default, rename = "beyondReading")]
    pub(in crate::check) is_beyond_reading: bool,
}

impl Mutant {
    /// Tells whether the verdict depends on a server.
    pub(in crate::check) fn is_of_the_network(&self) -> bool {
        self.codes.iter().any(|code| code.ends_with("-url"))
    }

    /// Builds it in `home` out of the plan of its base.
    pub(in crate::check) fn build(&self, home: &Path, plans: &[(Base, Plan)]) -> PathBuf {
        self.built(home, plans).0
    }

    /// Builds it and tells what was changed.
    pub(in crate::check) fn built(
        &self,
        home: &Path,
        plans: &[(Base, Plan)],
    ) -> (PathBuf, Vec<Change>) {
        let plan = plans.iter().find(|(base, _)| *base == self.base);
        let sound = edited(&plan.unwrap().1, &self.with, &self.name);
        let plan = edited(&sound, &self.edits, &self.name);
        let mut changes = changes(&sound, &plan);
        let zip = write(&plan, &home.join(format!("{}.zip", self.name)));
        if !self.after.is_empty() {
            let written = read_back(&zip);
            let plan = edited(&written, &self.after, &self.name);
            let plan = with_digest_of_meta(&written, plan);
            changes.extend(self::changes(&written, &plan));
            pack(&plan, &zip);
        }
        (zip, changes)
    }
}

/// Applies edits one after the other.
pub(in crate::check) fn edited(plan: &Plan, edits: &[Edit], name: &str) -> Plan {
    let edits = edits.iter();
    edits.fold(plan.clone(), |plan, edit| edit.apply(plan, name))
}

/// The files in which two plans differ.
pub(in crate::check) fn changes(before: &Plan, after: &Plan) -> Vec<Change> {
    let files = |plan: &Plan| -> BTreeMap<String, (Vec<u8>, u32)> {
        let files = plan.entries().iter().filter_map(|entry| {
            let Content::Bytes(bytes) = &entry.content else {
                return None;
            };
            Some((entry.path.to_string(), (bytes.to_vec(), entry.mode)))
        });
        files.collect()
    };
    let (before, after) = (files(before), files(after));
    let paths: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let changed = paths
        .into_iter()
        .filter(|path| before.get(*path) != after.get(*path));
    changed
        .map(|path| {
            let (old, new) = (before.get(path), after.get(path));
            let text = |file: Option<&(Vec<u8>, u32)>| {
                file.map(|(bytes, _)| String::from_utf8(bytes.clone()).unwrap())
            };
            Change {
                file: path.clone(),
                before: text(old),
                after: text(new),
                modes: old.zip(new).map(|((_, old), (_, new))| [*old, *new]),
            }
        })
        .collect()
}

/// Puts the digest of `TOSCA.meta` as it is now into the manifest: a fault of the one is none of
/// the other.
fn with_digest_of_meta(written: &Plan, plan: Plan) -> Plan {
    let [meta, manifest] = ["meta", "manifest"].map(path);
    let digest = |plan: &Plan| plan.sha256(meta.into());
    let (Ok(old), Ok(new), Some(_)) = (digest(written), digest(&plan), plan.get(manifest.into()))
    else {
        return plan;
    };
    let text = text(&plan, manifest).replace(&old, &new);
    with(plan, manifest, text)
}

/// A written package as a plan, manifest and all.
fn read_back(zip: &Path) -> Plan {
    let tree = package::open(zip).unwrap();
    let mut plan = folder();
    for path in tree.paths() {
        let bytes = tree.read(&path, 16 << 20).unwrap();
        plan.insert(Entry {
            mode: tree.mode(&path).unwrap_or(MODE_FILE),
            path,
            content: Content::Bytes(bytes),
        });
    }
    plan
}

/// A plan without files.
pub(in crate::check) fn folder() -> Plan {
    let identity = Identity {
        vnfd_id: String::new(),
        provider: String::new(),
        product_name: String::new(),
        version: String::new(),
        software_version: String::new(),
        vnfm_info: Vec::new(),
    };
    Plan::new(identity, TOP)
}

/// Packs files as they are, without writing a manifest.
pub(in crate::check) fn pack(plan: &Plan, zip: &Path) {
    let mut archive = zip::ZipWriter::new(fs::File::create(zip).unwrap());
    for entry in plan.entries() {
        let Content::Bytes(bytes) = &entry.content else {
            panic!("{} is not read back", entry.path);
        };
        let options = zip::write::SimpleFileOptions::default().unix_permissions(entry.mode);
        archive.start_file(entry.path.as_str(), options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap();
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
            Self::ReplaceAll { file, replace, by } => {
                let text = text(&plan, path(file)).replace(replace, by);
                with(plan, path(file), text)
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
            Self::Mode { file, mode } => {
                let mut entry = plan.get(path(file).into()).unwrap().clone();
                entry.mode = u32::from_str_radix(mode, 8).unwrap();
                let mut plan = plan;
                plan.insert(entry);
                plan
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

pub(in crate::check) fn with(mut plan: Plan, file: &str, bytes: impl Into<Vec<u8>>) -> Plan {
    let mode = plan.get(file.into()).map_or(MODE_FILE, |entry| entry.mode);
    plan.insert(Entry {
        path: file.into(),
        mode,
        content: Content::Bytes(bytes.into()),
    });
    plan
}

/// Writes a package.
pub(in crate::check) fn write(plan: &Plan, zip: &Path) -> PathBuf {
    package::build(plan, zip, &mut |_, _| {}).unwrap();
    zip.to_owned()
}
