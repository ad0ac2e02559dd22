//! `vnfctl package types`: what a VNFD can be written with.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::output::{self, Format};
use super::{Exit, Failure, opening};
use crate::diagnose::{Sink, Sources, suggestion};
use crate::package::templates::standard_types;
use crate::package::tree::Tree;
use crate::tosca::catalogue::{self, Property, Type};
use crate::tosca::documents::Documents;

/// Shows the types that a VNFD can use: those of TOSCA and SOL001, or of a package.
///
/// With a name it shows one type with all that it inherits: what its properties are, whether they
/// must be given, and which type declares them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vnfctl package types --derived-from tosca.nodes.Root
  vnfctl package types tosca.nodes.nfv.Vdu.Compute
  vnfctl package types tosca.datatypes.nfv.SwImageData -o json")]
pub(super) struct Types {
    /// The type; all are listed without it
    name: Option<String>,
    /// The package whose types are meant, a zip file or a folder
    #[arg(long, value_name = "PACKAGE")]
    package: Option<PathBuf>,
    /// Only types that derive from this one
    #[arg(long, value_name = "TYPE", conflicts_with = "name")]
    derived_from: Option<String>,
    #[command(flatten)]
    printing: output::Printing,
}

const COLUMNS: [(&str, &str); 4] = [
    ("TYPE", "/name"),
    ("OF", "/kind"),
    ("DERIVED FROM", "/derivedFrom/0"),
    ("PLACE", "/place"),
];

const ATTRIBUTE: &str = "ATTRIBUTE";

impl Types {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let all = self.all()?;
        let Some(name) = &self.name else {
            return self.list(&all);
        };
        let Some(found) = all.iter().find(|one| one.name == *name) else {
            return Err(unknown(name, &all));
        };
        match &self.printing.output {
            Format::Table | Format::Wide => show(found)?,
            format => output::one(format.clone(), found)?,
        }
        Ok(Exit::Done)
    }

    fn all(&self) -> Result<Vec<Type>, Failure> {
        let tree: Box<dyn Tree> = match &self.package {
            None => Box::new(standard_types()),
            Some(package) => opening::open(package, "read")?.0,
        };
        let mut sink = Sink::default();
        let mut sources = Sources::default();
        let documents = Documents::read(&*tree, &mut sources, &mut sink);
        output::findings(&sink, &sources);
        match documents {
            Some(documents) => Ok(catalogue::types(&documents, &sources)),
            None => Err(Failure::new(
                Exit::Failed,
                "the package has no VNFD to read",
            )),
        }
    }

    fn list(&self, all: &[Type]) -> Result<Exit, Failure> {
        let base = self.derived_from.as_ref();
        if let Some(base) = base.filter(|base| all.iter().all(|one| one.name != **base)) {
            return Err(unknown(base, all));
        }
        let wanted = all
            .iter()
            .filter(|one| base.is_none_or(|base| one.derived_from.contains(base)));
        let rows: Result<Vec<Value>, _> = wanted.map(row).collect();
        output::list(
            self.printing.output.clone(),
            &COLUMNS,
            &rows.map_err(output::cannot)?,
        )?;
        Ok(Exit::Done)
    }
}

fn row(one: &Type) -> Result<Value, serde_json::Error> {
    let mut row = serde_json::to_value(one)?;
    row["place"] = json!(place(one));
    Ok(row)
}

fn place(one: &Type) -> String {
    match (&one.file, one.line) {
        (Some(file), Some(line)) => format!("{file}:{line}"),
        _ => "TOSCA".to_owned(),
    }
}

fn unknown(name: &str, all: &[Type]) -> Failure {
    let known = all.iter().map(|one| one.name.as_str());
    let message = format!("there is no type `{name}`");
    Failure::new(Exit::NotFound, message).hint(suggestion(name, known))
}

fn show(one: &Type) -> Result<(), Failure> {
    let mut text = format!("{} ({} type, {})\n", one.name, one.kind, place(one));
    if !one.derived_from.is_empty() {
        text += &format!("derived from {}\n", one.derived_from.join(" < "));
    }
    if let Some(description) = &one.description {
        text += &format!("{description}\n");
    }
    output::put(&text)?;
    properties("PROPERTY", &one.properties)?;
    properties(ATTRIBUTE, &one.attributes)?;
    for (heading, parts) in [
        ("CAPABILITY", &one.capabilities),
        ("REQUIREMENT", &one.requirements),
        ("INTERFACE", &one.interfaces),
        ("OPERATION", &one.operations),
    ] {
        let rows: Vec<_> = parts
            .iter()
            .map(|part| json!({"name": part.name, "is": words(&part.is)}))
            .collect();
        section(&[(heading, "/name"), ("IS", "/is")], &rows)?;
    }
    Ok(())
}

/// Attributes are not given, and so not needed.
fn properties(heading: &str, all: &[Property]) -> Result<(), Failure> {
    let is_given = heading != ATTRIBUTE;
    let rows: Vec<_> = all
        .iter()
        .map(|one| {
            let default = one.default.as_ref().map(Value::to_string);
            let entries = one.entry_constraints.iter();
            let entries = entries.map(|one| format!("each {}", words(one)));
            let constraints: Vec<_> = one.constraints.iter().map(words).chain(entries).collect();
            json!({
                "name": one.name,
                "type": one.r#type,
                "needed": if is_given && one.required && one.default.is_none() { "yes" } else { "" },
                "default": default.unwrap_or_default(),
                "constraints": constraints.join(", "),
                "from": one.from.as_deref().unwrap_or_default(),
            })
        })
        .collect();
    let columns = [
        (heading, "/name"),
        ("TYPE", "/type"),
        ("NEEDED", "/needed"),
        ("DEFAULT", "/default"),
        ("CONSTRAINTS", "/constraints"),
        ("FROM", "/from"),
    ];
    section(&columns, &rows)
}

fn section(columns: &[(&str, &str)], rows: &[Value]) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    output::put(&format!("\n{}", output::table(columns, rows)))
}

/// A definition in a few words: its members without their descriptions.
fn words(is: &Value) -> String {
    match is {
        Value::Object(members) => {
            let members = members.iter().filter(|(name, _)| *name != "description");
            let parts = members.map(|(name, value)| match value {
                Value::Object(inner) if inner.is_empty() => name.clone(),
                value => format!("{name}: {}", words(value)),
            });
            parts.collect::<Vec<_>>().join(", ")
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(words).collect();
            format!("[{}]", items.join(", "))
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
