//! What is known of a place in a file: answers for hover, definition and completion.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::cursor::{self, Cursor, Step};
use super::offer::{Offer, Offers};
use super::typing::{self, Typed};
use super::{files, heat, tosca};
use crate::diagnose::{Sink, Sources, Span};
use crate::package::overlay::Overlay;
use crate::package::templates::standard_types;
use crate::package::tree::Tree;
use crate::tosca::catalogue::{self, Type};
use crate::tosca::documents::Documents;
use crate::yaml::{self, Node};

/// What a name at a place means.
pub(super) struct Meaning {
    pub(super) offer: Offer<'static>,
    /// Where the name stands.
    pub(super) span: Span,
}

/// Returns what the name at a byte of a file means.
pub(super) fn meaning(
    tree: &dyn Tree,
    file: &Utf8Path,
    text: &str,
    offset: usize,
) -> Option<Meaning> {
    let root = is_yaml(file).then(|| parsed(file, text)).flatten();
    let known = root.as_ref().and_then(|root| {
        let cursor = cursor::at(root, offset)?;
        let offers = offers(tree, file, root, &cursor.path);
        let offer = named(offers, &cursor)?;
        let span = cursor.span;
        Some(Meaning { offer, span })
    });
    known.or_else(|| file_at(tree, file, text, offset))
}

fn named(offers: Offers<'static>, cursor: &Cursor<'_>) -> Option<Offer<'static>> {
    let all = if cursor.is_key {
        offers.keys
    } else {
        offers.values
    };
    all.into_iter().find(|offer| offer.name == cursor.text)
}

/// Returns the file that a word means, as in manifests and `TOSCA.meta`: seen from the package, or
/// from the file that names it.
fn file_at(tree: &dyn Tree, file: &Utf8Path, text: &str, offset: usize) -> Option<Meaning> {
    let span = typing::word(text, offset);
    let word = text
        .get(span.start..span.end)
        .filter(|word| !word.is_empty())?;
    let paths = tree.paths();
    let from_root = files::below("".into(), &paths, None);
    let mut all = from_root
        .into_iter()
        .chain(files::below(file, &paths, None));
    let offer = all.find(|offer| offer.name == word)?;
    Some(Meaning { offer, span })
}

/// What can be written at a place.
pub(super) struct Completion {
    /// The names, with whether each is a key that lacks its colon.
    pub(super) offers: Vec<(Offer<'static>, bool)>,
    /// What they take the place of.
    pub(super) span: Span,
}

/// Returns what can be written at a byte of a file.
pub(super) fn completion(
    tree: &Overlay<'_>,
    file: &Utf8Path,
    text: &str,
    offset: usize,
) -> Option<Completion> {
    if !is_yaml(file) {
        return None;
    }
    let typed = Typed::at(text, offset)?;
    // Something else in the file may be under way as well: then what stands above is known.
    let (text, root) = typed
        .texts()
        .into_iter()
        .find_map(|text| Some((text.clone(), parsed(file, &text)?)))?;
    let cursor = cursor::find(&root, &|node| node.text() == Some(typing::HERE), &|_| true)?;
    let tree = tree.with(file, text);
    let offers = offers(&tree, file, &root, &cursor.path);
    let given = given(&root, &cursor.path);
    let keys = offers.keys.into_iter();
    let keys = keys.filter(|offer| !given.contains(&&*offer.name));
    let keys = keys.map(|offer| (offer, typed.lacks_colon));
    let values = offers.values.into_iter().map(|offer| (offer, false));
    let offers = match (cursor.is_key, typed.may_be_key) {
        (true, _) => keys.collect(),
        (false, true) => values.chain(keys).collect(),
        (false, false) => values.collect(),
    };
    let span = typed.span;
    Some(Completion { offers, span })
}

/// Returns the keys that the map at `path` has.
fn given<'n>(root: &'n Node, path: &[Step<'_>]) -> Vec<&'n str> {
    let map = path.iter().try_fold(root, |node, step| match step {
        Step::Key(key) => node.get(key),
        Step::Item(index) => node.items().get(*index),
    });
    let entries = map.map_or(&[][..], Node::entries);
    entries.iter().filter_map(|(key, _)| key.text()).collect()
}

fn is_yaml(file: &Utf8Path) -> bool {
    matches!(file.extension(), Some("yaml" | "yml"))
}

fn parsed(file: &Utf8Path, text: &str) -> Option<Node> {
    yaml::parse(file, text, &mut Sink::default())
}

/// Returns what can stand where `path` leads in a file.
fn offers(tree: &dyn Tree, file: &Utf8Path, root: &Node, path: &[Step<'_>]) -> Offers<'static> {
    let paths = tree.paths();
    if root.get("heat_template_version").is_some() {
        let paths = &paths;
        let scope = heat::Scope {
            file,
            root,
            tree,
            paths,
        };
        return heat::offers(&scope, path).into_owned();
    }
    if root.get("tosca_definitions_version").is_none() {
        return Offers::default();
    }
    let mut sources = Sources::default();
    let documents = Documents::read(tree, &mut sources, &mut Sink::default());
    let types = match &documents {
        Some(documents) => by_name(documents, &sources),
        None => standard(),
    };
    let scope = tosca::Scope {
        file,
        root,
        types: &types,
        documents: documents.as_ref(),
        paths: &paths,
    };
    tosca::offers(&scope, path).into_owned()
}

fn by_name(documents: &Documents, sources: &Sources) -> BTreeMap<String, Type> {
    let types = catalogue::types(documents, sources).into_iter();
    types.map(|known| (known.name.clone(), known)).collect()
}

/// Returns the types of TOSCA and SOL001, none of which is in a file of the package.
fn standard() -> BTreeMap<String, Type> {
    let mut sources = Sources::default();
    let documents = Documents::read(&standard_types(), &mut sources, &mut Sink::default());
    let mut types = documents.map_or_else(BTreeMap::new, |all| by_name(&all, &sources));
    for known in types.values_mut() {
        known.file = None;
        let properties = known.properties.iter_mut().chain(&mut known.attributes);
        properties.for_each(|property| property.place = None);
        let parts = known.capabilities.iter_mut().chain(&mut known.requirements);
        let parts = parts
            .chain(&mut known.interfaces)
            .chain(&mut known.operations);
        parts.for_each(|part| part.place = None);
    }
    types
}
