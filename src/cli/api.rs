//! `vnfctl api`: a request to Tacker in one's own words.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;

use super::args::Global;
use super::output;
use super::{Exit, Failure, context};
use crate::tacker::{RawAnswer, RawRequest};

/// Sends a request to Tacker and prints its answer.
///
/// The account's token goes along and is renewed when it has run out; it is never shown. The exit
/// code tells of the answer's status as it does in every other command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl api GET /vnflcm/v2/vnf_instances
  vnfctl api GET '/vnfpkgm/v1/vnf_packages?all_fields' -i
  vnfctl api GET /vnfpkgm/v1/vnf_packages/ID/vnfd --accept application/zip > vnfd.zip
  vnfctl api POST /vnflcm/v2/subscriptions --data '{\"callbackUri\": \"http://192.0.2.1:9/\"}'
  vnfctl api PATCH /vnflcm/v2/vnf_instances/ID -f change.json")]
pub(super) struct Api {
    /// GET, POST, PUT, PATCH or DELETE
    method: String,
    /// Path at Tacker, with its query
    path: String,
    /// File with the body (JSON); - is standard input
    #[arg(short, long, value_name = "FILE", conflicts_with = "data")]
    file: Option<PathBuf>,
    /// The body (JSON)
    #[arg(long, value_name = "JSON")]
    data: Option<String>,
    /// `Version` header [default: 2.0.0 below /vnflcm, 1.3.0 below /vnffm, 2.1.0 below /vnfpm]
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// Type of answer that is wanted; archives are `application/zip`
    #[arg(long, value_name = "TYPE", default_value = "application/json")]
    accept: String,
    /// Show the answer's status and headers too
    #[arg(short, long)]
    include: bool,
}

impl Api {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let body = match (&self.data, &self.file) {
            (Some(text), _) => Some(json(text, "--data")?),
            (None, Some(file)) => Some(json(&read(file)?, &file.display().to_string())?),
            (None, None) => None,
        };
        let vnfm = context::vnfm(global)?;
        let request = RawRequest {
            method: &self.method,
            path: &self.path,
            version: self.version.as_deref(),
            accept: &self.accept,
            body: body.as_ref(),
        };
        let answer = vnfm.client().raw(&request).await?;
        if self.include {
            output::put(&head(&answer))?;
        }
        output::put_bytes(&answer.body)?;
        if !answer.body.is_empty() && !answer.body.ends_with(b"\n") && is_text(&answer) {
            output::put("\n")?;
        }
        match answer.error() {
            Some(error) => Err(error.into()),
            None => Ok(Exit::Done),
        }
    }
}

fn read(file: &Path) -> Result<String, Failure> {
    if file != Path::new("-") {
        return std::fs::read_to_string(file).map_err(|error| Failure::unread(file, error));
    }
    let mut text = String::new();
    let read = std::io::stdin().read_to_string(&mut text);
    read.map_err(|error| Failure::new(Exit::Usage, "cannot read standard input").caused_by(error))?;
    Ok(text)
}

fn json(text: &str, from: &str) -> Result<Value, Failure> {
    serde_json::from_str(text).map_err(|error| {
        Failure::new(Exit::Usage, format!("{from} is not JSON; nothing was sent")).caused_by(error)
    })
}

/// The status and the headers, none of which has the token: it is in the request alone.
fn head(answer: &RawAnswer) -> String {
    let mut text = format!("{}\n", answer.status);
    for (name, value) in &answer.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        text += &format!("{name}: {value}\n");
    }
    text + "\n"
}

/// A line's end is added to text alone: an archive would not be the same any more.
fn is_text(answer: &RawAnswer) -> bool {
    let kind = answer.headers.get("content-type");
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.contains("json") || kind.starts_with("text/")
}
