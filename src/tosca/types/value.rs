//! Values held against their types, as tosca-parser's `dataentity.py` does it.

use camino::Utf8Path;

use super::constraint::{self, Outcome};
use super::{At, Types, scalar};
use crate::diagnose::{Span, nearest, only_near, suggestion};
use crate::yaml::{self, Kind, Node, Style};

/// Where a value with no end would be left alone.
const MAX_DEPTH: usize = 32;

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tosca) enum Wrong {
    /// The value itself.
    Value,
    /// A key that its type does not have.
    Unknown,
    /// A key that its type demands and that is not there.
    Missing,
    /// The type's definition.
    Type,
    /// The parser makes another string of it than stands there.
    Reread,
}

/// A fault of a value.
#[derive(Debug)]
pub(in crate::tosca) struct Fault<'d> {
    pub(in crate::tosca) file: &'d Utf8Path,
    pub(in crate::tosca) span: Span,
    pub(in crate::tosca) wrong: Wrong,
    pub(in crate::tosca) message: String,
    pub(in crate::tosca) help: Option<String>,
    /// What belongs at the place instead, where that is certain.
    pub(in crate::tosca) instead: Option<String>,
}

/// Tells whether a value is a call such as `{get_input: name}`.
pub(in crate::tosca) fn is_function(node: &Node) -> bool {
    let names = [
        "get_property",
        "get_input",
        "get_attribute",
        "get_operation_output",
        "concat",
        "token",
    ];
    match node.entries() {
        [(name, _)] => name.text().is_some_and(|name| names.contains(&name)),
        _ => false,
    }
}

/// Checks values and collects their faults.
#[derive(Debug)]
pub(in crate::tosca) struct Value<'t, 'd> {
    types: &'t Types<'d>,
    faults: Vec<Fault<'d>>,
    depth: usize,
}

impl<'t, 'd> Value<'t, 'd> {
    fn new(types: &'t Types<'d>) -> Self {
        Self {
            types,
            faults: Vec::new(),
            depth: 0,
        }
    }

