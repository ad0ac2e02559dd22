//! What can stand where in a Heat template.
//!
//! As for TOSCA, each step down from the root leads from one state to the next.

use camino::{Utf8Path, Utf8PathBuf};

use super::cursor::Step;
use super::files;
use super::offer::{Kind, Offer, Offers, words};
use super::words::{self as of, Words};
use crate::diagnose::Sink;
use crate::hot::{self, Type};
use crate::package::tree::Tree;
use crate::yaml::{self, Node};

/// How much of another template is read.
const MOST_BYTES: u64 = 4 << 20;

/// What is known around a template.
pub(super) struct Scope<'p> {
    /// The file.
    pub(super) file: &'p Utf8Path,
    /// Its content.
    pub(super) root: &'p Node,
    /// The package.
    pub(super) tree: &'p dyn Tree,
    /// All files of the package.
    pub(super) paths: &'p [Utf8PathBuf],
}

/// What is being written at a place.
#[derive(Clone, Copy)]
enum State<'p> {
    /// A place of which nothing is known.
    Free,
    File,
    Parameters,
    Parameter,
    ParameterType,
    Resources,
    Resource(Option<&'p Node>),
    ResourceType,
    /// What a resource of this type is made with.
    Properties(&'p str),
    Outputs,
    Value,
    ResourceNames,
    /// The argument of `get_param`; only the first word is a parameter's name.
    ParameterNames,
    /// The arguments of `get_attr`.
    Attribute,
    AttributeOf(&'p str),
    Path,
}

/// Returns what can stand where `path` leads.
pub(super) fn offers<'p>(scope: &Scope<'p>, path: &[Step<'_>]) -> Offers<'p> {
    let mut state = State::File;
    let mut node = Some(scope.root);
    for step in path {
        let below = node.and_then(|node| match step {
            Step::Key(key) => node.get(key),
            Step::Item(index) => node.items().get(*index),
        });
        state = match step {
            Step::Key(key) => under(state, key, below),
            Step::Item(index) => scope.item(state, *index, node),
        };
        node = below;
    }
    scope.offered(state)
}

fn under<'p>(state: State<'p>, key: &str, node: Option<&'p Node>) -> State<'p> {
    // A function can stand wherever a value can.
    if matches!(state, State::Value | State::Properties(_)) {
        match key {
            "get_param" => return State::ParameterNames,
            "get_resource" => return State::ResourceNames,
            "get_attr" => return State::Attribute,
            "get_file" => return State::Path,
            // What a group makes many of (OS::Heat::AutoScalingGroup, OS::Heat::ResourceGroup).
            "resource" | "resource_def" if node.is_some_and(|node| node.get("type").is_some()) => {
                return State::Resource(node);
            }
            _ => {}
        }
    }
    match state {
        State::File => match key {
            "parameters" => State::Parameters,
            "resources" => State::Resources,
            "outputs" => State::Outputs,
            "conditions" => State::Value,
            _ => State::Free,
        },
        State::Parameters => State::Parameter,
        State::Parameter => match key {
            "type" => State::ParameterType,
            _ => State::Free,
        },
        State::Resources => State::Resource(node),
        State::Resource(resource) => match key {
            "type" => State::ResourceType,
            "properties" => {
                let kind = resource.and_then(|it| it.get("type")?.text());
                kind.map_or(State::Value, State::Properties)
            }
            "depends_on" => State::ResourceNames,
            _ => State::Value,
        },
        State::Outputs | State::Properties(_) | State::Value => State::Value,
        _ => State::Free,
    }
}

impl<'p> Scope<'p> {
    /// Returns the state of a list's item.
    fn item(&self, state: State<'p>, index: usize, list: Option<&'p Node>) -> State<'p> {
        match (state, index) {
            (State::ParameterNames, 0) | (State::ResourceNames, _) => state,
            (State::Value, _) => State::Value,
            (State::Attribute, 0) => State::ResourceNames,
            (State::Attribute, 1) => {
                let name = list.and_then(|list| list.items().first()?.text());
                let resource = name.and_then(|name| self.section("resources")?.get(name));
                let kind = resource.and_then(|it| it.get("type")?.text());
                kind.map_or(State::Free, State::AttributeOf)
            }
            _ => State::Free,
        }
    }

    fn section(&self, name: &str) -> Option<&'p Node> {
        self.root.get(name)
    }

    fn offered(&self, state: State<'p>) -> Offers<'p> {
        let keyword = |of: Words| Offers::keys(words(Kind::Keyword, "HOT", of));
        match state {
            State::Free | State::Parameters | State::Resources | State::Outputs => {
                Offers::default()
            }
            State::File => keyword(of::TEMPLATE),
            State::Parameter => keyword(of::PARAMETER),
            State::ParameterType => {
                Offers::values(words(Kind::Type, "type of parameters", of::PARAMETER_TYPES))
            }
            State::Resource(_) => keyword(of::RESOURCE),
            State::ResourceType => {
                let templates = files::nested(self.file, self.paths);
                let types = hot::types().map(|(name, known)| resource_type(name, known));
                Offers::values(types.chain(templates))
            }
            State::Properties(kind) => Offers::keys(self.properties(kind)),
            State::Value => Offers::keys(words(Kind::Function, "function", of::HOT_FUNCTIONS)),
            State::ResourceNames => Offers::values(self.named("resources")),
            State::ParameterNames => Offers::values(self.named("parameters")),
            State::Attribute => Offers::default(),
            State::AttributeOf(kind) => {
                let known = hot::known(kind).into_iter().flat_map(Type::attributes);
                Offers::values(known.map(|name| Offer::new(name, Kind::Part, "attribute")))
            }
            State::Path => Offers::values(files::below(self.file, self.paths, None)),
        }
    }

    /// Returns what a resource takes: as Heat's type has it, or as the template's parameters.
    fn properties(&self, kind: &str) -> Vec<Offer<'p>> {
        if let Some(known) = hot::known(kind) {
            let properties = known.properties();
            return properties
                .map(|(name, property)| {
                    let text = match property.is_replacing {
                        true => "When it changes, Heat makes the resource anew.",
                        false => "When it changes, Heat changes the resource.",
                    };
                    let offer = Offer::new(name, Kind::Property, "property");
                    offer.text(text).needed(property.is_required)
                })
                .collect();
        }
        self.parameters_of(kind).unwrap_or_default()
    }

    /// Returns the parameters of another template of the package.
    fn parameters_of(&self, kind: &str) -> Option<Vec<Offer<'p>>> {
        let mut nested = files::nested(self.file, self.paths).into_iter();
        let (file, _) = nested.find(|offer| offer.name == kind)?.place?;
        let text = self.tree.text(&file, MOST_BYTES)?;
        let root = yaml::parse(&file, &text, &mut Sink::default())?;
        let parameters = root.get("parameters")?.entries().iter();
        let offers = parameters.filter_map(|(key, body)| {
            let place = (file.clone(), Some(key.span));
            let offer = Offer::new(key.text()?.to_owned(), Kind::Property, kind_of(body));
            let is_needed = body.get("default").is_none();
            Some(
                offer
                    .text(description(body))
                    .needed(is_needed)
                    .at(Some(place)),
            )
        });
        Some(offers.collect())
    }

    /// Returns the names of a section's entries.
    fn named(&self, section: &str) -> impl Iterator<Item = Offer<'p>> {
        let entries = self.section(section).map_or(&[][..], Node::entries);
        entries.iter().filter_map(|(key, body)| {
            let place = (self.file.to_owned(), Some(key.span));
            let offer = Offer::new(key.text()?, Kind::Named, kind_of(body));
            Some(offer.text(description(body)).at(Some(place)))
        })
    }
}

fn kind_of(body: &Node) -> String {
    let kind = body.get("type").and_then(Node::text);
    kind.unwrap_or("entry").to_owned()
}

fn description(body: &Node) -> String {
    let text = body.get("description").and_then(Node::text);
    text.unwrap_or_default().to_owned()
}

fn resource_type(name: &'static str, known: &'static Type) -> Offer<'static> {
    let mut needed = Vec::new();
    let mut others = Vec::new();
    for (name, property) in known.properties() {
        let list = if property.is_required {
            &mut needed
        } else {
            &mut others
        };
        list.push(format!("`{name}`"));
    }
    let attributes: Vec<_> = known.attributes().map(|name| format!("`{name}`")).collect();
    let mut parts = Vec::new();
    for (what, names) in [("Needs", needed), ("Takes", others), ("Tells", attributes)] {
        if !names.is_empty() {
            parts.push(format!("{what}: {}", names.join(", ")));
        }
    }
    Offer::new(name, Kind::Type, "type of Heat's resources").text(parts.join("\n\n"))
}
