//! The digests of a package's files: the manifest and the blocks of `TOSCA.meta`.
//!
//! Tacker's `csar_utils.py` splits both texts at blank lines, loads each part that has an
//! `Algorithm:` or `Hash:` as YAML, and rejects the package at the first that is not to its
//! liking. The same parts are read here the same way, so that both come to one verdict.

use camino::{Utf8Path, Utf8PathBuf};
use url::Url;

use super::digest::{Algorithm, named};
use crate::diagnose::{Diagnostic, Sink, Span};
use crate::package::meta::without_dot;
use crate::package::tree::Tree;
use crate::yaml::{self, Kind, Node, Value};

const KEYS: [&str; 3] = ["Source", "Algorithm", "Hash"];
/// Files with these extensions are skipped by Tacker, whatever their entry says.
const IMAGES: [&str; 12] = [
    "raw", "vhd", "vhdx", "vmdk", "vdi", "iso", "ploop", "qcow2", "aki", "ari", "ami", "img",
];

/// A digest that a file of the package must have.
#[derive(Debug)]
pub(super) struct Promise {
    /// The text in which it stands.
    pub(super) file: Utf8PathBuf,
    /// The file that is meant.
    pub(super) source: Utf8PathBuf,
    pub(super) algorithm: Algorithm,
    /// The digits as they are written.
    pub(super) hash: String,
    /// Where they are written.
    pub(super) span: Span,
    /// Whether Tacker passes it over.
    pub(super) is_image: bool,
}

/// An entry that names a signature of its file (SOL004 §5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedEntry {
    /// The file.
    pub source: Utf8PathBuf,
    /// The file with its signature, if one is named.
    pub signature: Option<Utf8PathBuf>,
    /// The file with the signer's certificate, if one is named.
    pub certificate: Option<Utf8PathBuf>,
}

/// What the entries of a text come to.
#[derive(Debug, Default)]
pub(super) struct Entries {
    /// Files of the package that are listed, whether or not their digest can be compared.
    pub(super) listed: Vec<Utf8PathBuf>,
    /// Files that entries name which cannot be read otherwise: what ails those is told.
    pub(super) named: Vec<Utf8PathBuf>,
    /// Those with a signature of their own.
    pub(super) signed: Vec<SignedEntry>,
    /// What is to be compared.
    pub(super) promises: Vec<Promise>,
}

/// Reads the entries of `file` with their faults.
pub(super) fn entries(
    tree: &dyn Tree,
    file: &Utf8Path,
    text: &str,
    entries: &mut Entries,
    sink: &mut Sink,
) {
    for (start, part) in parts(text) {
        if part.contains("Algorithm:") || part.contains("Hash:") {
            let mut block = Block {
                tree,
                file,
                part,
                start,
                entries,
                sink,
            };
            block.read();
        }
    }
}

/// Splits at runs of two or more line feeds, as Tacker does; each part with its place.
fn parts(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split("\n\n").filter_map(move |part| {
        let lead = part.len() - part.trim_start_matches('\n').len();
        let found = (start + lead, &part[lead..]);
        start += part.len() + 2;
        (!found.1.is_empty()).then_some(found)
    })
}

struct Block<'b> {
    tree: &'b dyn Tree,
    file: &'b Utf8Path,
    part: &'b str,
    start: usize,
    entries: &'b mut Entries,
    sink: &'b mut Sink,
}

