//! The part of list queries that is evaluated: `all_fields`, `all_records`, and `filter` with
//! comparisons of one value (SOL013 §5.2).

use std::cmp::Ordering;

use serde_json::Value;

/// The parameter that asks for a page but the first.
pub(super) const MARKER: &str = "nextpage_opaque_marker";

/// A query that can be answered.
#[derive(Debug, Default)]
pub(super) struct Query {
    /// Whole documents are wanted.
    pub(super) all_fields: bool,
    /// All on one page.
    pub(super) all_records: bool,
    /// The id of the last one on the page before.
    pub(super) marker: String,
    filter: Vec<Comparison>,
}

#[derive(Debug, PartialEq, Eq)]
struct Comparison {
    operator: Operator,
    path: Vec<String>,
    value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    Unequal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Query {
    /// Reads it; an error names the part that is not evaluated.
    pub(super) fn parse(query: Option<&str>) -> Result<Self, String> {
        let mut parsed = Self::default();
        for (key, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match key.as_ref() {
                "all_fields" => parsed.all_fields = true,
                "all_records" => parsed.all_records = true,
                MARKER => parsed.marker = value.into_owned(),
                "filter" => {
                    parsed.filter = comparisons(&value).ok_or_else(|| value.to_string())?;
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
        self.filter.iter().all(|one| one.holds(document))
    }
}

impl Comparison {
    /// A document without the attribute does not match, whatever the comparison.
    fn holds(&self, document: &Value) -> bool {
        let mut names = self.path.iter();
        let found = names.try_fold(document, |inner, name| inner.get(name));
        let order = match found {
            Some(Value::String(text)) => text.as_str().cmp(&self.value),
            Some(Value::Bool(truth)) => truth.to_string().as_str().cmp(&self.value),
            Some(Value::Number(number)) => {
                let both = number.as_f64().zip(self.value.parse::<f64>().ok());
                let Some((one, other)) = both else {
                    return false;
                };
                one.total_cmp(&other)
            }
            _ => return false,
        };
        match self.operator {
            Operator::Equal => order == Ordering::Equal,
            Operator::Unequal => order != Ordering::Equal,
            Operator::Greater => order == Ordering::Greater,
            Operator::GreaterOrEqual => order != Ordering::Less,
            Operator::Less => order == Ordering::Less,
            Operator::LessOrEqual => order != Ordering::Greater,
        }
    }
}

/// Reads `(OP,ATTRIBUTE,VALUE)`, several of them joined by `;`.
fn comparisons(filter: &str) -> Option<Vec<Comparison>> {
    let mut all = Vec::new();
    let mut rest = filter;
    loop {
        let (comparison, after) = comparison(rest)?;
        all.push(comparison);
        if after.is_empty() {
            return Some(all);
        }
        rest = after.strip_prefix(';')?;
    }
}

fn comparison(text: &str) -> Option<(Comparison, &str)> {
    let (operator, rest) = text.strip_prefix('(')?.split_once(',')?;
    let operator = match operator {
        "eq" => Operator::Equal,
        "neq" => Operator::Unequal,
        "gt" => Operator::Greater,
        "gte" => Operator::GreaterOrEqual,
        "lt" => Operator::Less,
        "lte" => Operator::LessOrEqual,
        _ => return None,
    };
    let (attribute, rest) = rest.split_once(',')?;
    let path: Vec<_> = attribute.split('/').map(str::to_owned).collect();
    // Deeper ones may lead through a list, of which each API thinks differently.
    if path.len() > 2 || attribute.is_empty() || attribute.contains(['~', '@']) {
        return None;
    }
    let (value, rest) = value(rest)?;
    let rest = rest.strip_prefix(')')?;
    let comparison = Comparison {
        operator,
        path,
        value,
    };
    Some((comparison, rest))
}

/// Reads a value up to the bracket; in quotes, a quote is written twice.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(mut rest) = text.strip_prefix('\'') else {
        let end = text.find(['\'', ',', ')'])?;
        return (end > 0).then(|| (text[..end].to_owned(), &text[end..]));
    };
    let mut value = String::new();
    loop {
        let (part, after) = rest.split_once('\'')?;
        value.push_str(part);
        let Some(more) = after.strip_prefix('\'') else {
            return Some((value, after));
        };
        value.push('\'');
        rest = more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("(eq,a,x)", true)]
    #[case("(neq,a,x)", false)]
    #[case("(eq,a,x);(gt,n,9)", true)]
    #[case("(eq,a,x);(lt,n,9)", false)]
    #[case("(eq,o/b,true)", true)]
    #[case("(eq,q,'it''s, (so)')", true)]
    #[case("(neq,missing,x)", false)]
    fn a_filter_lets_through_what_meets_all_of_it(#[case] filter: &str, #[case] passes: bool) {
        let query = Query::parse(Some(&format!("filter={filter}"))).unwrap();
        let document = json!({"a": "x", "n": 10, "o": {"b": true}, "q": "it's, (so)"});
        assert_eq!(query.admits(&document), passes);
    }

    #[rstest]
    #[case("(cont,a,x)")]
    #[case("(eq,a)")]
    #[case("(eq,a,x,y)")]
    #[case("(eq,a,x)(eq,b,y)")]
    #[case("(eq,a/b/c,x)")]
    #[case("(eq,a,'x)")]
    fn what_is_not_evaluated_is_refused(#[case] filter: &str) {
        Query::parse(Some(&format!("filter={filter}"))).unwrap_err();
    }
}
