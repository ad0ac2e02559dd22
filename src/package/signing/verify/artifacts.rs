//! Files that are signed by themselves (SOL004 §5.2), by whoever made them, inside a package that
//! another puts together.
//!
//! An entry of the manifest may name the signature and the certificate; without, they are known by
//! their names: `NAME.sig.cms` beside `NAME`, and `NAME.cert`.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::content::{Content, Subject};
use super::{ArtifactReport, read_certificates, read_signature, signer};
use crate::diagnose::{Diagnostic, Sink};
use crate::package::check::SignedEntry;
use crate::package::signing::trust::Terms;
use crate::package::tree::Tree;

/// How signatures of single files are named, the first being how they are written here.
const ENDINGS: [&str; 3] = [".sig.cms", ".sig.p7b", ".sig.p7c"];

/// What became of them.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// Who signed which file.
    pub(super) reports: Vec<ArtifactReport>,
    /// Signatures, and certificates beside them, that were judged.
    pub(super) files: Vec<Utf8PathBuf>,
}

/// Where the signature of a file lies.
pub(in crate::package::signing) fn signature_of(file: &Utf8Path) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("{file}{}", ENDINGS[0]))
}

/// Judges the signatures of single files, those that entries name and those that lie beside.
pub(super) fn verify(
    tree: &dyn Tree,
    named: &[SignedEntry],
    terms: &Terms,
    sink: &mut Sink,
) -> Judged {
    let mut judged = Judged::default();
    for (signature, (file, certificate)) in all(tree, named, sink) {
        let certificate = certificate.or_else(|| {
            let beside = Utf8PathBuf::from(format!("{file}.cert"));
            tree.contains(&beside).then_some(beside)
        });
        judged.files.push(signature.clone());
        judged.files.extend(certificate.clone());
        let Some(bytes) = read_signature(tree, &signature, sink) else {
            continue;
        };
        let beside = match &certificate {
            Some(path) => match read_certificates(tree, path, sink) {
                Some(certificates) => certificates,
                None => continue,
            },
            None => Vec::new(),
        };
        let subject = Subject {
            file: &file,
            at: &signature,
            signature: &bytes,
            beside,
            content: Content::Member(tree, &file),
        };
        if let Some(signers) = signer::judge(&subject, terms, sink) {
            judged.reports.push(ArtifactReport {
                file: file.clone(),
                signature: signature.clone(),
                signers,
            });
        }
    }
    judged
}

type Found = BTreeMap<Utf8PathBuf, (Utf8PathBuf, Option<Utf8PathBuf>)>;

/// Finds them: each signature with its file and, where an entry names it, its certificate.
fn all(tree: &dyn Tree, named: &[SignedEntry], sink: &mut Sink) -> Found {
    let paths = tree.paths();
    let mut found: Found = paths
        .iter()
        .filter_map(|path| Some((path.clone(), (beside(&paths, path)?, None))))
        .collect();
    for entry in named {
        let file = &entry.source;
        let own = || {
            paths
                .iter()
                .find(|path| beside(&paths, path).as_ref() == Some(file))
        };
        let signature = entry.signature.as_ref().or_else(own);
        let Some(signature) = signature.filter(|path| tree.contains(path)) else {
            let message = match &entry.signature {
                Some(path) => format!("its signature `{path}` is not in the package"),
                None => "a certificate is named for it, and no signature".to_owned(),
            };
            sink.push(
                Diagnostic::file_error("signature-artifact-missing", file, message)
                    .why("the manifest says that the file is signed by itself")
                    .help("take the package from where it comes from again"),
            );
            continue;
        };
        if tree.contains(file) {
            found.insert(signature.clone(), (file.clone(), entry.certificate.clone()));
        }
    }
    found
}

/// The file that a signature lies beside, by its name: whole, or without its own extension.
fn beside(paths: &[Utf8PathBuf], signature: &Utf8Path) -> Option<Utf8PathBuf> {
    let whole = ENDINGS
        .into_iter()
        .find_map(|ending| signature.as_str().strip_suffix(ending))?;
    let whole = Utf8Path::new(whole);
    if paths.iter().any(|path| path == whole) {
        return Some(whole.to_owned());
    }
    let mut others = paths.iter().filter(|path| {
        let is_signature = matches!(path.extension(), Some("cms" | "p7b" | "p7c" | "cert"));
        !is_signature && path.with_extension("") == whole
    });
    let other = others.next()?;
    others.next().is_none().then(|| other.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_lies_beside_its_file_by_name() {
        let paths: Vec<Utf8PathBuf> = [
            "a/one.sh",
            "a/one.sh.sig.cms",
            "a/two.bin",
            "a/b.x",
            "a/b.y",
        ]
        .map(Into::into)
        .into();
        let beside = |path: &str| beside(&paths, path.into()).map(Utf8PathBuf::into_string);
        assert_eq!(beside("a/one.sh.sig.cms").as_deref(), Some("a/one.sh"));
        assert_eq!(beside("a/two.sig.p7b").as_deref(), Some("a/two.bin"));
        for none in ["a/b.sig.cms", "two.sig.cms", "a/one.sh", "web.cms"] {
            assert_eq!(beside(none), None, "{none}");
        }
    }
}
