//! `vnfctl package enable|update|download|artifact`: packages that Tacker has.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;

use super::certify::pair;
use super::output::{cannot, put_bytes};
use super::progress::Bytes;
use super::{Exit, Failure};
use crate::lifecycle::Vnfm;
use crate::tacker::VnfPackage;

/// Changes the data that users keep with a package.
///
/// Tacker replaces all of the data by what differs, so the entries that there are go along.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl package update web --data owner=lab --data ticket=4711")]
pub(super) struct Update {
    /// Package id, VNFD id or product name
    package: String,
    /// Entry of the user-defined data; repeatable
    #[arg(long = "data", value_name = "KEY=VALUE", value_parser = pair, required = true)]
    data: Vec<(String, String)>,
}

impl Update {
    pub(super) async fn run(self, vnfm: &Vnfm) -> Result<Exit, Failure> {
        let package = vnfm.find_package(&self.package).await?;
        let client = vnfm.client();
        // Lists leave the data out.
        let whole = client.package(&package.id).await?;
        let before = whole.rest.get("userDefinedData").and_then(Value::as_object);
        let before = before.cloned().unwrap_or_default();
        let mut wanted = before.clone();
        for (key, value) in &self.data {
            // Tacker makes texts of all values.
            wanted.insert(key.clone(), value.as_str().into());
        }
        if wanted == before {
            anstream::eprintln!("the package has that data already");
            return Ok(Exit::Done);
        }
        client.set_user_data(&package.id, &wanted).await?;
        // What did not differ is gone now, and differs when it is sent again with what did.
        let after = client.package(&package.id).await?;
        let after = after.rest.get("userDefinedData").and_then(Value::as_object);
        if after != Some(&wanted) {
            client.set_user_data(&package.id, &wanted).await?;
        }
        Ok(Exit::Done)
    }
}

/// Where what is fetched goes.
#[derive(Debug, Args)]
struct Target {
    /// File to write; - is standard output
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// Replace the file where there is one
    #[arg(long)]
    force: bool,
}

impl Target {
    /// The file, which must not be there unless it may be replaced; nothing for standard output.
    fn file(&self, usual: &str) -> Result<Option<PathBuf>, Failure> {
        let file = self.to.clone().unwrap_or_else(|| PathBuf::from(usual));
        if file == Path::new("-") {
            return Ok(None);
        }
        if file.exists() && !self.force {
            let message = format!("{} exists already", file.display());
            return Err(Failure::new(Exit::Conflict, message)
                .hint("--force replaces it, --to FILE names another"));
        }
        Ok(Some(file))
    }
}

/// A file that is there when it is whole, and not before.
fn draft(file: &Path) -> Result<tempfile::NamedTempFile, Failure> {
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    tempfile::NamedTempFile::new_in(folder).map_err(|error| unwritten(file, error))
}

fn unwritten(file: &Path, error: std::io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("cannot write {}", file.display())).caused_by(error)
}

fn keep(draft: tempfile::NamedTempFile, file: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt as _;
    // Drafts are their maker's alone; packages are no secret.
    let open = std::fs::Permissions::from_mode(0o644);
    let opened = draft.as_file().set_permissions(open);
    opened.map_err(|error| unwritten(file, error))?;
    draft
        .persist(file)
        .map_err(|error| unwritten(file, error.error))?;
    anstream::eprintln!("{}", file.display());
    Ok(())
}

/// Fetches a package as it was pushed, or its VNFD.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl package download web
  vnfctl package download web --vnfd --to - | bsdtar -tf -")]
pub(super) struct Download {
    /// Package id, VNFD id or product name
    package: String,
    /// Only the VNFD, a zip that Tacker writes anew of it and what it imports
    #[arg(long)]
    vnfd: bool,
    #[command(flatten)]
    target: Target,
}

impl Download {
    pub(super) async fn run(self, vnfm: &Vnfm) -> Result<Exit, Failure> {
        let package = vnfm.find_package(&self.package).await?;
        let client = vnfm.client();
        let name = named(&package);
        if self.vnfd {
            let file = self.target.file(&format!("{name}-vnfd.zip"))?;
            return write(file.as_deref(), &client.vnfd(&package.id).await?);
        }
        let file = self.target.file(&format!("{name}.zip"))?;
        let bar = Bytes::new();
        let show = |done, whole| bar.at(done, whole);
        let Some(file) = file else {
            let mut stdout = tokio::io::stdout();
            client
                .package_content(&package.id, &mut stdout, &show)
                .await?;
            tokio::io::AsyncWriteExt::flush(&mut stdout)
                .await
                .map_err(cannot)?;
            return Ok(Exit::Done);
        };
        let draft = draft(&file)?;
        let written = draft.reopen().map_err(|error| unwritten(&file, error))?;
        let mut written = tokio::fs::File::from_std(written);
        let fetched = client
            .package_content(&package.id, &mut written, &show)
            .await;
        bar.clear();
        fetched?;
        let synced = written.sync_all().await;
        synced.map_err(|error| unwritten(&file, error))?;
        keep(draft, &file)?;
        Ok(Exit::Done)
    }
}

/// A file's name for a package.
fn named(package: &VnfPackage) -> String {
    let parts = [
        package.vnf_product_name.as_deref().unwrap_or(&package.id),
        package.vnfd_version.as_deref().unwrap_or_default(),
    ];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    parts.join("-").replace(|c: char| !is_plain(c), "_")
}

/// Fetches a file of a package.
///
/// Only files that the manifest lists can be had, and Tacker fails with those that are no text.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl package artifact web BaseHOT/simple/simple.yaml
  vnfctl package artifact web BaseHOT/simple/nested/machine.yaml --to -")]
pub(super) struct Artifact {
    /// Package id, VNFD id or product name
    package: String,
    /// Path in the package
    path: String,
    #[command(flatten)]
    target: Target,
}

impl Artifact {
    pub(super) async fn run(self, vnfm: &Vnfm) -> Result<Exit, Failure> {
        let package = vnfm.find_package(&self.package).await?;
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        let file = self.target.file(name)?;
        let bytes = vnfm.client().artifact(&package.id, &self.path).await?;
        write(file.as_deref(), &bytes)
    }
}

fn write(file: Option<&Path>, bytes: &[u8]) -> Result<Exit, Failure> {
    let Some(file) = file else {
        put_bytes(bytes)?;
        return Ok(Exit::Done);
    };
    let mut draft = draft(file)?;
    let written = draft
        .write_all(bytes)
        .and_then(|()| draft.as_file().sync_all());
    written.map_err(|error| unwritten(file, error))?;
    keep(draft, file)?;
    Ok(Exit::Done)
}
