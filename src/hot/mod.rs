//! Heat templates: what Tacker needs of them, and their agreement with the VNFD.
//!
//! Tacker hands Heat the one template in `BaseHOT/<flavour>/` and those in its `nested/`, with the
//! parameter `nfv`; it finds the VNF's parts in the stack by the names of resources. None of it is
//! looked at on upload, so every fault here waits until somebody instantiates.

mod codes;
mod drafts;
mod folder;
mod language;
mod names;
mod needs;
mod nfv;
mod nodes;
mod scaling;
mod stack;
mod standard;
mod syntax;
mod template;
mod types;

use template::Template;

use crate::diagnose::{Sink, Sources};
use crate::package::tree::Tree;
use crate::tosca::documents::Documents;
use crate::tosca::model::Vnfd;

pub use codes::CODES;
pub use drafts::Drafts;
pub use folder::user_data;
pub use language::{Property, Type, is_replacing, known, types};
pub use needs::{Asset, Need, needs};

/// Who turns requests into parameters of the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum UserData {
    /// Tacker's own class.
    Default,
    /// A class of the package that derives from `StandardUserData`.
    Standard,
    /// A class of the package that may do anything.
    Own,
}

/// Checks the templates of all flavours.
pub fn check(
    tree: &dyn Tree,
    mut drafts: Drafts,
    documents: &Documents,
    vnfd: &Vnfd,
    sources: &mut Sources,
    sink: &mut Sink,
) {
    let user_data = user_data(tree);
    folder::check(tree, Some(vnfd), documents.unread.is_empty(), sink);
    // A file that cannot be read may have the flavours that nothing else has.
    let others = folder::flavours(tree);
    let is_known = |name: &String| vnfd.flavours.iter().any(|flavour| flavour.id == *name);
    for name in others.iter().filter(|name| !is_known(name)) {
        if !documents.unread.is_empty() {
            alone(tree, &mut drafts, name, sources, sink);
        }
    }
    for flavour in &vnfd.flavours {
        let Some(templates) = drafts.take(tree, &flavour.id, sources, sink) else {
            continue;
        };
        let placed = stack::place(&templates, sink);
        let Some(nodes) = nodes::Nodes::of(documents, &flavour.id) else {
            continue;
        };
        // What cannot be read may have whatever is missed.
        if !templates.unread.is_empty() {
            continue;
        }
        names::check(&placed, &nodes, sink);
        match user_data {
            UserData::Default => {
                nfv::check(&templates, &nodes, sink);
                scaling::check(&placed, flavour, &nodes, sink);
            }
            UserData::Standard => standard::check(&templates, &nodes, sink),
            UserData::Own => {}
        }
    }
}

/// Checks a template by itself.
fn one(template: &Template, sink: &mut Sink) {
    syntax::check(template, sink);
    if let Some(language) = template.language() {
        language::check(template, language, sink);
        types::check(template, language, sink);
    }
}

/// Checks what there is to say of the templates when the VNFD says nothing.
pub fn check_alone(tree: &dyn Tree, mut drafts: Drafts, sources: &mut Sources, sink: &mut Sink) {
    folder::check(tree, None, false, sink);
    for flavour in folder::flavours(tree) {
        alone(tree, &mut drafts, &flavour, sources, sink);
    }
}

/// Checks a flavour's templates by themselves.
fn alone(
    tree: &dyn Tree,
    drafts: &mut Drafts,
    flavour: &str,
    sources: &mut Sources,
    sink: &mut Sink,
) {
    if let Some(templates) = drafts.take(tree, flavour, sources, sink) {
        stack::place(&templates, sink);
    }
}