    /// Checks a property of a node, a capability or a policy.
    pub(in crate::tosca) fn property(
        types: &'t Types<'d>,
        name: &str,
        key: Span,
        schema: At<'d>,
        value: At<'d>,
    ) -> Vec<Fault<'d>> {
        let mut check = Self::new(types);
        let Some(kind) = check.kind(schema, key) else {
            return check.faults;
        };
        if is_function(value.node) {
            return check.faults;
        }
        // The parser makes a string of whatever a property of this type is given.
        if kind == "string" {
            check.reread(name, value);
            check.constraints(name, schema, kind, value, true, false);
        } else {
            check.typed(name, key, kind, schema, value);
            if check.faults.is_empty() {
                check.constraints(name, schema, kind, value, false, true);
            }
        }
        check.faults
    }

    /// Checks the value that an input of a flavour is given, or its default.
    pub(in crate::tosca) fn input(
        types: &'t Types<'d>,
        name: &str,
        key: Span,
        kind: &str,
        value: At<'d>,
    ) -> Vec<Fault<'d>> {
        let mut check = Self::new(types);
        let none = At {
            node: &EMPTY,
            ..value
        };
        check.typed(name, key, kind, none, value);
        check.faults
    }

    /// Says where a string is due and YAML reads something that looks otherwise as a string.
    fn reread(&mut self, name: &str, at: At<'d>) {
        let Kind::Scalar {
            value,
            text,
            style: Style::Plain,
        } = &at.node.kind
        else {
            return;
        };
        let read = match value {
            yaml::Value::Int(number) => number.to_string(),
            yaml::Value::Float(number) => format!("{number:?}"),
            yaml::Value::Bool(true) => "True".to_owned(),
            yaml::Value::Bool(false) => "False".to_owned(),
            // Nothing is left out as often as it is meant, and a date looks as it did.
            yaml::Value::Null | yaml::Value::Timestamp | yaml::Value::Str => return,
        };
        if read == *text {
            return;
        }
        let message = format!("`{name}` is a string, and of `{text}` YAML makes `{read}`");
        let help = "put it in quotes".to_owned();
        self.push(Wrong::Reread, at.file, at.node.span, message, Some(help));
        if let Some(fault) = self.faults.last_mut() {
            fault.instead = Some(format!("\"{text}\""));
        }
    }

    /// Returns the type that a schema names.
    fn kind(&mut self, schema: At<'d>, place: Span) -> Option<&'d str> {
        let kind = schema.node.get("type").and_then(Node::text);
        if kind.is_none() {
            let message = "the definition of this has no `type`";
            self.push(Wrong::Type, schema.file, place, message.to_owned(), None);
        }
        kind
    }

    fn push(
        &mut self,
        wrong: Wrong,
        file: &'d Utf8Path,
        span: Span,
        message: String,
        help: Option<String>,
    ) {
        self.faults.push(Fault {
            file,
            span,
            wrong,
            message,
            help,
            instead: None,
        });
    }

    /// Says of the fault that was found last what belongs in its place.
    fn sure(&mut self, instead: Option<String>) {
        if let Some(fault) = self.faults.last_mut() {
            fault.instead = instead;
        }
    }

    fn wanted(&mut self, name: &str, value: At<'d>, wanted: &str) {
        let what = value.node.type_name();
        let message = match value.node.text() {
            Some(text) if !text.is_empty() => format!("`{name}` is `{text}` and must be {wanted}"),
            _ => format!("`{name}` is {what} and must be {wanted}"),
        };
        let quoted = match value.node.text() {
            Some(text) if wanted == "a string" && !text.is_empty() => Some(format!("\"{text}\"")),
            _ => None,
        };
        let help = quoted.as_ref().map(|quoted| format!("quote it: {quoted}"));
        self.push(Wrong::Value, value.file, value.node.span, message, help);
        self.sure(quoted);
    }

    /// Checks a value against a type; `schema` has what stands beside the type's name.
    fn typed(&mut self, name: &str, key: Span, kind: &str, schema: At<'d>, value: At<'d>) {
        if is_function(value.node) || self.depth > MAX_DEPTH {
            return;
        }
        self.depth += 1;
        let node = value.node;
        match kind {
            "string" if node.as_str().is_none() => self.wanted(name, value, "a string"),
            "integer" if !is_integer(node) => self.wanted(name, value, "an integer"),
            "float" if !matches!(scalar_of(node), Some((yaml::Value::Float(_), _))) => {
                self.wanted(name, value, "a number with a point");
            }
            "number" if !is_number(node) => self.wanted(name, value, "a number"),
            "boolean" if !is_boolean(node) => self.wanted(name, value, "true or false"),
            "version" if !node.text().is_some_and(is_version) => {
                self.wanted(name, value, "a version such as 1.0.2");
            }
            "range" if !is_range(node) => {
                self.wanted(name, value, "a list of two numbers, or UNBOUNDED, in order");
            }
            "list" => match node.kind {
                Kind::Sequence(_) => self.list_entries(name, key, schema, value),
                _ => self.wanted(name, value, "a list"),
            },
            "map" => match node.kind {
                Kind::Mapping(_) => self.map_entries(name, schema, value),
                _ => self.wanted(name, value, "a map"),
            },
            "string" | "integer" | "float" | "number" | "boolean" | "version" | "range"
            | "timestamp" | "PortSpec" => {}
            _ => match scalar::units(kind) {
                Some(units) => {
                    if node.text().and_then(|t| scalar::amount(t, units)).is_none() {
                        let names = scalar::unit_names(kind);
                        self.wanted(name, value, &format!("a number with a unit of {names}"));
                    }
                }
                None => self.data(name, key, kind, value),
            },
        }
        self.depth -= 1;
    }

    fn list_entries(&mut self, name: &str, key: Span, schema: At<'d>, value: At<'d>) {
        let Some(entry) = self.sub_schema(schema, "entry_schema") else {
            return;
        };
        for (index, item) in value.items().enumerate() {
            self.entry(&format!("{name}[{index}]"), key, entry, item);
        }
    }

    fn map_entries(&mut self, name: &str, schema: At<'d>, value: At<'d>) {
        if let Some(entry) = self.sub_schema(schema, "entry_schema") {
            for (key, span, item) in value.entries() {
                self.entry(&format!("{name}.{key}"), span, entry, item);
            }
        }
        if let Some(key_schema) = self.sub_schema(schema, "key_schema") {
            for (node, _) in value.node.entries() {
                let span = node.span;
                self.entry(name, span, key_schema, At { node, ..value });
            }
        }
    }

    /// Returns the schema of a list's or a map's content, if it has one that is not empty.
    fn sub_schema(&mut self, schema: At<'d>, section: &str) -> Option<At<'d>> {
        let found = schema.get(section)?;
        if found.node.is_null() || (found.node.is_mapping() && found.node.entries().is_empty()) {
            return None;
        }
        if found.node.is_mapping() {
            return Some(found);
        }
        let message = format!(
            "`{section}` is {} and must be a map",
            found.node.type_name()
        );
        let help = found
            .node
            .text()
            .map(|text| format!("write `{section}: {{type: {text}}}`"));
        self.push(Wrong::Type, found.file, found.node.span, message, help);
        None
    }

    fn entry(&mut self, name: &str, key: Span, schema: At<'d>, value: At<'d>) {
        let Some(kind) = self.kind(schema, schema.node.span) else {
            return;
        };
        let before = self.faults.len();
        self.typed(name, key, kind, schema, value);
        if self.faults.len() == before {
            self.constraints(name, schema, kind, value, false, false);
        }
    }

    /// Checks a value of a data type that has properties, or derives from a simple type.
    fn data(&mut self, name: &str, key: Span, kind: &str, value: At<'d>) {
        let Some(def) = self.types.get(kind, "tosca.datatypes.network.") else {
            let message = format!("the type `{kind}` of `{name}` is not defined");
            self.push(Wrong::Type, value.file, key, message, None);
            return;
        };
        if self.types.is_opaque(def) {
            return;
        }
        if let Some(simple) = def.body.node.get("type").and_then(Node::text) {
            self.typed(name, key, simple, def.body, value);
            self.constraints(name, def.body, simple, value, false, false);
            return;
        }
        if !value.node.is_mapping() {
            let keys = self.types.merged(def, "properties");
            let keys: Vec<_> = keys.iter().map(|(key, ..)| format!("`{key}`")).collect();
            self.wanted(name, value, &format!("a map with {}", keys.join(", ")));
            return;
        }
        // An inherited definition wins over the type's own here, unlike everywhere else.
        let mut properties: Vec<(&str, At<'d>)> = Vec::new();
        for def in self.types.chain(def).into_iter().rev() {
            let section = def.body.get("properties");
            for (property, _, schema) in section.into_iter().flat_map(At::entries) {
                if properties.iter().all(|(known, _)| *known != property) {
                    properties.push((property, schema));
                }
            }
        }
        for (property, schema) in &properties {
            self.schema(property, *schema);
        }
        for (given, span, item) in value.entries() {
            match properties.iter().find(|(known, _)| *known == given) {
                Some((_, schema)) => self.field(&format!("{name}.{given}"), span, *schema, item),
                None => {
                    let message = format!("`{name}` has no key `{given}`");
                    let known: Vec<_> = properties.iter().map(|(known, _)| *known).collect();
                    let help = suggestion(given, known.iter().copied());
                    self.push(Wrong::Unknown, value.file, span, message, Some(help));
                    self.sure(only_near(given, known).map(str::to_owned));
                }
            }
        }
        for (property, schema) in properties {
            let is_given = value.node.get(property).is_some();
            let default = schema.node.get("default").is_some_and(is_truthy);
            if !is_given && !default && is_required(schema.node) {
                let message = format!("`{name}` lacks `{property}`");
                let help = Some(format!("add `{property}`"));
                self.push(Wrong::Missing, value.file, key, message, help);
            }
        }
    }

    /// Checks a property's definition, which the parser does for all of a data type of which there
    /// is a value, whether it gives the property or not.
    fn schema(&mut self, property: &str, schema: At<'d>) {
        if let Some((span, message)) = schema_fault(property, schema.node.span, schema.node) {
            self.push(Wrong::Type, schema.file, span, message, None);
        }
    }

    fn field(&mut self, name: &str, key: Span, schema: At<'d>, value: At<'d>) {
        // Its absence was told with the definition.
        let Some(kind) = schema.node.get("type").and_then(Node::text) else {
            return;
        };
        let before = self.faults.len();
        self.typed(name, key, kind, schema, value);
        if self.faults.len() > before {
            return;
        }
        match &value.node.kind {
            Kind::Sequence(_) => {
                for item in value.items() {
                    self.constraints(name, schema, kind, item, false, false);
                }
            }
            _ => self.constraints(name, schema, kind, value, false, false),
        }
    }

    /// Asks a schema's constraints. `converted` says that the parser compares a number that it
    /// has read out of a string.
    fn constraints(
        &mut self,
        name: &str,
        schema: At<'d>,
        kind: &str,
        value: At<'d>,
        as_text: bool,
        converted: bool,
    ) {
        let Some(constraints) = schema.get("constraints").filter(|c| is_truthy(c.node)) else {
            return;
        };
        if !constraints.node.is_list() {
            let what = constraints.node.type_name();
            let message = format!("`constraints` is {what} and must be a list");
            let span = constraints.node.span;
            self.push(Wrong::Type, constraints.file, span, message, None);
        }
        for constraint in constraints.items() {
            if converted && kind == "integer" && value.node.as_i64().is_none() {
                continue;
            }
            let at_least = constraint.node.get("greater_or_equal").is_some();
            if at_least && is_function(value.node) {
                continue;
            }
            match constraint::ask(constraint.node, kind, value.node, as_text) {
                Outcome::Passes => {}
                Outcome::Fails(wanted) => {
                    let shown = match value.node.text() {
                        Some(text) => format!("`{text}`"),
                        None => value.node.type_name().to_owned(),
                    };
                    let message = format!("`{name}` is {shown}, but {wanted}");
                    let (near, sure) = meant(constraint.node, value.node).unzip();
                    let help = near.map(|near| format!("did you mean `{near}`?"));
                    self.push(Wrong::Value, value.file, value.node.span, message, help);
                    self.sure(sure.flatten().map(str::to_owned));
                }
                Outcome::Broken(message) => {
                    let span = constraint.node.span;
                    self.push(Wrong::Type, constraint.file, span, message, None);
                }
            }
        }
    }
}

/// Returns the valid value that may be meant, and the same again if no other can be.
fn meant<'n>(constraint: &'n Node, value: &Node) -> Option<(&'n str, Option<&'n str>)> {
    let valid = constraint.get("valid_values")?.items();
    let names = || valid.iter().filter_map(Node::text);
    let text = value.text()?;
    Some((nearest(text, names())?, only_near(text, names())))
}

/// The schema of what has none.
static EMPTY: Node = Node {
    span: Span { start: 0, end: 0 },
    kind: Kind::Mapping(yaml::Entries::NONE),
};

/// Says what is wrong with a property's definition, and where; `key` is the place of its name.
pub(in crate::tosca) fn schema_fault(
    name: &str,
    key: Span,
    schema: &Node,
) -> Option<(Span, String)> {
    if schema.get("type").is_none_or(Node::is_null) {
        return Some((key, format!("the property `{name}` has no `type`")));
    }
    if let Some(required) = schema.get("required")
        && !matches!(scalar_of(required), Some((yaml::Value::Bool(_), _)))
    {
        let message = format!("`required` of `{name}` must be true or false");
        return Some((required.span, message));
    }
    // TOSCA 1.3 knows `unsupported` and `deprecated` too; the parser does not.
    let status = schema.get("status")?;
    let is_known = matches!(status.as_str(), Some("supported" | "experimental"));
    let message = format!("`status` of `{name}` must be supported or experimental");
    (!is_known).then_some((status.span, message))
}

/// Tells whether a property must be given: unless `required: false`.
pub(in crate::tosca) fn is_required(schema: &Node) -> bool {
    !matches!(
        schema.get("required").and_then(scalar_of),
        Some((yaml::Value::Bool(false), _))
    )
}

/// Tells whether Python takes a value for true.
pub(in crate::tosca) fn is_truthy(node: &Node) -> bool {
    match &node.kind {
        Kind::Sequence(items) => !items.is_empty(),
        Kind::Mapping(entries) => !entries.is_empty(),
        Kind::Scalar { value, text, .. } => match value {
            yaml::Value::Null => false,
            yaml::Value::Bool(flag) => *flag,
            yaml::Value::Int(number) => *number != 0,
            yaml::Value::Float(number) => *number != 0.0,
            yaml::Value::Timestamp => true,
            yaml::Value::Str => !text.is_empty(),
        },
    }
}

fn scalar_of(node: &Node) -> Option<(yaml::Value, &str)> {
    match &node.kind {
        Kind::Scalar { value, text, .. } => Some((*value, text)),
        _ => None,
    }
}

fn is_integer(node: &Node) -> bool {
    match scalar_of(node) {
        Some((yaml::Value::Int(_) | yaml::Value::Bool(_) | yaml::Value::Float(_), _)) => true,
        Some((yaml::Value::Str, text)) => text.trim().replace('_', "").parse::<i128>().is_ok(),
        _ => false,
    }
}

fn is_number(node: &Node) -> bool {
    matches!(
        scalar_of(node),
        Some((
            yaml::Value::Int(_) | yaml::Value::Bool(_) | yaml::Value::Float(_),
            _
        ))
    )
}

fn is_boolean(node: &Node) -> bool {
    match scalar_of(node) {
        Some((yaml::Value::Bool(_), _)) => true,
        Some((yaml::Value::Str, text)) => ["true", "false"].contains(&&*text.to_lowercase()),
        _ => false,
    }
}

fn is_range(node: &Node) -> bool {
    let [low, high] = node.items() else {
        return false;
    };
    let is_end = |node: &Node| is_number(node) || node.as_str() == Some("UNBOUNDED");
    let ordered = match (low.as_i64(), high.as_i64()) {
        (Some(low), Some(high)) => low <= high,
        _ => true,
    };
    is_end(low) && is_end(high) && ordered
}

/// Major, minor, fix, qualifier and build, of which a later one needs the earlier ones.
fn is_version(text: &str) -> bool {
    let (text, build) = match text.split_once('-') {
        Some((text, build)) => (text, Some(build)),
        None => (text, None),
    };
    let parts: Vec<_> = text.split('.').collect();
    let is_digits = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    let numbers = parts.iter().take(3).all(is_digits);
    let qualifier = parts.get(3);
    let is_named = qualifier.is_none_or(|q| q.chars().all(|c| c.is_ascii_alphanumeric()));
    let is_built = build.is_none_or(|build| is_digits(&build) && qualifier.is_some());
    numbers && parts.len() <= 4 && is_named && is_built
}
