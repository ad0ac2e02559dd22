//! The package's identity: the properties of the VNF's node that Tacker stores.

use super::Template;
use super::service::{Service, Topology};
use crate::diagnose::{Diagnostic, Sink, Span};
use crate::tosca::types::{Def, is_truthy};
use crate::yaml::{Kind, Node, Value};

/// What identifies a VNFD, as Tacker stores it.
#[derive(Debug)]
pub(in crate::tosca) struct Identity {
    pub(in crate::tosca) id: String,
    pub(in crate::tosca) provider: String,
    pub(in crate::tosca) product_name: String,
    pub(in crate::tosca) software_version: String,
    pub(in crate::tosca) version: String,
}

/// Reads it from the first node of the top file that is a VNF, or reports why it cannot be.
pub(in crate::tosca) fn read(service: &Service<'_>, sink: &mut Sink) -> Option<Identity> {
    let top = service
        .topologies
        .first()
        .filter(|topology| topology.mapped.is_none());
    let vnf = top.and_then(|top| top.vnfs(service).next());
    let found = vnf.and_then(|vnf| {
        let properties = vnf.at.node.get("properties")?;
        (is_truthy(properties) && properties.is_mapping()).then_some((vnf, properties))
    });
    let Some((vnf, properties)) = found else {
        if service.is_whole {
            sink.push(missing(service, top, vnf));
        }
        return None;
    };
    let def = service.node_type(&vnf)?;
    let mut reader = Reader {
        service,
        vnf: &vnf,
        def,
        properties,
        sink,
    };
    // All are asked before any is unwrapped, so that every fault shows in one run.
    let fields = [
        reader.text("descriptor_id", false),
        reader.text("provider", false),
        reader.text("product_name", true),
        reader.text("software_version", false),
        reader.text("descriptor_version", true),
    ];
    let [
        Some(id),
        Some(provider),
        Some(product_name),
        Some(software_version),
        Some(version),
    ] = fields
    else {
        return None;
    };
    Some(Identity {
        id,
        provider,
        product_name,
        software_version,
        version,
    })
}

fn missing(
    service: &Service<'_>,
    top: Option<&Topology<'_>>,
    vnf: Option<Template<'_>>,
) -> Diagnostic {
    let file = &service.top.file;
    if let Some(vnf) = vnf {
        let message = format!("the VNF's node `{}` has no properties", vnf.name);
        return Diagnostic::error("vnfd-vnf-node-missing", file, vnf.key, message)
            .why("Tacker rejects it: VNF properties are mandatory")
            .help("add the VNF's identity as properties");
    }
    let key = service.top.root.key_span("topology_template");
    let span = key.unwrap_or_else(|| {
        let root = &service.top.root;
        root.entries()
            .first()
            .map_or(root.span, |(key, _)| key.span)
    });
    let finding = Diagnostic::error(
        "vnfd-vnf-node-missing",
        file,
        span,
        "no node template is a VNF with properties",
    )
    .why(
        "Tacker looks for a node whose type is tosca.nodes.nfv.VNF or derives from it directly, \
         and rejects the package: VNF properties are mandatory",
    );
    let far = top.into_iter().flat_map(Topology::nodes).find_map(|node| {
        let def = service.node_type(&node)?;
        service
            .types
            .is_a(def, "tosca.nodes.nfv.VNF")
            .then_some((node, def))
    });
    match far {
        Some((node, def)) => finding
            .label(def.body.file, def.key, "derives from it over another type")
            .help(format!(
                "let the type of `{}` derive from tosca.nodes.nfv.VNF directly",
                node.name
            )),
        None => {
            finding.help("add a node template of the VNF's type with its identity as properties")
        }
    }
}

