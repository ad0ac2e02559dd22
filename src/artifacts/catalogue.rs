//! From a spec's versions to the files that its nodes need.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::spec::{Arch, ClusterPackage, Matrix, MatrixError, RuntimeName};

/// The built-in list of files is broken, or a version that it needs is not known.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// It cannot be read, which only a broken build can cause.
    #[error("the built-in list of artifacts cannot be read")]
    Broken(#[from] serde_yaml::Error),
    /// The table of versions cannot be read.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// A version has no value.
    #[error("the spec and the version matrix name no version of {0}")]
    Version(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Entry {
    path: String,
    digest: String,
    #[serde(default)]
    runtime: Option<RuntimeName>,
    /// The version without which nobody needs it.
    #[serde(default)]
    only_with: Option<String>,
}

/// A file that nodes need, at its maker's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The name under which the node script asks for it.
    pub name: String,
    /// The machines it is for.
    pub arch: Arch,
    /// Host and path of it.
    pub path: String,
    /// Host and path of the file that tells its SHA-256.
    pub digest: String,
}

/// Returns all files that nodes of these architectures need.
///
/// # Errors
/// A version is not known.
pub fn wanted(
    spec: &ClusterPackage,
    architectures: &[Arch],
) -> Result<Vec<Wanted>, CatalogueError> {
    let entries: BTreeMap<String, Entry> = serde_yaml::from_str(include_str!("catalogue.yaml"))?;
    let versions = versions(spec)?;
    let mut files = Vec::new();
    for (name, entry) in entries {
        let unwanted = entry.only_with.as_ref();
        if entry.runtime.is_some_and(|own| own != spec.runtime.name)
            || unwanted.is_some_and(|version| !versions.contains_key(version))
        {
            continue;
        }
        let everywhere = !entry.path.contains("{arch}");
        let each = if everywhere {
            &[Arch::Any][..]
        } else {
            architectures
        };
        for arch in each {
            let path = fill(&entry.path, *arch, &versions)?;
            let digest = match entry.digest.strip_prefix('.') {
                Some(_) => format!("{path}{}", entry.digest),
                None => fill(&entry.digest, *arch, &versions)?,
            };
            files.push(Wanted {
                name: name.clone(),
                arch: *arch,
                path,
                digest,
            });
        }
    }
    Ok(files)
}

/// The versions that a spec means, by the names that the list of files uses.
pub(super) fn versions(spec: &ClusterPackage) -> Result<BTreeMap<String, String>, CatalogueError> {
    let versions = spec.versions(&Matrix::builtin()?);
    Ok(versions
        .by_name(spec)
        .map(|(name, version)| (name.to_owned(), version.to_owned()))
        .collect())
}

fn fill(
    pattern: &str,
    arch: Arch,
    versions: &BTreeMap<String, String>,
) -> Result<String, CatalogueError> {
    let mut text = pattern.replace("{arch}", arch.name());
    for (name, version) in versions {
        text = text.replace(&format!("{{{name}}}"), version);
    }
    match text.split_once('{') {
        None => Ok(text),
        Some((_, rest)) => {
            let name = rest.split('}').next().unwrap_or(rest);
            Err(CatalogueError::Version(name.to_owned()))
        }
    }
}
