//! The reference of the spec and the table of versions, written from types and data.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use vnfctl::spec::{self, Matrix, RuntimeName};

const HEAD: &str = "# A cluster's spec

Every key of a `ClusterPackage`. `vnfctl package new k8s-cilium NAME` writes one with the usual keys;
the files in `examples/` have more. A key without a default may be left out, unless it must be given; a
key that is not here is refused. What does not go together is refused with its reason:
[diagnostics](diagnostics.md). Which versions do: [versions](versions.md).

Written from the types by `VNFCTL_WRITE_DOCS=1 cargo nextest run documentation`.
";

const VERSIONS: &str = "# Versions

Which versions `vnfctl` lets a spec combine, and what it takes where a spec names none. Written from
`src/spec/matrix.yaml` by `VNFCTL_WRITE_DOCS=1 cargo nextest run documentation`.
";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Compares a file with what it should be, or writes it when that is asked for.
fn compare(file: &str, text: &str) {
    let path = root().join(file);
    if std::env::var_os("VNFCTL_WRITE_DOCS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == text,
        "{file} is out of date: run this test with VNFCTL_WRITE_DOCS=1"
    );
}

#[test]
fn reference_is_what_the_types_say() {
    let mut reference = Reference {
        schema: spec::cluster_schema(),
        text: HEAD.to_owned(),
        used: used_keys(),
    };
    let root = reference.schema.clone();
    reference.section("", &root);
    compare("docs/cluster-spec.md", &reference.text);
}

struct Reference {
    schema: Value,
    text: String,
    /// Paths of keys, and the examples that have them.
    used: BTreeMap<String, BTreeSet<String>>,
}

impl Reference {
    /// One table for a map, then one for each map in it.
    fn section(&mut self, path: &str, schema: &Value) {
        let title = if path.is_empty() { "The whole" } else { path };
        let meaning = sentence(schema);
        let _ = write!(self.text, "\n## {title}\n\n{meaning}\n");
        if let Some(examples) = self.used.get(path) {
            let links: Vec<_> = examples
                .iter()
                .map(|name| format!("[{name}](../examples/{name}.yaml)"))
                .collect();
            let _ = write!(self.text, "\nExamples: {}.\n", links.join(", "));
        }
        self.text += "\n| key | type | default | meaning |\n|---|---|---|---|\n";
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let properties = schema["properties"].as_object().unwrap().clone();
        let mut inner = Vec::new();
        for (key, property) in &properties {
            let description = sentence(property);
            assert!(!description.is_empty(), "{path}.{key} is not described");
            let default = match property.get("default") {
                _ if required.contains(&Value::from(key.as_str())) => "must be given".to_owned(),
                None | Some(Value::Null) => String::new(),
                Some(default) => self.default(property, default),
            };
            let (kind, words, below) = self.kind(property);
            let _ = writeln!(
                self.text,
                "| `{key}` | {kind} | {default} | {description}{words} |"
            );
            if let Some((mark, below)) = below {
                inner.push((join(path, key) + mark, below));
            }
        }
        for (path, schema) in inner {
            self.section(&path, &schema);
        }
    }

    /// A default; that of a map is in the map's own table.
    fn default(&self, property: &Value, default: &Value) -> String {
        match default {
            Value::Object(map) if map.is_empty() => "none".to_owned(),
            Value::Object(_) => {
                assert!(self.kind(property).2.is_some(), "{property}");
                "see below".to_owned()
            }
            Value::Array(items) if items.is_empty() => "none".to_owned(),
            Value::String(text) => format!("`{text}`"),
            other => format!("`{other}`"),
        }
    }

