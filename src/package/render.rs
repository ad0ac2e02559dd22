//! From a spec to the plan of its package: the flavours' numbers, then file by file.

use std::fs::File;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use minijinja::value::Serde;
use minijinja::{Environment, Value};
use serde_json::json;

use super::flavours::{self, FlavourModel};
use super::plan::{self, Content, Entry, Identity, MODE_FILE, MODE_SCRIPT, Plan};
use super::templates::{self, Description, Rule, Source, TemplateError};
use crate::spec::{Image, Matrix, MatrixError, Metadata, Package};

/// The VNFM interface that packages are made for (SOL001 `vnfm_info`).
const VNFM_INFO: &str = "etsivnfm:v2.6.1";

/// Why a package cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The template is unknown, broken or incomplete.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The spec names a template that is made for another kind of spec.
    #[error("template `{template}` renders a {expected}, not this kind of spec")]
    Kind {
        /// The template.
        template: String,
        /// The kind it is for.
        expected: String,
    },
    /// The version matrix cannot be read or lacks what the spec needs.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// A file that the spec names cannot be read.
    #[error("cannot read {path}")]
    File {
        /// The file.
        path: Utf8PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
}

/// Renders a spec into the plan of its package with the templates compiled in.
///
/// # Errors
/// A template or a file that the spec names cannot be used.
pub fn render(spec: &Package) -> Result<Plan, RenderError> {
    render_with(spec, &Source::Builtin)
}

/// Renders a spec into the plan of its package.
///
/// # Errors
/// A template or a file that the spec names cannot be used.
pub fn render_with(spec: &Package, source: &Source) -> Result<Plan, RenderError> {
    let template = spec.template();
    let description = source.describe(template)?;
    if description.kind != kind(spec) {
        return Err(RenderError::Kind {
            template: template.into(),
            expected: description.kind,
        });
    }
    let flavours = flavours::of(spec);
    let image = match spec.image() {
        Some(image) => embedded(image)?,
        None => None,
    };
    let values = values(spec, &description, &flavours, image.as_ref())?;
    let metadata = spec.metadata();
    let mut plan = Plan::new(
        identity(metadata),
        format!("Definitions/{}.vnfd.yaml", metadata.name),
    );
    let renderer = Renderer {
        environment: templates::environment(),
        source,
        template,
    };
    for rule in &description.files {
        if rule.per_flavour {
            for flavour in &flavours {
                let mut values = values.clone();
                values["flavour"] = json!(flavour);
                renderer.file(rule, &Value::from(Serde(values)), &mut plan)?;
            }
        } else {
            renderer.file(rule, &Value::from(Serde(&values)), &mut plan)?;
        }
    }
    let file = spec.image().and_then(|image| image.file.as_ref());
    if let (Some(image), Some(path)) = (image, file) {
        plan.insert(Entry {
            path: image.path,
            mode: MODE_FILE,
            content: Content::File {
                path: path.into(),
                size: image.size,
            },
        });
    }
    Ok(plan)
}

fn kind(spec: &Package) -> &'static str {
    match spec {
        Package::Cluster(_) => "ClusterPackage",
        Package::Vm(_) => "VmPackage",
        Package::Container(_) => "ContainerPackage",
    }
}

struct Renderer<'r> {
    environment: Environment<'static>,
    source: &'r Source,
    template: &'r str,
}

impl Renderer<'_> {
    fn file(&self, rule: &Rule, values: &Value, plan: &mut Plan) -> Result<(), RenderError> {
        if let Some(when) = &rule.when
            && !self.holds(when, values)?
        {
            return Ok(());
        }
        let path = templates::render_text(
            &self.environment,
            templates::LIST,
            rule.destination.as_bytes(),
            values,
        )?;
        let mut bytes = self.source.file(self.template, &rule.source)?;
        if rule.source.ends_with(".j2") {
            bytes = templates::render_text(&self.environment, &rule.source, &bytes, values)?
                .into_bytes();
        }
        plan.insert(Entry {
            path: path.into(),
            mode: if rule.executable {
                MODE_SCRIPT
            } else {
                MODE_FILE
            },
            content: Content::Bytes(bytes),
        });
        Ok(())
    }

    fn holds(&self, when: &str, values: &Value) -> Result<bool, TemplateError> {
        self.environment
            .compile_expression(when)
            .and_then(|expression| expression.eval(values))
            .map(|value| value.is_true())
            .map_err(|source| TemplateError::Text {
                file: format!("template.yaml, `when: {when}`"),
                source,
            })
    }
}

