//! What two files say differently, place by place.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// A place at which two files differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The keys that lead there; items of lists by their names, or by their numbers from 0.
    pub place: Vec<String>,
    /// What stands there in the first; nothing where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<Value>,
    /// What stands there in the second; nothing where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is: Option<Value>,
}

/// Compares what two files say.
pub(super) fn compare(old: &Value, new: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    walk(&mut Vec::new(), old, new, &mut changes);
    changes
}

fn walk(way: &mut Vec<String>, old: &Value, new: &Value, changes: &mut Vec<Change>) {
    if old == new {
        return;
    }
    let (Some(olds), Some(news)) = (members(old), members(new)) else {
        changes.push(change(way, Some(old), Some(new)));
        return;
    };
    for (name, was) in &olds {
        way.push(name.clone());
        match news.get(name) {
            Some(is) => walk(way, was, is, changes),
            None => changes.push(change(way, Some(was), None)),
        }
        way.pop();
    }
    for (name, is) in news.iter().filter(|(name, _)| !olds.contains_key(*name)) {
        way.push(name.clone());
        changes.push(change(way, None, Some(is)));
        way.pop();
    }
}

fn change(way: &[String], was: Option<&Value>, is: Option<&Value>) -> Change {
    Change {
        place: way.to_vec(),
        was: was.cloned(),
        is: is.cloned(),
    }
}

/// The parts of a map by their names, or of a list whose items have names of their own: TOSCA's
/// policies and requirements are lists of maps with one key. Of other lists the order may count.
fn members(value: &Value) -> Option<BTreeMap<String, &Value>> {
    match value {
        Value::Object(members) => {
            let members = members.iter();
            Some(members.map(|(name, value)| (name.clone(), value)).collect())
        }
        Value::Array(items) if !items.is_empty() => {
            let named: Option<BTreeMap<_, _>> = items.iter().map(named).collect();
            named.filter(|named| named.len() == items.len())
        }
        _ => None,
    }
}

fn named(item: &Value) -> Option<(String, &Value)> {
    let members = item.as_object()?;
    if let Some(Value::String(name)) = members.get("name") {
        return Some((name.clone(), item));
    }
    let mut members = members.iter();
    let (name, value) = members.next()?;
    members.next().is_none().then(|| (name.clone(), value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn places(old: &Value, new: &Value) -> Vec<String> {
        let changes = compare(old, new).into_iter();
        changes.map(|change| change.place.join(".")).collect()
    }

    #[test]
    fn order_counts_where_items_have_no_names() {
        let a = json!({"a": 1, "list": [{"x": 1}, {"y": 2}], "plain": [1, 2]});
        let b = json!({"list": [{"y": 2}, {"x": 1}], "a": 1, "plain": [1, 2]});
        assert!(places(&a, &b).is_empty());
        let c = json!({"a": 1, "list": [{"x": 1}, {"y": 3}], "plain": [2, 1]});
        assert_eq!(places(&a, &c), ["list.y", "plain"]);
    }

    #[test]
    fn what_is_new_or_gone_is_told_once() {
        let a = json!({"a": {"b": {"c": 1}}, "gone": 1});
        let b = json!({"a": {"b": {"c": 1, "d": {"e": 2}}}, "new": {"x": 1}});
        assert_eq!(places(&a, &b), ["a.b.d", "gone", "new"]);
        let twice = json!([{"a": 1}, {"a": 2}]);
        assert_eq!(places(&twice, &json!([{"a": 1}])), [""]);
    }
}
