//! A plan in a file: what was wanted, what was there, and what was to be done about it.
//!
//! It is carried out only while all of that still holds; whoever looked at the plan has then seen what
//! happens. The file may have secrets in it, as parameters are, and so only its owner reads it.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;

use camino::Utf8Path;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Desired, Plan};
use crate::tacker::cloud::Cloud;

/// The form of the file.
const FORM: &str = "vnfctl-plan/1";
/// Most differences that are told.
const TOLD: usize = 8;

/// A plan as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Saved {
    form: String,
    /// When it was made.
    pub made: jiff::Timestamp,
    /// Where it is to be carried out.
    pub site: Site,
    /// What was wanted.
    pub desired: Desired,
    /// What was to be done.
    pub plan: Plan,
}

/// A Keystone and a project of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Keystone's address; nothing for an embedded VNFM, which has another one each time.
    pub keystone: Option<String>,
    /// The project's name or id.
    pub project: Option<String>,
}

impl Site {
    /// The site of an account.
    #[must_use]
    pub fn of(cloud: &Cloud, is_embedded: bool) -> Self {
        let project = cloud.project_id.clone().or_else(|| cloud.project.clone());
        Self {
            keystone: (!is_embedded).then(|| cloud.auth_url.to_string()),
            project,
        }
    }
}

/// Why a saved plan cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SavedError {
    /// The file cannot be read or written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// It is no plan.
    #[error("it is no saved plan of this program: {0}")]
    Form(String),
}

impl Saved {
    /// Holds a plan together with what it was made of.
    #[must_use]
    pub fn new(site: Site, desired: Desired, plan: Plan) -> Self {
        Self {
            form: FORM.to_owned(),
            made: jiff::Timestamp::now(),
            site,
            desired,
            plan,
        }
    }

    /// Writes it, for its owner alone; what is there is replaced.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, file: &Utf8Path) -> Result<(), SavedError> {
        let folder = file.parent().filter(|folder| !folder.as_str().is_empty());
        let folder = folder.unwrap_or(Utf8Path::new("."));
        let part = folder.join(format!(".{}.part", uuid::Uuid::new_v4()));
        let mut out = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&part)?;
        let text = serde_json::to_vec_pretty(self).map_err(std::io::Error::from)?;
        let written = out.write_all(&text).and_then(|()| out.sync_all());
        let moved = written.and_then(|()| std::fs::rename(&part, file));
        moved.map_err(|error| {
            // Why there is no plan is told; a part of one would only be in the way.
            let _ = std::fs::remove_file(&part);
            error.into()
        })
    }

    /// Reads it.
    ///
    /// # Errors
    /// The file cannot be read, or is no plan.
    pub fn read(file: &Utf8Path) -> Result<Self, SavedError> {
        let text = std::fs::read(file)?;
        // What it holds may be a secret: the place must do.
        let wrong = |e: serde_json::Error| {
            SavedError::Form(format!("line {}, column {}", e.line(), e.column()))
        };
        let value: Value = serde_json::from_slice(&text).map_err(wrong)?;
        let form = value["form"].as_str().unwrap_or("none");
        if form != FORM {
            let why = format!("its form is `{form}`, and this program reads `{FORM}`");
            return Err(SavedError::Form(why));
        }
        serde_json::from_value(value).map_err(wrong)
    }

    /// Says what is not any more as it was when the plan was made; nothing when all is.
    ///
    /// # Errors
    /// Those of writing the plans as JSON.
    pub fn moved(&self, now: &Plan) -> Result<Vec<String>, serde_json::Error> {
        let mut differences = Vec::new();
        let (was, is) = (&self.plan.vnfs, &now.vnfs);
        for (was, is) in was.iter().zip(is) {
            let name = &was.name;
            let (before, after) = (serde_json::to_value(was)?, serde_json::to_value(is)?);
            differ(name, &before, &after, &mut differences);
        }
        for (name, was) in &self.plan.digests {
            if now.digests.get(name) != Some(was) {
                differences.push(format!("{name} has other content"));
            }
        }
        let pushes = (
            serde_json::to_value(&self.plan.pushes)?,
            serde_json::to_value(&now.pushes)?,
        );
        differ("packages to push", &pushes.0, &pushes.1, &mut differences);
        let more = differences.len().saturating_sub(TOLD);
        differences.truncate(TOLD);
        if more > 0 {
            differences.push(format!("and {more} more"));
        }
        Ok(differences)
    }
}

/// Tells where two values differ, by the members that lead there.
fn differ(at: &str, was: &Value, is: &Value, all: &mut Vec<String>) {
    match (was, is) {
        (Value::Object(was), Value::Object(is)) => {
            let keys: std::collections::BTreeSet<_> = was.keys().chain(is.keys()).collect();
            for key in keys {
                let value = |map: &serde_json::Map<String, Value>| {
                    map.get(key).cloned().unwrap_or(Value::Null)
                };
                differ(&format!("{at}: {key}"), &value(was), &value(is), all);
            }
        }
        (was, is) if was == is => {}
        (was, is) if is_short(was) && is_short(is) => {
            all.push(format!("{at} was {was} and is {is}"));
        }
        _ => all.push(format!("{at} is not as it was")),
    }
}

fn is_short(value: &Value) -> bool {
    !value.is_object() && !value.is_array() && value.to_string().len() <= 60
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn differences_are_told_by_their_place() {
        let mut all = Vec::new();
        let was = json!({"seen": {"levels": {"workers": 1}, "vnfcs": [1]}, "x": null});
        let is = json!({"seen": {"levels": {"workers": 2}, "vnfcs": [2]}});
        differ("web", &was, &is, &mut all);
        assert_eq!(
            all,
            [
                "web: seen: levels: workers was 1 and is 2",
                "web: seen: vnfcs is not as it was"
            ]
        );
    }

    #[test]
    fn what_is_no_plan_is_said_so_without_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let file = Utf8Path::from_path(folder.path()).unwrap().join("plan");
        std::fs::write(&file, "{\"password\": \"s3cret").unwrap();
        let error = Saved::read(&file).unwrap_err().to_string();
        assert!(
            error.contains("no saved plan") && !error.contains("s3cret"),
            "{error}"
        );
        std::fs::write(&file, "{\"form\": \"vnfctl-plan/9\"}").unwrap();
        let error = Saved::read(&file).unwrap_err().to_string();
        assert!(error.contains("`vnfctl-plan/9`"), "{error}");
    }
}
