//! Looks, before a VNF is made, whether what it asks for is there.
//!
//! Tacker takes an instantiate request whatever it says and finds out later: an unknown flavour
//! or level ends in ROLLED_BACK, a missing network in FAILED_TEMP, after minutes and with one
//! line of Heat's for all. Here the person is told at once, of everything, and nothing exists yet.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};

use super::{Error, Vnfm};
use crate::diagnose::{Sink, instead_of};
use crate::hot::{self, Asset, Need};
use crate::package::reader::{Limits, Zipped};
use crate::package::tree::Tree;
use crate::tacker::cloud::Cloud;
use crate::tacker::{self, Inventory, Named, RawRequest, SANDBOX, VimSummary, VnfPackage};
use crate::tosca::model::{Flavour, Vnfd};

/// The flavour of a request that names none, when the package's are not known.
const USUAL: &str = "simple";
/// Larger files of a VNFD are not read, in bytes.
const LARGEST: u64 = 8 << 20;

/// A request that may be sent.
#[derive(Debug)]
pub struct Prepared {
    /// The request, with its flavour.
    pub request: Value,
    /// What could not be checked, and why; one sentence each.
    pub warnings: Vec<String>,
}

/// Returns `request` with the usual flavour when it names none, without a look at anything.
#[must_use]
pub fn unchecked(mut request: Value) -> Value {
    if request["flavourId"].is_null() {
        request["flavourId"] = json!(USUAL);
    }
    request
}

impl Vnfm {
    /// Completes an InstantiateVnfRequest (SOL003 §5.5.2.4) for `package` and checks it: that
    /// flavour and level exist in the VNFD, and that the flavors, images and networks that the
    /// stack will ask for exist in the cloud, as far as the VIM is the account's own project.
    ///
    /// # Errors
    /// [`Error::Unready`] with everything that is missing. What cannot be found out is a warning.
    pub async fn prepare(&self, package: &str, request: Value) -> Result<Prepared, Error> {
        let mut files = match self.contents(package).await {
            Ok(files) => files,
            Err(error) => {
                let warning = format!("nothing is checked beforehand: {}", super::words(&*error));
                return Ok(Prepared {
                    request: unchecked(request),
                    warnings: vec![warning],
                });
            }
        };
        let Some(vnfd) = Vnfd::read(&files, &mut Sink::default()) else {
            let warning = "nothing is checked beforehand: the package's VNFD cannot be read";
            return Ok(Prepared {
                request: unchecked(request),
                warnings: vec![warning.into()],
            });
        };
        let (flavour, request) = choose(&vnfd, request)?;
        let mut warnings = Vec::new();
        let is_own = self.is_own_project(&request).await;
        if is_own {
            let package = self.client().package(package).await?;
            self.add_templates(&mut files, &package, &flavour.id, &mut warnings)
                .await;
        }
        let tree = is_own.then_some(&files as &dyn Tree);
        self.judged(flavour, request, tree, warnings).await
    }

    /// Completes and checks the request as [`Self::prepare`] does, for a package that is not onboarded:
    /// `tree` has its files.
    ///
    /// # Errors
    /// Those of [`Self::prepare`].
    pub async fn prepare_from(
        &self,
        vnfd: &Vnfd,
        tree: &dyn Tree,
        request: Value,
    ) -> Result<Prepared, Error> {
        let (flavour, request) = choose(vnfd, request)?;
        let is_seen = self.is_own_project(&request).await && !self.is_sandbox().await;
        let tree = is_seen.then_some(tree);
        self.judged(flavour, request, tree, Vec::new()).await
    }

    /// Tells whether the VNFM is a sandbox, whose cloud has what packages ask for once they are onboarded.
    async fn is_sandbox(&self) -> bool {
        let request = RawRequest::get("/vnflcm/v2/api_versions");
        let answer = self.client().raw(&request).await;
        answer.is_ok_and(|answer| {
            let server = answer.headers.get(reqwest::header::SERVER);
            server.is_some_and(|server| server == SANDBOX)
        })
    }

    /// Checks the request against the flavour and, where its files are given, against the cloud.
    async fn judged(
        &self,
        flavour: &Flavour,
        request: Value,
        tree: Option<&dyn Tree>,
        mut warnings: Vec<String>,
    ) -> Result<Prepared, Error> {
        let mut faults: Vec<String> = level_fault(flavour, &request).into_iter().collect();
        if let Some(tree) = tree {
            let needs = hot::needs(tree, flavour, &request);
            self.compare(&needs, &mut faults, &mut warnings).await;
        }
        if faults.is_empty() {
            return Ok(Prepared { request, warnings });
        }
        Err(Error::Unready(faults))
    }

