//! The package templates: those compiled in, or a folder of a person's own.
//!
//! A template is data. `template.yaml` lists the files of the package, `*.j2` are rendered
//! strictly, so that a name that is missing fails the build and does not end up as nothing.

use std::path::PathBuf;

use include_dir::{Dir, include_dir};
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use serde::Deserialize;

use super::plan::{Content, Entry, Identity, MODE_FILE, Plan};
use crate::diagnose::instead_of;

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/vnf-templates");
static TOSCA: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/tosca");
static MGMT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scripts/mgmt");
static NODE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scripts/node");

/// The list of a template's files, whose texts are single lines.
pub(super) const LIST: &str = "template.yaml";
/// Names of the templates compiled in.
pub const NAMES: [&str; 3] = ["k8s-cilium", "plain-vm", "cnf-sample"];

/// Where templates come from.
#[derive(Debug, Clone, Default)]
pub enum Source {
    /// Compiled into the program.
    #[default]
    Builtin,
    /// A folder with one subfolder per template; files it lacks come from the program.
    Folder(PathBuf),
}

/// Why a package cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// There is no such template.
    #[error("there is no template `{0}`; {known}", known = instead_of(.0, &NAMES))]
    Unknown(String),
    /// The template's list names a file that is nowhere.
    #[error("template `{template}` lacks its file `{file}`")]
    Missing {
        /// The template.
        template: String,
        /// The file as the list names it.
        file: String,
    },
    /// A file of the folder is there and cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
    /// `template.yaml` is malformed.
    #[error("`{template}/template.yaml` cannot be read")]
    Description {
        /// The template.
        template: String,
        /// Line and reason.
        #[source]
        source: serde_yaml::Error,
    },
    /// A file's text does not render.
    #[error("template file `{file}` does not render")]
    Text {
        /// The file.
        file: String,
        /// Line and reason.
        #[source]
        source: minijinja::Error,
    },
}

/// What `template.yaml` says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Description {
    /// One sentence for people; also the VNFD's description when a spec has none.
    pub(super) description: String,
    /// The kind of spec that it renders.
    pub(super) kind: String,
    /// Lifecycle hooks that run the management script.
    #[serde(default)]
    pub(super) hooks: Vec<String>,
    /// The package's files.
    pub(super) files: Vec<Rule>,
}

/// One file of the package, or one per flavour.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Rule {
    /// File of the template, of `shared/`, `tosca/` or `scripts/`.
    pub(super) source: String,
    /// Path in the package; rendered.
    pub(super) destination: String,
    /// Renders it once for every flavour.
    #[serde(default)]
    pub(super) per_flavour: bool,
    /// Expression that must be true for the file to be there.
    #[serde(default)]
    pub(super) when: Option<String>,
    /// Makes it executable.
    #[serde(default)]
    pub(super) executable: bool,
}

impl Source {
    /// Reads a template's description.
    pub(super) fn describe(&self, template: &str) -> Result<Description, TemplateError> {
        let bytes = match self.file(template, LIST) {
            Err(TemplateError::Missing { .. }) => {
                return Err(TemplateError::Unknown(template.into()));
            }
            other => other?,
        };
        serde_yaml::from_slice(&bytes).map_err(|source| TemplateError::Description {
            template: template.into(),
            source,
        })
    }

    /// Returns the bytes of `file` as a template's list names it.
    pub(super) fn file(&self, template: &str, file: &str) -> Result<Vec<u8>, TemplateError> {
        let path = match file.split_once('/') {
            Some(("shared" | "tosca" | "scripts", _)) => file.to_owned(),
            _ => format!("{template}/{file}"),
        };
        if let Self::Folder(folder) = self {
            let own = folder.join(&path);
            match std::fs::read(&own) {
                Ok(bytes) => return Ok(bytes),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(source) => return Err(TemplateError::Unreadable { path: own, source }),
            }
        }
        let found = if let Some(rest) = path.strip_prefix("tosca/") {
            TOSCA.get_file(rest)
        } else if let Some(rest) = path.strip_prefix("scripts/mgmt/") {
            MGMT.get_file(rest)
        } else if let Some(rest) = path.strip_prefix("scripts/node/") {
            NODE.get_file(rest)
        } else {
            TEMPLATES.get_file(&path)
        };
        found
            .map(|file| file.contents().to_vec())
            .ok_or_else(|| TemplateError::Missing {
                template: template.into(),
                file: file.into(),
            })
    }
}

/// A package that holds the types of SOL001 as ETSI publishes them, and nothing else.
#[must_use]
pub fn standard_types() -> Plan {
    const ENTRY: &str = "Definitions/sol001.yaml";
    let mut plan = Plan::new(Identity::default(), ENTRY);
    let mut put = |path: &str, bytes: Vec<u8>| {
        plan.insert(Entry {
            path: path.into(),
            mode: MODE_FILE,
            content: Content::Bytes(bytes),
        });
    };
    let mut top = "tosca_definitions_version: tosca_simple_yaml_1_2\nimports:\n".to_owned();
    for file in TOSCA.files() {
        let name = file.path().to_string_lossy();
        top += &format!("  - {name}\n");
        put(&format!("Definitions/{name}"), file.contents().to_vec());
    }
    put(ENTRY, top.into_bytes());
    super::with_meta(&plan)
}

/// Returns the renderer that all templates use.
pub(super) fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // Values are quoted where they need it, by `quote`; escaping by file name would add to that.
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    // YAML's double-quoted scalars are a superset of JSON's strings.
    environment.add_filter("quote", |text: String| {
        serde_json::Value::String(text).to_string()
    });
    environment.add_filter("json", |value: Serde<serde_json::Value>| {
        value.0.to_string()
    });
    environment
}

/// Renders `bytes` of `file`, which must be text.
pub(super) fn render_text(
    environment: &Environment<'_>,
    file: &str,
    bytes: &[u8],
    values: &Value,
) -> Result<String, TemplateError> {
    let failed = |source| TemplateError::Text {
        file: file.into(),
        source,
    };
    let text = std::str::from_utf8(bytes).map_err(|error| {
        failed(minijinja::Error::new(
            minijinja::ErrorKind::SyntaxError,
            error.to_string(),
        ))
    })?;
    environment
        .render_named_str(file, text, values)
        .map_err(failed)
        // The renderer drops a text's last line end.
        .map(|text| if file == LIST { text } else { text + "\n" })
}

/// The key that a new spec's nodes are entered with.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keys<'a> {
    /// The line of its public half, for `access.publicKey`.
    pub public: Option<&'a str>,
    /// The secret in Barbican that has its private half, for `access.keySecret`.
    pub secret: Option<&'a str>,
}

impl<'a> Keys<'a> {
    /// Nodes that let in whoever has the private half of `line`.
    #[must_use]
    pub fn public(line: &'a str) -> Self {
        Self {
            public: Some(line),
            secret: None,
        }
    }
}

/// Returns a commented spec for `template` with a new VNFD id; the keys go into it.
///
/// # Errors
/// The template is unknown or broken.
pub fn starter(template: &str, name: &str, keys: Keys<'_>) -> Result<String, TemplateError> {
    let source = Source::Builtin;
    source.describe(template)?;
    let values = context! {
        name, public_key => keys.public, key_secret => keys.secret, vnfd_id => uuid::Uuid::new_v4().to_string(),
    };
    let bytes = source.file(template, "spec.yaml.j2")?;
    render_text(&environment(), "spec.yaml.j2", &bytes, &values)
}