    /// A property's type, what its values mean, and the map that it is or has.
    fn kind(&self, schema: &Value) -> (String, String, Option<(&'static str, Value)>) {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap();
            return self.kind(&self.schema["$defs"][name]);
        }
        if let Some(any) = schema["anyOf"].as_array() {
            let mut kinds: Vec<_> = any
                .iter()
                .filter(|one| one["type"] != "null")
                .map(|one| self.kind(one))
                .collect();
            let names: Vec<_> = kinds.iter().map(|(kind, ..)| kind.clone()).collect();
            let words = kinds.iter().map(|(_, words, _)| words.as_str()).collect();
            let below = kinds.iter_mut().find_map(|(.., below)| below.take());
            return (names.join(", or "), words, below);
        }
        if let Some(variants) = schema["oneOf"].as_array() {
            let named = variants.iter().map(|variant| {
                let name = variant["const"].as_str().unwrap();
                format!("<br>`{name}`: {}", sentence(variant))
            });
            return ("name".to_owned(), named.collect(), None);
        }
        let kind = schema["type"]
            .as_str()
            .or_else(|| schema["type"][0].as_str());
        match kind.unwrap_or("any") {
            "object" if schema["properties"].is_object() => {
                ("map".to_owned(), String::new(), Some(("", schema.clone())))
            }
            "object" => ("map".to_owned(), String::new(), None),
            "array" => {
                let (kind, words, below) = self.kind(&schema["items"]);
                (
                    format!("list of {kind}s"),
                    words,
                    below.map(|(_, map)| ("[]", map)),
                )
            }
            "integer" => ("number".to_owned(), String::new(), None),
            "string" => ("text".to_owned(), String::new(), None),
            other => (other.to_owned(), String::new(), None),
        }
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// A docstring on one line of a table, without links into the code.
fn sentence(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    let text = text.replace('\n', " ").replace('|', "\\|");
    // What it is in the code is nothing to who writes a spec.
    text.replace(", which is [`super::API_VERSION`]", "")
}

/// The paths of all keys that the examples have, without positions in lists.
fn used_keys() -> BTreeMap<String, BTreeSet<String>> {
    let mut used = BTreeMap::new();
    let folder = root().join("examples");
    for (folder, prefix) in [(folder.clone(), ""), (folder.join("cilium"), "cilium/")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path
                .extension()
                .is_some_and(|extension| extension == "yaml")
            {
                let value: Value =
                    serde_yaml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
                if value["kind"] == "ClusterPackage" {
                    let name = format!("{prefix}{}", path.file_stem().unwrap().display());
                    walk("", &value, &name, &mut used);
                }
            }
        }
    }
    used
}

fn walk(path: &str, value: &Value, name: &str, used: &mut BTreeMap<String, BTreeSet<String>>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let path = join(path, key);
                // Those that nearly every spec has would list every example.
                if path.starts_with("cilium.") || (path == "network" && value.is_object()) {
                    let examples = used.entry(path.clone()).or_default();
                    examples.insert(name.to_owned());
                }
                walk(&path, value, name, used);
            }
        }
        Value::Array(items) => {
            for item in items {
                walk(&format!("{path}[]"), item, name, used);
            }
        }
        _ => {}
    }
}

#[test]
fn table_of_versions_is_what_the_matrix_says() {
    let matrix = Matrix::builtin().unwrap();
    let mut text = VERSIONS.to_owned();
    text += "\n## Kubernetes, Cilium and runtimes\n\nA minor past its end is still built, with a warning.\n\n\
             | Kubernetes | maintained until | Cilium | CRI-O | containerd | crictl |\n\
             |---|---|---|---|---|---|\n";
    for minor in matrix.kubernetes() {
        let runtime = |name| matrix.runtime(minor, name).unwrap();
        let _ = writeln!(
            text,
            "| {minor} | {} | {} | {} | {} | {} |",
            matrix.end_of_life(minor).unwrap(),
            matrix.cilium(minor).unwrap().join(", "),
            runtime(RuntimeName::Crio),
            runtime(RuntimeName::Containerd),
            matrix.crictl(minor).unwrap(),
        );
    }
    let _ = write!(
        text,
        "\ncilium-cli is {}; containerd comes with runc {} and the CNI plugins {}. On a devstack, etcd is \
         {} and the pause image {}.\n\n## Cilium\n\n| Cilium | oldest kernel | Gateway API |\n|---|---|---|\n",
        matrix.cilium_cli, matrix.runc, matrix.cni_plugins, matrix.etcd, matrix.pause
    );
    for minor in matrix.cilium_lines() {
        let kernel = matrix.kernel(minor).unwrap();
        let gateway = matrix.gateway_api(minor).unwrap();
        let _ = writeln!(text, "| {minor} | {kernel} | {gateway} |");
    }
    text += "\n## Kernels\n\nWith `image.os`, a spec's features are compared with the kernel of the image.\n\n\
             | `image.os` | kernel |\n|---|---|\n";
    for (os, kernel) in &matrix.distributions {
        let _ = writeln!(text, "| `{os}` | {kernel} |");
    }
    text += "\n| feature | Helm value | kernel |\n|---|---|---|\n";
    for feature in &matrix.features {
        let is = feature
            .is
            .as_str()
            .map_or(feature.is.to_string(), Into::into);
        let _ = writeln!(
            text,
            "| {} | `{}: {is}` | {} |",
            feature.name, feature.value, feature.kernel
        );
    }
    text += "\n## Helm values that are gone\n\n| value | since | instead |\n|---|---|---|\n";
    for removed in &matrix.removed {
        let _ = writeln!(
            text,
            "| `{}` | {} | {} |",
            removed.value, removed.since, removed.instead
        );
    }
    let _ = write!(text, "\n## Sources\n\nRead on {}.\n\n", matrix.read);
    for source in &matrix.sources {
        let _ = writeln!(text, "- {}: {}", source.page, source.tells);
    }
    compare("docs/versions.md", &text);
}