    /// Returns the descriptor of a package that is onboarded.
    ///
    /// # Errors
    /// Tacker does not hand it out, or it cannot be read.
    pub async fn vnfd_of(&self, package: &str) -> Result<Vnfd, Error> {
        let unread = |why: String| {
            let message = format!("the VNFD of package {package} cannot be read: {why}");
            Error::Invalid(message)
        };
        let files = self.contents(package).await;
        let files = files.map_err(|error| unread(super::words(&*error)))?;
        let mut sink = Sink::default();
        Vnfd::read(&files, &mut sink).ok_or_else(|| {
            let first = sink.into_diagnostics().into_iter().next();
            unread(first.map_or_else(String::new, |finding| finding.message))
        })
    }

    /// Returns the VNFD's files as Tacker hands them out.
    pub(super) async fn contents(
        &self,
        package: &str,
    ) -> Result<Files, Box<dyn std::error::Error>> {
        let bytes = self.client().vnfd(package).await?;
        let mut scratch = tempfile::NamedTempFile::new()?;
        scratch.write_all(&bytes)?;
        let zip = Zipped::open(scratch.path(), Limits::default())?;
        let mut files = Files::default();
        for path in zip.paths() {
            files.0.insert(path.clone(), zip.read(&path, LARGEST)?);
        }
        Ok(files)
    }

    /// Adds the templates of a flavour, as far as the package's manifest lists them.
    async fn add_templates(
        &self,
        files: &mut Files,
        package: &VnfPackage,
        flavour: &str,
        warnings: &mut Vec<String>,
    ) {
        let folder = Utf8Path::new("BaseHOT").join(flavour);
        let listed = package.artifacts().into_iter().map(Utf8Path::new);
        for path in listed.filter(|path| path.starts_with(&folder)) {
            match self.client().artifact(&package.id, path.as_str()).await {
                Ok(bytes) => {
                    files.0.insert(path.to_owned(), bytes.into());
                }
                Err(error) => warnings.push(format!("{path} is not checked: {error}")),
            }
        }
    }

    /// Tells whether the VNF goes where this account can look: to an OpenStack with the
    /// account's own Keystone and project.
    pub async fn is_own_project(&self, request: &Value) -> bool {
        let cloud = self.client().session().cloud();
        let vims = match self.client().vims().await {
            Ok(vims) => vims,
            Err(error) => {
                tracing::debug!(%error, "the VIM is not known, so its project is not looked at");
                return false;
            }
        };
        let given = request["vimConnectionInfo"].as_object();
        match given.map(|map| map.values().collect::<Vec<_>>()).as_deref() {
            None | Some([]) => {
                let default = vims.iter().find(|vim| vim.is_default);
                // Where there is no VIM at all, the account's own cloud becomes it.
                default.map_or(vims.is_empty(), |vim| is_own(vim, cloud))
            }
            Some([one]) => match one["vimId"].as_str() {
                Some(id) => vims.iter().any(|vim| vim.id == id && is_own(vim, cloud)),
                None => is_own_connection(one, cloud),
            },
            Some(_) => false,
        }
    }

    async fn compare(&self, needs: &[Need], faults: &mut Vec<String>, warnings: &mut Vec<String>) {
        if needs.is_empty() {
            return;
        }
        let inventory = match self.client().inventory().await {
            Ok(inventory) => inventory,
            Err(error) => {
                warnings.push(format!("the cloud is not looked at beforehand: {error}"));
                return;
            }
        };
        let assets: BTreeSet<Asset> = needs.iter().map(|need| need.asset).collect();
        for asset in assets {
            match list(&inventory, asset).await {
                Ok(there) => {
                    let wanted = needs.iter().filter(|need| need.asset == asset);
                    faults.extend(wanted.filter_map(|need| fault(need, &there)));
                }
                Err(error) => warnings.push(format!("{asset}s are not checked: {error}")),
            }
        }
    }
}

async fn list(inventory: &Inventory, asset: Asset) -> Result<Vec<Named>, tacker::Error> {
    match asset {
        Asset::Flavor => inventory.flavors().await,
        Asset::Image => inventory.images().await,
        Asset::Network => inventory.networks().await,
    }
}

