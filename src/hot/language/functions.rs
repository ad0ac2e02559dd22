//! The versions of Heat's language, and which functions each has
//! (`heat/engine/hot/template.py`).

use super::arguments;
use crate::diagnose::Sink;
use crate::hot::template::Template;
use crate::yaml::Node;

/// Versions of the language, oldest first; a release's name is another for one of them.
const VERSIONS: [(&str, usize); 17] = [
    ("2013-05-23", 0),
    ("2014-10-16", 1),
    ("2015-04-30", 2),
    ("2015-10-15", 3),
    ("2016-04-08", 4),
    ("2016-10-14", 5),
    ("newton", 5),
    ("2017-02-24", 6),
    ("ocata", 6),
    ("2017-09-01", 7),
    ("pike", 7),
    ("2018-03-02", 8),
    ("queens", 8),
    ("2018-08-31", 9),
    ("rocky", 9),
    ("2021-04-16", 10),
    ("wallaby", 10),
];

/// No version has taken it away.
const STILL: usize = usize::MAX;

/// A function: its name, the first version that has it, the first that has it no more, and how it
/// is used.
const FUNCTIONS: [(&str, usize, usize, &str); 30] = [
    ("get_param", 0, STILL, "get_param: name"),
    ("get_resource", 0, STILL, "get_resource: name"),
    ("get_attr", 0, STILL, "get_attr: [resource, attribute]"),
    ("get_file", 0, STILL, "get_file: name"),
    ("list_join", 0, STILL, "list_join: [\", \", [one, two]]"),
    (
        "str_replace",
        0,
        STILL,
        "str_replace: {template: text, params: {word: value}}",
    ),
    ("resource_facade", 0, STILL, "resource_facade: metadata"),
    (
        "repeat",
        2,
        STILL,
        "repeat: {template: text, for_each: {word: [one, two]}}",
    ),
    ("digest", 2, STILL, "digest: [sha512, text]"),
    ("str_split", 3, STILL, "str_split: [\",\", text]"),
    ("map_merge", 4, STILL, "map_merge: [{one: 1}, {two: 2}]"),
    ("yaql", 5, STILL, "yaql: {expression: $.data, data: {}}"),
    (
        "map_replace",
        5,
        STILL,
        "map_replace: [{one: 1}, {keys: {one: two}}]",
    ),
    ("if", 5, STILL, "if: [condition, one, another]"),
    ("filter", 6, STILL, "filter: [[unwanted], [all]]"),
    (
        "str_replace_strict",
        6,
        STILL,
        "str_replace_strict: {template: text, params: {word: value}}",
    ),
    ("make_url", 7, STILL, "make_url: {scheme: http, host: name}"),
    ("list_concat", 7, STILL, "list_concat: [[one], [two]]"),
    (
        "str_replace_vstrict",
        7,
        STILL,
        "str_replace_vstrict: {template: text, params: {word: value}}",
    ),
    (
        "list_concat_unique",
        7,
        STILL,
        "list_concat_unique: [[one], [two]]",
    ),
    ("contains", 7, STILL, "contains: [one, [one, two]]"),
    ("Fn::Select", 0, 3, ""),
    ("Fn::GetAZs", 0, 1, ""),
    ("Fn::Join", 0, 1, ""),
    ("Fn::Split", 0, 1, ""),
    ("Fn::Replace", 0, 1, ""),
    ("Fn::Base64", 0, 1, ""),
    ("Fn::MemberListToMap", 0, 1, ""),
    ("Fn::ResourceFacade", 0, 1, ""),
    ("Ref", 0, 1, ""),
];

/// A version of Heat's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::hot) struct Language(usize);

impl Language {
    /// Of 2015-10-15 on, several lists can be joined, and whole resources asked for attributes.
    pub(super) const SEVERAL_LISTS: Self = Self(3);
    /// Of 2016-10-14 on there are conditions.
    pub(super) const CONDITIONS: Self = Self(5);
    /// Of 2017-02-24 on parameters may be bound to steps.
    pub(super) const MODULO: Self = Self(6);
    /// Of 2017-09-01 on `repeat` knows `permutations`.
    pub(super) const PIKE: Self = Self(7);
    /// Of 2018-03-02 on parameters have tags.
    pub(super) const TAGS: Self = Self(8);
    /// Of 2021-04-16 on `if` needs no other value.
    pub(super) const NULLABLE: Self = Self(10);