/// An image that the package carries.
struct Embedded {
    path: Utf8PathBuf,
    size: u64,
}

/// Looks at the image; it is read when the package is written.
fn embedded(image: &Image) -> Result<Option<Embedded>, RenderError> {
    let Some(file) = &image.file else {
        return Ok(None);
    };
    // Asked before opening: opening a pipe would wait for its writer.
    let readable = std::fs::metadata(file).and_then(|metadata| {
        if !metadata.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        File::open(file)?;
        Ok(metadata.len())
    });
    let size = readable.map_err(|source| RenderError::File {
        path: file.clone(),
        source,
    })?;
    let path = Utf8Path::new("Files/images").join(file.file_name().unwrap_or("image"));
    Ok(Some(Embedded { path, size }))
}

fn values(
    spec: &Package,
    description: &Description,
    flavours: &[FlavourModel],
    image: Option<&Embedded>,
) -> Result<serde_json::Value, RenderError> {
    let metadata = spec.metadata();
    let of_image = spec.image();
    let mut values = json!({
        "name": metadata.name,
        "vnfd_id": metadata.vnfd_id,
        "provider": metadata.provider,
        "version": metadata.version,
        "description": metadata.description.as_ref().unwrap_or(&description.description),
        "node_type": format!("vnfctl.{}.VNF", metadata.name),
        "vnfm_info": VNFM_INFO,
        "hooks": description.hooks,
        "flavours": flavours,
        "cps": flavours::cps(flavours),
        "image": {
            "name": of_image.and_then(|image| image.name.as_ref()),
            "file": image.is_some(),
            "path": image.map(|i| &i.path),
            "size": image.map(|i| i.size),
            "sha256": image.map(|i| plan::stand_in(&i.path)),
            "disk_format": of_image.and_then(|image| image.disk_format.as_deref()).unwrap_or("qcow2"),
            "min_disk_gib": of_image.and_then(|image| image.min_disk_gib).unwrap_or(1),
        },
    });
    let own = match spec {
        Package::Vm(vm) => json!({"network": vm.network, "access": vm.access}),
        Package::Container(container) => json!({"container": container}),
        Package::Cluster(cluster) => {
            let versions = cluster.versions(&Matrix::builtin()?);
            json!({
                "network": cluster.network.name,
                "secured": cluster.network.port_security,
                "vnic_type": cluster.network.vnic_type,
                "node_rules": cluster.node_rules(),
                "allowed_addresses": cluster.allowed_addresses(),
                "manifests": cluster.manifests(),
                "access": cluster.access,
                "kubernetes": cluster.kubernetes,
                "runtime": {"name": cluster.runtime.name, "version": versions.runtime},
                "cilium": cluster.cilium,
                "cilium_cli": versions.cilium_cli,
                "crictl": versions.crictl,
                "gateway_api": versions.gateway_api,
                "helm_values": cluster.helm_values(),
                "mirror": {
                    // Without a mirror, the lock's paths begin with the hosts of the files.
                    "base": cluster.artifacts.mirror.as_ref().map_or("https://", url::Url::as_str),
                    "caFile": cluster.artifacts.ca_file,
                },
                "lock": cluster.artifacts.lock.artifacts,
                "timeouts": cluster.timeouts.seconds(),
                "apt": cluster.artifacts.apt.as_ref().map(|apt| json!({
                    "uri": apt.uri,
                    "suite": apt.suite,
                    "components": apt.components.join(" "),
                    "key": apt.key_text,
                })),
            })
        }
    };
    if let (Some(values), serde_json::Value::Object(own)) = (values.as_object_mut(), own) {
        values.extend(own);
    }
    Ok(values)
}

fn identity(metadata: &Metadata) -> Identity {
    Identity {
        vnfd_id: metadata.vnfd_id.to_string(),
        provider: metadata.provider.clone(),
        product_name: metadata.name.clone(),
        version: metadata.version.clone(),
        software_version: metadata.version.clone(),
        vnfm_info: vec![VNFM_INFO.into()],
    }
}