/// Says why Heat will not find what is needed.
fn fault(need: &Need, there: &[Named]) -> Option<String> {
    let Need { asset, name, by } = need;
    if there.iter().any(|one| &one.id == name) {
        return None;
    }
    match there.iter().filter(|one| &one.name == name).count() {
        1 => None,
        0 => {
            let names: Vec<&str> = there.iter().map(|one| one.name.as_str()).collect();
            let instead = instead_of(name, &names);
            Some(format!(
                "there is no {asset} `{name}`, which {by} asks for; {instead}"
            ))
        }
        count => Some(format!(
            "there are {count} {asset}s `{name}`, and Heat takes none of them: {by} must ask \
             for one by its id"
        )),
    }
}

/// Gives the request a flavour when it names none, and finds the flavour that it means.
fn choose(vnfd: &Vnfd, mut request: Value) -> Result<(&Flavour, Value), Error> {
    let ids: Vec<&str> = vnfd.flavours.iter().map(|one| one.id.as_str()).collect();
    let find = |id: &str| vnfd.flavours.iter().find(|one| one.id == id);
    let product = &vnfd.product_name;
    let fault = match request["flavourId"].as_str() {
        Some(id) => match find(id) {
            Some(flavour) => return Ok((flavour, request)),
            None => format!(
                "package `{product}` has no flavour `{id}`; {}",
                instead_of(id, &ids)
            ),
        },
        None => {
            let only = match vnfd.flavours.as_slice() {
                [only] => Some(only),
                _ => find(USUAL),
            };
            if let Some(flavour) = only {
                request["flavourId"] = json!(flavour.id);
                return Ok((flavour, request));
            }
            format!(
                "package `{product}` has several flavours, so name one with --flavour: {}",
                ids.join(", ")
            )
        }
    };
    Err(Error::Unready(vec![fault]))
}

fn level_fault(flavour: &Flavour, request: &Value) -> Option<String> {
    let id = request["instantiationLevelId"].as_str()?;
    if flavour.levels.contains_key(id) {
        return None;
    }
    let known: Vec<&str> = flavour.levels.keys().map(String::as_str).collect();
    Some(format!(
        "flavour `{}` has no instantiation level `{id}`; {}",
        flavour.id,
        instead_of(id, &known)
    ))
}

/// Tells whether a registered VIM is the account's cloud and project.
fn is_own(vim: &VimSummary, cloud: &Cloud) -> bool {
    let project = vim.rest.get("vim_project");
    let text = |key| project.and_then(|project| project.get(key)?.as_str());
    vim.vim_type == "openstack"
        && is_same_keystone(&vim.auth_url, cloud)
        && is_same_project(text("name"), text("id"), cloud)
}

/// Tells the same of a VIM that the request itself describes (SOL003 §4.4.1.6).
fn is_own_connection(connection: &Value, cloud: &Cloud) -> bool {
    let text = |room: &str, key: &str| connection[room][key].as_str();
    let kind = connection["vimType"].as_str().unwrap_or_default();
    kind.contains("OPENSTACK")
        && text("interfaceInfo", "endpoint").is_some_and(|url| is_same_keystone(url, cloud))
        && is_same_project(
            text("accessInfo", "project"),
            text("accessInfo", "projectId"),
            cloud,
        )
}

/// Addresses are registered with and without the version.
fn is_same_keystone(url: &str, cloud: &Cloud) -> bool {
    let plain = |url: &str| -> String {
        let url = url.trim_end_matches('/');
        url.strip_suffix("/v3").unwrap_or(url).to_lowercase()
    };
    plain(url) == plain(cloud.auth_url.as_str())
}

fn is_same_project(name: Option<&str>, id: Option<&str>, cloud: &Cloud) -> bool {
    let same = |one: Option<&str>, other: &Option<String>| one.is_some() && one == other.as_deref();
    same(id, &cloud.project_id) || same(name, &cloud.project)
}

/// Files in memory.
#[derive(Debug, Default)]
pub(super) struct Files(BTreeMap<Utf8PathBuf, Vec<u8>>);

impl Tree for Files {
    fn paths(&self) -> Vec<Utf8PathBuf> {
        self.0.keys().cloned().collect()
    }

    fn size(&self, path: &Utf8Path) -> Option<u64> {
        self.0.get(path).map(|bytes| bytes.len() as u64)
    }

    fn mode(&self, _path: &Utf8Path) -> Option<u32> {
        None
    }

    fn open(&self, path: &Utf8Path) -> io::Result<Box<dyn io::Read + '_>> {
        let bytes = self.0.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(bytes.as_slice()))
    }
}

#[cfg(test)]
mod tests;