impl Block<'_> {
    fn read(&mut self) {
        let named = self.part.lines().filter_map(named).map(Into::into);
        self.entries.named.extend(named);
        let Some(root) = self.parse() else { return };
        if self.has_exactly_the_keys(&root) && self.has_all_values(&root) {
            self.entry(&root);
        }
    }

    fn parse(&mut self) -> Option<Node> {
        let mut found = Sink::default();
        let root = yaml::parse_part(self.file, self.part, self.start, &mut found);
        let has_foreign = |root: &Node| root.entries().iter().any(|(key, _)| !is_known(key));
        if self.part.contains("\r\n\r\n") && root.as_ref().is_some_and(has_foreign) {
            self.foreign_line_ends();
            return None;
        }
        let mut merged = false;
        for mut finding in found.diagnostics().iter().cloned() {
            if finding.code == "yaml-duplicate-key" {
                // One finding for a run of entries; each of its keys would have one otherwise.
                if merged {
                    continue;
                }
                merged = true;
                finding.code = "manifest-entries-merged";
                "no blank line stands before this entry".clone_into(&mut finding.message);
                finding.why = Some(
                    "Tacker reads it and the entry above as one, of which the last file alone is \
                     checked and can be fetched as an artifact"
                        .to_owned(),
                );
                finding.help = Some("put an empty line between the entries".to_owned());
                // Sure only where this entry begins as the one above.
                let key = finding.primary.span.and_then(|span| {
                    let at = span.start - self.start;
                    let key = self.part.get(at..span.end - self.start)?;
                    (self.part.starts_with(key) && self.part[..at].ends_with('\n')).then_some(span)
                });
                if let Some(key) = key {
                    let end = key.start;
                    finding = finding.edit(self.file, Span { end, ..key }, "\n");
                }
            } else {
                finding.code = "manifest-syntax";
                finding.why =
                    Some("Tacker rejects the package: it loads each block as YAML".into());
                finding.help = Some(
                    "a signature, and whatever else is no `Key: value`, needs blank lines around it"
                        .into(),
                );
            }
            self.sink.push(finding);
        }
        let root = root?;
        if root.is_mapping() {
            return Some(root);
        }
        let message = format!("this block is {} and must be a map", root.type_name());
        self.sink.push(
            Diagnostic::error("manifest-syntax", self.file, root.span, message)
                .why("Tacker rejects the package: it loads each block as YAML"),
        );
        None
    }

    /// All is one block, metadata and entries, since no blank line is one to Tacker.
    fn foreign_line_ends(&mut self) {
        let at = self.part.find('\r').unwrap_or_default() + self.start;
        let span = Span { start: at, end: at };
        let message = "the lines end with CR LF";
        let mut finding = Diagnostic::error("manifest-line-ends", self.file, span, message)
            .why(
                "Tacker looks for blank lines made of LF alone, finds none, takes everything for \
                 one entry and rejects the package",
            )
            .help("convert the file to LF line ends");
        for (at, _) in self.part.match_indices("\r\n") {
            let start = self.start + at;
            let end = start + 1;
            finding = finding.edit(self.file, Span { start, end }, "");
        }
        self.sink.push(finding);
    }

    fn has_exactly_the_keys(&mut self, root: &Node) -> bool {
        self.signature(root);
        let keys = root.entries().iter().map(|(key, _)| key);
        let mut keys = keys.filter(|key| !is_of_signature(key));
        if let Some(first) = keys.find(|key| !is_known(key)) {
            let key = first.text().unwrap_or("this");
            let message = format!("`{key}` is no key of an entry with a digest");
            let missing = KEYS.into_iter().filter(|key| root.get(key).is_none());
            let finding = Diagnostic::error("manifest-key-unknown", self.file, first.span, message)
                .why("Tacker rejects the package for any key but Source, Algorithm and Hash")
                .meant(key, missing);
            let finding = match (&finding.instead, entry_behind(root)) {
                (Some(_), _) => finding,
                (None, Some(entry)) => finding
                    .help("put a blank line between it and the entry")
                    .edit(self.file, entry, "\n"),
                (None, None) => {
                    finding.help("remove it, or put a blank line between it and the entry")
                }
            };
            self.sink.push(finding);
            return false;
        }
        let missing: Vec<_> = KEYS
            .into_iter()
            .filter(|key| root.get(key).is_none())
            .filter(|key| *key != "Source" || root.get("Name").is_none())
            .collect();
        if !missing.is_empty() {
            let message = format!("the entry has no {}", missing.join(" and no "));
            self.sink.push(
                Diagnostic::error("manifest-key-missing", self.file, root.span, message)
                    .why("Tacker rejects the package for it"),
            );
        }
        missing.is_empty()
    }

    /// Tells of a file's own signature, and goes on: whoever checks signatures reads the entry.
    fn signature(&mut self, root: &Node) {
        let keys = root.entries().iter().map(|(key, _)| key);
        let Some(first) = keys.into_iter().find(|key| is_of_signature(key)) else {
            return;
        };
        let message = "the entry names a signature of its file";
        self.sink.push(
            Diagnostic::error("manifest-entry-signature", self.file, first.span, message)
                .why("SOL004 has it so, but Tacker rejects the package for any key but Source, Algorithm and Hash")
                .help("take the line out: a signature that lies beside its file as `NAME.sig.cms` needs none (`vnfctl package sign --artifact NAME`)"),
        );
        let path = |key: &str| root.get(key).and_then(Node::as_str).map(Utf8PathBuf::from);
        if let Some(source) = path("Source").or_else(|| path("Name")) {
            self.entries.signed.push(SignedEntry {
                source,
                signature: path("Signature"),
                certificate: path("Certificate"),
            });
        }
    }

    fn has_all_values(&mut self, root: &Node) -> bool {
        let is_empty = |node: &Node| match &node.kind {
            Kind::Scalar { value, text, .. } => match value {
                Value::Null | Value::Bool(false) | Value::Int(0) => true,
                Value::Str => text.is_empty(),
                _ => false,
            },
            Kind::Sequence(items) => items.is_empty(),
            Kind::Mapping(entries) => entries.is_empty(),
        };
        let found = root
            .entries()
            .iter()
            .filter(|(key, _)| key.text() != Some("Content-Type"))
            .find(|(_, value)| is_empty(value));
        if let Some((key, _)) = found {
            let message = format!("`{}` has no value", key.text().unwrap_or("this"));
            self.sink.push(
                Diagnostic::error("manifest-value-missing", self.file, key.span, message)
                    .why("Tacker rejects the package for it"),
            );
        }
        found.is_none()
    }

    fn entry(&mut self, root: &Node) {
        let (Some(source), Some(algorithm), Some(hash)) = (
            root.get("Name").or_else(|| root.get("Source")),
            root.get("Algorithm"),
            root.get("Hash"),
        ) else {
            return;
        };
        let Some(path) = source.as_str() else {
            let message = format!("`Source` must be a path and is {}", source.type_name());
            let finding = Diagnostic::error("manifest-source", self.file, source.span, message);
            let mut finding = finding.help("put the path into quotes");
            finding.instead = source.text().map(|text| format!("\"{text}\""));
            self.sink
                .push(finding.why("Tacker rejects the package for it"));
            return;
        };
        let is_image = is_image(Utf8Path::new(path));
        if is_url(path) {
            let message = format!("`{path}` is fetched by the conductor when it is uploaded");
            let finding =
                Diagnostic::warning("manifest-source-url", self.file, source.span, message);
            self.sink.push(
                finding
                    .why("the upload fails where that server does not answer")
                    .help("put the file into the package"),
            );
            return;
        }
        let known = algorithm.as_str().and_then(Algorithm::of);
        let is_there = self.tree.contains(path.into());
        if !is_there {
            let message = format!("`{path}` is not in the package");
            self.fault(
                "manifest-source",
                is_image,
                source,
                message,
                "write the path as it is in the archive, from its root, without `./`",
                without_dot(self.tree, path),
            );
        }
        if is_there {
            self.entries.listed.push(path.into());
        }
        if known.is_none() {
            let message = format!(
                "the algorithm `{}` is none that Tacker knows",
                algorithm.text().unwrap_or(algorithm.type_name())
            );
            self.fault(
                "manifest-algorithm",
                is_image,
                algorithm,
                message,
                "write SHA-224, SHA-256, SHA-384 or SHA-512, with the dash",
                algorithm.text().and_then(Algorithm::meant),
            );
        }
        let digits = self.hash(hash, is_image);
        if let (true, Some(algorithm), Some(digits)) = (is_there, known, digits) {
            self.entries.promises.push(Promise {
                file: self.file.to_owned(),
                source: path.into(),
                algorithm,
                hash: digits,
                span: hash.span,
                is_image,
            });
        }
    }

    /// Returns the digits when they are a text that can be compared.
    fn hash(&mut self, hash: &Node, is_image: bool) -> Option<String> {
        let Some(digits) = hash.as_str() else {
            let message = format!("YAML reads this hash as {}", hash.type_name());
            self.fault(
                "manifest-hash",
                is_image,
                hash,
                message,
                "put it into quotes",
                hash.text().map(|text| format!("\"{text}\"")),
            );
            return None;
        };
        if digits.chars().any(|c| c.is_ascii_uppercase()) {
            let message = "the hash has upper-case digits";
            self.fault(
                "manifest-hash",
                is_image,
                hash,
                message.into(),
                "write it in lower case",
                Some(digits.to_lowercase()),
            );
        }
        Some(digits.to_lowercase())
    }

    /// Pushes an error that Tacker rejects the package for, or passes over in an image's entry.
    fn fault(
        &mut self,
        code: &'static str,
        is_image: bool,
        node: &Node,
        message: String,
        help: &str,
        instead: Option<String>,
    ) {
        let (code, why) = if is_image {
            (
                "manifest-image-entry",
                "Tacker passes over entries of disk images, but others who check digests do not",
            )
        } else {
            (code, "Tacker rejects the package for it")
        };
        let mut finding = Diagnostic::error(code, self.file, node.span, message);
        finding.instead = instead;
        self.sink.push(finding.why(why).help(help));
    }
}