/// Checks the type of the VNF's node: Tacker reads its own section `properties`, whatever it
/// inherits.
pub(super) fn check(service: &Service<'_>, sink: &mut Sink) {
    let top = service
        .topologies
        .first()
        .filter(|topology| topology.mapped.is_none());
    let vnf = top.and_then(|top| top.vnfs(service).next());
    let Some(def) = vnf.and_then(|vnf| service.node_type(&vnf)) else {
        return;
    };
    if def
        .body
        .node
        .get("properties")
        .is_some_and(Node::is_mapping)
    {
        return;
    }
    let message = format!("the type `{}` has no `properties` of its own", def.name);
    sink.push(
        Diagnostic::error("vnfd-vnf-type-properties", def.body.file, def.key, message)
            .why("Tacker looks for descriptor_id in them and ends with a KeyError")
            .help("declare `descriptor_id` in it"),
    );
}

struct Reader<'c, 'd> {
    service: &'c Service<'d>,
    vnf: &'c Template<'d>,
    def: Def<'d>,
    properties: &'d Node,
    sink: &'c mut Sink,
}

impl<'d> Reader<'_, 'd> {
    /// Reads one property. `joined` says that Tacker joins it with other text; the others it
    /// turns into text when they are numbers.
    fn text(&mut self, key: &str, joined: bool) -> Option<String> {
        let own = self.properties.get(key).filter(|value| !value.is_null());
        let value = match own {
            Some(call) if key == "descriptor_id" && call.is_mapping() => self.default(key, call),
            own => own,
        };
        let Some(value) = value else {
            if own.is_none() {
                let span = self.vnf.place_of("properties");
                self.fault(key, span, "missing", None, None);
            }
            return None;
        };
        let Kind::Scalar {
            value: kind, text, ..
        } = &value.kind
        else {
            let help = "write a literal in quotes; get_input is resolved for descriptor_id only";
            self.fault(
                key,
                value.span,
                value.type_name(),
                Some(help.to_owned()),
                None,
            );
            return None;
        };
        match kind {
            Value::Str => {}
            Value::Int(_) | Value::Float(_) | Value::Bool(_) if !joined => {
                self.number(key, value, text);
            }
            _ => {
                let quoted = (!text.is_empty()).then(|| format!("\"{text}\""));
                let help = quoted.as_ref().map(|quoted| format!("quote it: {quoted}"));
                self.fault(key, value.span, value.type_name(), help, quoted);
                return None;
            }
        }
        Some(text.clone())
    }

    /// Returns the default of the VNF's type, which Tacker puts in the place of a call.
    fn default(&mut self, key: &str, call: &Node) -> Option<&'d Node> {
        let declared = self.service.types.merged(self.def, "properties");
        let declared = declared.iter().find(|(name, ..)| *name == key);
        let default = declared.and_then(|(.., schema)| schema.node.get("default"));
        if default.is_none_or(Node::is_null) {
            let message = format!("`{key}` is a call, and its type has no default for it");
            let file = self.vnf.at.file;
            self.sink.push(
                Diagnostic::error("vnfd-identity-not-a-string", file, call.span, message)
                    .why("Tacker does not resolve calls: it takes the default of the VNF's type")
                    .help(format!(
                        "write the id itself, or give `{key}` a default in `{}`",
                        self.def.name
                    )),
            );
        }
        default.filter(|default| !default.is_null())
    }

    fn number(&mut self, key: &str, value: &Node, text: &str) {
        let message = format!("`{key}` is {}, not a string", value.type_name());
        self.sink.push(
            Diagnostic::warning(
                "vnfd-identity-number",
                self.vnf.at.file,
                value.span,
                message,
            )
            .why("Tacker makes text of it as Python writes it: 1.10 becomes 1.1")
            .help(format!("quote it: \"{text}\""))
            .instead(format!("\"{text}\"")),
        );
    }

    fn fault(
        &mut self,
        key: &str,
        span: Span,
        was: &str,
        help: Option<String>,
        instead: Option<String>,
    ) {
        let message = format!("`{key}` must be a string and is {was}");
        let mut finding = Diagnostic::error(
            "vnfd-identity-not-a-string",
            self.vnf.at.file,
            span,
            message,
        )
        .why("Tacker stores the package's identity as text that is never null");
        finding.instead = instead;
        finding.help = help.or_else(|| Some(format!("add `{key}: \"<text>\"`")));
        self.sink.push(finding);
    }
}
