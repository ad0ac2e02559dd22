//! Templates read and judged each by itself. That needs nothing of the VNFD, and can go on while
//! others read that.

use std::collections::BTreeMap;

use super::stack::Templates;
use super::{folder, one};
use crate::diagnose::{Sink, Sources};
use crate::package::tree::Tree;

/// So many flavours are read ahead; who has more of them wants them to be waited for.
const AHEAD: usize = 64;

/// The flavours' templates, until somebody wants them.
#[derive(Debug, Default)]
pub struct Drafts(BTreeMap<String, Draft>);

/// A flavour's templates, and what was found in them.
#[derive(Debug)]
struct Draft {
    templates: Option<Templates>,
    sources: Sources,
    sink: Sink,
}

impl Drafts {
    /// Reads those of all flavours that there are folders of.
    #[must_use]
    pub fn of(tree: &dyn Tree) -> Self {
        let flavours = folder::flavours(tree).into_iter().take(AHEAD);
        Self(
            flavours
                .map(|flavour| {
                    let draft = Draft::of(tree, &flavour);
                    (flavour, draft)
                })
                .collect(),
        )
    }

    /// Takes a flavour's templates, with what was found in them.
    pub(super) fn take(
        &mut self,
        tree: &dyn Tree,
        flavour: &str,
        sources: &mut Sources,
        sink: &mut Sink,
    ) -> Option<Templates> {
        let draft = self.0.remove(flavour);
        let draft = draft.unwrap_or_else(|| Draft::of(tree, flavour));
        sources.extend(draft.sources);
        sink.adopt(draft.sink, |code| code);
        draft.templates
    }
}

impl Draft {
    fn of(tree: &dyn Tree, flavour: &str) -> Self {
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        let templates = folder::read(tree, flavour, &mut sources, &mut sink);
        for template in templates.iter().flat_map(Templates::all) {
            one(template, &mut sink);
        }
        Self {
            templates,
            sources,
            sink,
        }
    }
}
