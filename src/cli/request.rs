//! Requests in files of a person's own, which flags complete.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::{Exit, Failure, output};

/// Reads a request (YAML or JSON) to start from; an empty one without a file.
///
/// # Errors
/// The file cannot be read, is not YAML, or holds no map.
pub(super) fn read(file: Option<&Path>) -> Result<Map<String, Value>, Failure> {
    let Some(path) = file else {
        return Ok(Map::new());
    };
    let text = std::fs::read_to_string(path).map_err(|error| Failure::unread(path, error))?;
    let value = serde_yaml::from_str::<Value>(&text).map_err(|error| {
        let message = format!("{} is not YAML", path.display());
        Failure::new(Exit::Usage, message).caused_by(error)
    })?;
    match value {
        Value::Object(map) => Ok(map),
        Value::Null => Ok(Map::new()),
        _ => Err(Failure::new(
            Exit::Usage,
            format!("{} must hold a map", path.display()),
        )),
    }
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
