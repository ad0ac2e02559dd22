//! What a v2 request must hold, and jsonschema's words for what it does not.

use serde_json::Value;

use super::connections;
use super::wire::Problem;

/// Checks the request of an operation, or of `CREATE`.
pub(super) fn check(operation: &str, body: &Value) -> Result<(), Problem> {
    let required: &[&str] = match operation {
        "CREATE" | "CHANGE_VNFPKG" => &["vnfdId"],
        "INSTANTIATE" => &["flavourId"],
        "TERMINATE" => &["terminationType"],
        "SCALE" => &["type", "aspectId"],
        "CHANGE_EXT_CONN" => &["extVirtualLinks"],
        _ => &[],
    };
    if !body.is_object() {
        return Err(Problem::invalid(format!("{body} is not of type 'object'")));
    }
    for name in required {
        if body.get(name).is_none() {
            return Err(Problem::invalid(format!("'{name}' is a required property")));
        }
    }
    match operation {
        "TERMINATE" => one_of(body, "terminationType", &["FORCEFUL", "GRACEFUL"]),
        "SCALE" => {
            one_of(body, "type", &["SCALE_OUT", "SCALE_IN"])?;
            at_least_one(body, "numberOfSteps")
        }
        "CHANGE_EXT_CONN" => connections::check(body),
        _ => Ok(()),
    }
}

fn one_of(body: &Value, name: &str, allowed: &[&str]) -> Result<(), Problem> {
    let value = body[name].as_str().unwrap_or_default();
    if allowed.contains(&value) {
        return Ok(());
    }
    let allowed: Vec<_> = allowed.iter().map(|one| format!("'{one}'")).collect();
    Err(refused(
        name,
        value,
        &format!("'{value}' is not one of [{}]", allowed.join(", ")),
    ))
}

fn at_least_one(body: &Value, name: &str) -> Result<(), Problem> {
    match body.get(name) {
        None => Ok(()),
        Some(value) => match value.as_i64() {
            Some(number) if number >= 1 => Ok(()),
            Some(number) => {
                let why = format!("{number} is less than the minimum of 1");
                Err(refused(name, &number.to_string(), &why))
            }
            None => {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                Err(refused(
                    name,
                    &text,
                    &format!("'{text}' is not of type 'integer'"),
                ))
            }
        },
    }
}

fn refused(name: &str, value: &str, why: &str) -> Problem {
    Problem::invalid(format!(
        "Invalid input for field/attribute {name}. Value: {value}. {why}"
    ))
}
