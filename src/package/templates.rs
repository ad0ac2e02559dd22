//! The package templates that come with this program, and their rendering into a plan.
//!
//! A template is data: `template.yaml` names its files, which are rendered strictly, so
//! that a name that is missing fails the build and does not end up as nothing.

use camino::Utf8PathBuf;
use include_dir::{Dir, include_dir};
use minijinja::{Environment, UndefinedBehavior, context};
use serde::Deserialize;

use super::plan::{Content, Entry, Identity, MODE_FILE, Plan};
use crate::spec::{Template, VnfPackage};

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/vnf-templates");
static TOSCA: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/tosca");

/// Names of the templates.
pub const NAMES: [&str; 1] = ["plain-vm"];

/// Why a package cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template's text does not render.
    #[error("template file {file} does not render")]
    Template {
        /// The file.
        file: String,
        /// Line and reason.
        #[source]
        source: minijinja::Error,
    },
    /// The template lacks a file or its description.
    #[error("template `{template}` is incomplete: {what}")]
    Incomplete {
        /// The template.
        template: String,
        /// What is wrong.
        what: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    #[serde(rename = "description")]
    _description: String,
    files: Vec<FileRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRule {
    source: String,
    destination: String,
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment
}

fn text(template: &str, file: &str) -> Result<&'static str, RenderError> {
    TEMPLATES
        .get_file(format!("{template}/{file}"))
        .and_then(include_dir::File::contents_utf8)
        .ok_or_else(|| RenderError::Incomplete {
            template: template.into(),
            what: format!("there is no file `{file}`"),
        })
}

fn render_str(file: &str, source: &str, values: &minijinja::Value) -> Result<String, RenderError> {
    environment()
        .render_str(source, values)
        .map_err(|source| RenderError::Template {
            file: file.into(),
            source,
        })
}

/// Returns a commented spec for `template`, with a new VNFD id.
///
/// # Errors
/// The template is unknown or broken.
pub fn starter(template: &str, name: &str) -> Result<String, RenderError> {
    let values = context! { name, vnfd_id => uuid::Uuid::new_v4().to_string() };
    render_str("spec.yaml.j2", text(template, "spec.yaml.j2")?, &values)
}

/// Renders a spec into the plan of its package.
///
/// # Errors
/// The template is broken.
pub fn render(spec: &VnfPackage) -> Result<Plan, RenderError> {
    let template = match spec.template {
        Template::PlainVm => "plain-vm",
    };
    let values = values(spec);
    let description: Description =
        serde_yaml::from_str(text(template, "template.yaml")?).map_err(|e| {
            RenderError::Incomplete {
                template: template.into(),
                what: e.to_string(),
            }
        })?;
    let mut plan = Plan::new(
        identity(spec),
        format!("Definitions/{}.vnfd.yaml", spec.metadata.name),
    );
    for file in &TOSCA
        .files()
        .filter(|f| f.path().extension().is_some_and(|e| e == "yaml"))
        .collect::<Vec<_>>()
    {
        let name = file.path().to_string_lossy();
        insert(
            &mut plan,
            format!("Definitions/{name}"),
            file.contents().to_vec(),
        );
    }
    for rule in &description.files {
        let destination = render_str("template.yaml", &rule.destination, &values)?;
        let rendered = render_str(&rule.source, text(template, &rule.source)?, &values)?;
        // The renderer drops a text's last line end.
        insert(
            &mut plan,
            destination,
            format!("{}\n", rendered.trim_end()).into_bytes(),
        );
    }
    Ok(plan)
}

fn insert(plan: &mut Plan, path: String, bytes: Vec<u8>) {
    plan.insert(Entry {
        path: Utf8PathBuf::from(path),
        mode: MODE_FILE,
        content: Content::Bytes(bytes),
    });
}

fn values(spec: &VnfPackage) -> minijinja::Value {
    let metadata = &spec.metadata;
    let count = spec.vm.count;
    context! {
        name => metadata.name.as_str(),
        provider => metadata.provider.as_str(),
        version => metadata.version.as_str(),
        vnfd_id => metadata.vnfd_id.to_string(),
        node_type => format!("{}.VNF", metadata.name),
        flavours => ["simple"],
        image => spec.vm.image.as_str(),
        flavor => spec.vm.flavor.as_str(),
        network => spec.vm.network.as_str(),
        count => context! { min => count.min, initial => count.initial, max => count.max },
    }
}

fn identity(spec: &VnfPackage) -> Identity {
    let metadata = &spec.metadata;
    Identity {
        vnfd_id: metadata.vnfd_id.to_string(),
        provider: metadata.provider.clone(),
        product_name: metadata.name.clone(),
        version: metadata.version.clone(),
        software_version: metadata.version.clone(),
        vnfm_info: vec!["Tacker".into()],
    }
}