/// Where a block of other keys ends and an entry begins, if that is all there is to it.
fn entry_behind(root: &Node) -> Option<Span> {
    let keys: Vec<_> = root.entries().iter().map(|(key, _)| key).collect();
    let at = keys.iter().position(|key| is_known(key))?;
    let begins = matches!(keys[at].text(), Some("Source" | "Name"));
    let is_entry = begins && keys[at..].iter().all(|key| is_known(key));
    let start = keys[at].span.start;
    (at > 0 && is_entry).then_some(Span { start, end: start })
}

/// `Name` may stand for `Source`, and `Content-Type` beside them.
fn is_known(key: &Node) -> bool {
    let is_known = |key: &str| KEYS.contains(&key) || matches!(key, "Name" | "Content-Type");
    key.text().is_some_and(is_known)
}

/// Keys of SOL004 that Tacker does not know.
fn is_of_signature(key: &Node) -> bool {
    matches!(key.text(), Some("Signature" | "Certificate"))
}

/// Tells whether Tacker takes a file for a disk image, by its name.
pub(super) fn is_image(path: &Utf8Path) -> bool {
    let extension = path.extension();
    extension.is_some_and(|extension| IMAGES.contains(&extension))
}

/// Tells whether Tacker would fetch it: a scheme and a host, or `file:`.
fn is_url(path: &str) -> bool {
    path.starts_with("file:") || Url::parse(path).is_ok_and(|url| url.has_host())
}
