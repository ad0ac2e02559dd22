//! What can stand at a place. One list answers three questions: what to complete, what a name that
//! stands there means, and where that is defined.

use std::borrow::Cow;

use camino::Utf8PathBuf;
use lsp_types::CompletionItemKind;

use crate::diagnose::Span;

/// What a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word of TOSCA or HOT themselves.
    Keyword,
    /// A function of theirs.
    Function,
    Type,
    Property,
    /// A part of a type: a capability, a requirement, an interface, an attribute.
    Part,
    /// Something of the package that has a name: a template, an input, a resource.
    Named,
    File,
    Value,
}

impl Kind {
    pub(super) fn of_completion(self) -> CompletionItemKind {
        match self {
            Self::Keyword => CompletionItemKind::KEYWORD,
            Self::Function => CompletionItemKind::FUNCTION,
            Self::Type => CompletionItemKind::CLASS,
            Self::Property => CompletionItemKind::PROPERTY,
            Self::Part => CompletionItemKind::FIELD,
            Self::Named => CompletionItemKind::VARIABLE,
            Self::File => CompletionItemKind::FILE,
            Self::Value => CompletionItemKind::ENUM_MEMBER,
        }
    }
}

/// A name that can stand at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offer<'k> {
    pub(super) name: Cow<'k, str>,
    pub(super) kind: Kind,
    /// What it is, in a few words.
    pub(super) detail: String,
    /// What else is known of it, as Markdown.
    pub(super) text: String,
    /// Whether something must be given under it.
    pub(super) is_needed: bool,
    /// Where it is defined: the file, and what of it if not all.
    pub(super) place: Option<(Utf8PathBuf, Option<Span>)>,
}

impl<'k> Offer<'k> {
    pub(super) fn new(
        name: impl Into<Cow<'k, str>>,
        kind: Kind,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            kind,
            detail: detail.into(),
            text: String::new(),
            is_needed: false,
            place: None,
        }
    }

    /// Says more of it.
    pub(super) fn text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    pub(super) fn needed(mut self, is_needed: bool) -> Self {
        self.is_needed = is_needed;
        self
    }

    /// Says where it is defined.
    pub(super) fn at(mut self, place: Option<(Utf8PathBuf, Option<Span>)>) -> Self {
        self.place = place;
        self
    }

    fn into_owned(self) -> Offer<'static> {
        Offer {
            name: Cow::Owned(self.name.into_owned()),
            ..self
        }
    }

    /// Returns all that is known of it, as Markdown.
    pub(super) fn markdown(&self) -> String {
        let needed = if self.is_needed { ", needed" } else { "" };
        let mut markdown = format!("**`{}`** ({}{needed})", self.name, self.detail);
        if !self.text.is_empty() {
            markdown += "\n\n";
            markdown += &self.text;
        }
        markdown
    }
}

/// What a place takes.
#[derive(Debug, Default)]
pub(super) struct Offers<'k> {
    /// The keys of the map that may stand there.
    pub(super) keys: Vec<Offer<'k>>,
    /// The values that may stand there.
    pub(super) values: Vec<Offer<'k>>,
}

impl<'k> Offers<'k> {
    pub(super) fn keys(keys: impl IntoIterator<Item = Offer<'k>>) -> Self {
        Self {
            keys: keys.into_iter().collect(),
            values: Vec::new(),
        }
    }

    pub(super) fn values(values: impl IntoIterator<Item = Offer<'k>>) -> Self {
        Self {
            keys: Vec::new(),
            values: values.into_iter().collect(),
        }
    }

    pub(super) fn into_owned(self) -> Offers<'static> {
        Offers {
            keys: self.keys.into_iter().map(Offer::into_owned).collect(),
            values: self.values.into_iter().map(Offer::into_owned).collect(),
        }
    }
}

/// Returns offers of words and what they say.
pub(super) fn words<'k>(
    kind: Kind,
    detail: &'static str,
    words: &'static [(&'static str, &'static str)],
) -> impl Iterator<Item = Offer<'k>> {
    words
        .iter()
        .map(move |(name, text)| Offer::new(*name, kind, detail).text(*text))
}