    /// Returns the version of that name, if Heat knows it.
    pub(in crate::hot) fn named(name: &str) -> Option<Self> {
        let found = VERSIONS.iter().find(|(known, _)| *known == name);
        found.map(|(_, version)| Self(*version))
    }

    /// Returns the names of all versions.
    pub(in crate::hot) fn names() -> impl Iterator<Item = &'static str> {
        VERSIONS.iter().map(|(name, _)| *name)
    }

    /// Returns the functions that it has.
    pub(super) fn functions(self) -> impl Iterator<Item = &'static str> {
        let all = FUNCTIONS.iter();
        all.filter(move |(_, from, to, _)| (*from..*to).contains(&self.0))
            .map(|(name, ..)| *name)
    }

    /// Returns the call that a map is: its key, and what is given to it. Functions that the version
    /// has no more are calls, too, which Heat refuses.
    pub(super) fn call(self, node: &Node) -> Option<(&Node, &Node)> {
        let [(key, arguments)] = node.entries() else {
            return None;
        };
        let (_, from, ..) = function(key.as_str()?)?;
        (*from <= self.0).then_some((key, arguments))
    }

    /// Returns the first version that has a function which this one does not have yet.
    fn newer(self, name: &str) -> Option<&'static str> {
        let (_, from, ..) = function(name)?;
        let first = VERSIONS.iter().find(|(_, version)| version == from)?;
        (*from > self.0).then_some(first.0)
    }

    fn has_removed(self, name: &str) -> bool {
        function(name).is_some_and(|(_, _, to, _)| *to <= self.0)
    }
}

fn function(name: &str) -> Option<&'static (&'static str, usize, usize, &'static str)> {
    FUNCTIONS.iter().find(|(known, ..)| *known == name)
}

/// Returns how a function is used.
fn usage(name: &str) -> &'static str {
    function(name).map_or("", |(.., usage)| usage)
}

/// Checks the calls in resources and outputs.
pub(super) fn check(template: &Template, language: Language, sink: &mut Sink) {
    for resource in template.resources() {
        for (key, node) in resource.node.entries() {
            let is_value = matches!(
                key.text(),
                Some(
                    "properties" | "metadata" | "update_policy" | "deletion_policy" | "external_id"
                )
            );
            if is_value {
                walk(template, language, node, sink);
            }
        }
    }
    let outputs = template.root.get("outputs").map_or(&[][..], Node::entries);
    for (_, output) in outputs {
        if let Some(value) = output.get("value") {
            walk(template, language, value, sink);
        }
    }
}

fn walk(template: &Template, language: Language, node: &Node, sink: &mut Sink) {
    let mut waiting = vec![node];
    while let Some(node) = waiting.pop() {
        if let Some((key, given)) = language.call(node) {
            one(template, language, key, given, sink);
        } else if let [(key, _)] = node.entries() {
            early(template, language, key, sink);
        }
        waiting.extend(node.items());
        waiting.extend(node.entries().iter().map(|(_, value)| value));
    }
}

fn one(template: &Template, language: Language, key: &Node, given: &Node, sink: &mut Sink) {
    let name = key.text().unwrap_or_default();
    if language.has_removed(name) {
        let message = format!("the language of this version has no function `{name}`");
        sink.push(
            template.refused("hot-function-removed", key, message).help(
                "functions of AWS are gone since 2014-10-16: see Heat's own, such as get_param",
            ),
        );
        return;
    }
    if let Err((at, message)) = arguments::check(language, name, given) {
        sink.push(
            template
                .refused("hot-function-arguments", at, message)
                .help(format!("write it like `{}`", usage(name))),
        );
    }
}

/// Warns of a function that came later than the template's version: Heat takes it for a map.
fn early(template: &Template, language: Language, key: &Node, sink: &mut Sink) {
    let Some(version) = key.as_str().and_then(|name| language.newer(name)) else {
        return;
    };
    let name = key.text().unwrap_or_default();
    let message = format!("`{name}` is a function from {version} on, and a map's key here");
    sink.push(
        template
            .warning("hot-function-newer", key, message)
            .why("Heat does not call it: what is made gets the map")
            .help(format!(
                "write `heat_template_version: {version}` or a newer one"
            )),
    );
}
