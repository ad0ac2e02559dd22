//! Requests in files of a person's own, which flags complete.

use std::path::Path;

use camino::Utf8Path;
use serde_json::{Map, Value, json};

use super::args::Global;
use super::{Exit, Failure, output};
use crate::diagnose::{Sink, Sources};
use crate::tacker::{Form, Generation};
use crate::yaml;

/// Reads a request (YAML or JSON) to start from, and judges it; an empty one without a file. `form` is
/// nothing for a request whose form is not known here.
///
/// # Errors
/// The file cannot be read, or has faults, which are shown.
pub(super) fn read(file: Option<&Path>, form: Option<Form>) -> Result<Map<String, Value>, Failure> {
    let Some(path) = file else {
        return Ok(Map::new());
    };
    let text = std::fs::read_to_string(path).map_err(|error| Failure::unread(path, error))?;
    let shown = path.to_string_lossy();
    let shown = Utf8Path::new(&*shown);
    let (mut sink, mut sources) = (Sink::default(), Sources::default());
    sources.insert(shown, text.as_str());
    let node = yaml::parse(shown, &text, &mut sink);
    if let (Some(node), Some(form)) = (&node, form)
        && !node.is_null()
    {
        form.judge(node, shown, &mut sink);
    }
    output::findings(&sink, &sources);
    let node = node.filter(|_| !sink.has_errors());
    match node.map(|node| node.to_json()) {
        Some(Value::Object(map)) => Ok(map),
        Some(Value::Null) => Ok(Map::new()),
        Some(_) => {
            let message = format!("{} must hold a map", path.display());
            Err(Failure::new(Exit::Usage, message))
        }
        None => {
            let message = format!("{} has faults; nothing was sent", path.display());
            Err(Failure::new(Exit::Usage, message))
        }
    }
}

/// The form of a request for VNFs of that generation: only v2's are known here.
pub(super) fn form(global: &Global, form: Form) -> Option<Form> {
    (global.os_tacker_api_version == Generation::V2).then_some(form)
}

/// Puts a person's additional parameters among those of a request.
pub(super) fn add_parameters(request: &mut Map<String, Value>, own: Map<String, Value>) {
    if own.is_empty() {
        return;
    }
    let all = request
        .entry("additionalParams")
        .or_insert_with(|| Map::new().into());
    match all.as_object_mut() {
        Some(all) => all.extend(own),
        None => *all = own.into(),
    }
}

/// Sets an entry of a map of the request to what a person wrote: YAML, or a text where it is none.
pub(super) fn set(request: &mut Map<String, Value>, member: &str, key: &str, value: &str) {
    let value = serde_yaml::from_str(value).unwrap_or_else(|_| value.into());
    let map = request.entry(member).or_insert_with(|| Map::new().into());
    match map.as_object_mut() {
        Some(map) => {
            map.insert(key.to_owned(), value);
        }
        None => *map = json!({ key: value }),
    }
}

/// Prints a request instead of sending it.
///
/// # Errors
/// Those of printing.
pub(super) fn show(request: &Value) -> Result<Exit, Failure> {
    output::put(&format!("{request:#}\n"))?;
    Ok(Exit::Done)
}
