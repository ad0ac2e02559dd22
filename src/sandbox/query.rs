//! The part of list queries that is evaluated: `all_fields`, `all_records`, `filter=(eq,…)`.

use serde_json::Value;

/// A query that can be answered.
#[derive(Debug, Default)]
pub(super) struct Query {
    /// Whole documents are wanted.
    pub(super) all_fields: bool,
    filter: Option<(String, String)>,
}

impl Query {
    /// Reads it; an error names the part that is not evaluated.
    pub(super) fn parse(query: Option<&str>) -> Result<Self, String> {
        let mut parsed = Self::default();
        for (key, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match key.as_ref() {
                "all_fields" => parsed.all_fields = true,
                "all_records" => {}
                "filter" => {
                    parsed.filter = Some(equality(&value).ok_or_else(|| value.to_string())?)
                }
                _ => return Err(key.into_owned()),
            }
        }
        Ok(parsed)
    }

    /// Takes the members that a list hides unless whole documents are wanted.
    pub(super) fn shorten(&self, mut document: Value, hidden: &[&str]) -> Value {
        if let Some(members) = document.as_object_mut().filter(|_| !self.all_fields) {
            members.retain(|name, _| !hidden.contains(&name.as_str()));
        }
        document
    }

    /// Tells whether the filter lets `document` through.
    pub(super) fn admits(&self, document: &Value) -> bool {
        match &self.filter {
            Some((attribute, value)) => document[attribute] == value.as_str(),
            None => true,
        }
    }
}

/// The one form of filter that is evaluated: a top-level text attribute equals a plain value.
fn equality(filter: &str) -> Option<(String, String)> {
    let inside = filter.strip_prefix("(eq,")?.strip_suffix(')')?;
    let (attribute, value) = inside.split_once(',')?;
    let plain = |text: &str| !text.contains(['(', ')', ',', '\'', ';', '/', '@', '~']);
    (plain(attribute) && plain(value)).then(|| (attribute.into(), value.into()))
}
