//! Conditions that Tacker evaluates when it lists: attribute-based filtering (SOL013 §5.2).

use std::fmt;
use std::str::FromStr;

use super::{Error, Kind};

/// What a VNF instance can be filtered by (`sol_refactored/objects/v2/vnf_instance.py`); of an
/// attribute that it does not know, Tacker says nothing and lists nothing.
pub(super) const INSTANCE: &[&str] = &[
    "id",
    "vnfInstanceName",
    "vnfInstanceDescription",
    "vnfdId",
    "vnfProvider",
    "vnfProductName",
    "vnfSoftwareVersion",
    "vnfdVersion",
    "vnfConfigurableProperties",
    "vimConnectionInfo",
    "instantiationState",
    "instantiatedVnfInfo",
    "metadata",
    "extensions",
];

/// The same of an operation occurrence (`sol_refactored/objects/v2/vnf_lcm_op_occ.py`).
pub(super) const OCCURRENCE: &[&str] = &[
    "id",
    "operationState",
    "stateEnteredTime",
    "startTime",
    "vnfInstanceId",
    "grantId",
    "operation",
    "isAutomaticInvocation",
    "operationParams",
    "isCancelPending",
    "cancelMode",
    "error",
    "resourceChanges",
    "changedInfo",
    "changedExtConnectivity",
    "modificationsTriggeredByVnfPkgChange",
];

/// Signs and SOL013's names of the comparisons, the longer signs first.
const OPERATORS: [(&str, &str); 6] = [
    ("!=", "neq"),
    (">=", "gte"),
    ("<=", "lte"),
    ("=", "eq"),
    (">", "gt"),
    ("<", "lt"),
];

/// An attribute compared with a value, written as `vnfdId=…`, `startTime>…` or the like.
///
/// A member of a structure is named by its path, as `vnfConfigurableProperties/isAutohealEnabled`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    attribute: String,
    operator: &'static str,
    value: String,
}

impl Condition {
    /// Returns the condition that `attribute` is `value`.
    #[must_use]
    pub fn equal(attribute: &str, value: &str) -> Self {
        Self {
            attribute: attribute.to_owned(),
            operator: "eq",
            value: value.to_owned(),
        }
    }
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let begin = text.find(['=', '!', '<', '>']);
        let split = begin.and_then(|at| {
            let (attribute, rest) = text.split_at(at);
            let mut known = OPERATORS.iter();
            known.find_map(|(sign, name)| Some((attribute, *name, rest.strip_prefix(sign)?)))
        });
        let Some((attribute, operator, value)) = split else {
            return Err("write ATTRIBUTE=VALUE, or with !=, >, <, >= or <=".into());
        };
        let attribute = attribute.trim();
        if attribute.is_empty() || attribute.contains([',', '(', ')', ';', ' ']) {
            return Err(format!("`{attribute}` is no name of an attribute"));
        }
        Ok(Self {
            attribute: attribute.to_owned(),
            operator,
            value: value.trim().to_owned(),
        })
    }
}

impl fmt::Display for Condition {
    /// Writes it as SOL013 has it. Only a value that needs quotes gets them: vnfpkgm v1 compares
    /// them too, where the attribute is an id or an enumeration.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            attribute,
            operator,
            value,
        } = self;
        if value.is_empty() || value.contains(['\'', ',', '(', ')', ';']) {
            let quoted = value.replace('\'', "''");
            return write!(f, "({operator},{attribute},'{quoted}')");
        }
        write!(f, "({operator},{attribute},{value})")
    }
}

/// Returns the part of a query that lets through what meets all conditions, or nothing.
pub(super) fn query(conditions: &[Condition]) -> Option<String> {
    if conditions.is_empty() {
        return None;
    }
    let all: Vec<_> = conditions.iter().map(Condition::to_string).collect();
    let all = all.join(";");
    let encoded: String = url::form_urlencoded::byte_serialize(all.as_bytes()).collect();
    Some(format!("filter={encoded}"))
}

/// Refuses an attribute that is none of `known`, since the server would list nothing without a
/// word.
pub(super) fn check(conditions: &[Condition], known: &[&str]) -> Result<(), Error> {
    for Condition { attribute, .. } in conditions {
        let top = attribute.split('/').next().unwrap_or(attribute);
        if known.contains(&top) {
            continue;
        }
        let near = known
            .iter()
            .min_by_key(|one| strsim::osa_distance(one, top));
        let near = near.map_or_else(String::new, |one| format!("; did you mean `{one}`?"));
        return Err(Error::plain(
            Kind::Invalid,
            format!("nothing can be listed by `{attribute}`, which is no attribute of these{near}"),
        ));
    }
    Ok(())
}

/// Refuses values that vnfpkgm v1 takes apart although they are quoted
/// (`api/common/attribute_filter.py` splits at commas and semicolons).
pub(super) fn check_v1(conditions: &[Condition]) -> Result<(), Error> {
    let unsound = |one: &&Condition| one.value.is_empty() || one.value.contains([',', ';']);
    match conditions.iter().find(unsound) {
        None => Ok(()),
        Some(Condition {
            attribute, value, ..
        }) => Err(Error::plain(
            Kind::Invalid,
            format!(
                "packages cannot be listed by `{attribute}` and the value `{value}`: Tacker takes \
                 none that is empty or has a comma or semicolon"
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("vnfdId=a-b", "(eq,vnfdId,a-b)")]
    #[case("operationState != FAILED_TEMP", "(neq,operationState,FAILED_TEMP)")]
    #[case(
        "startTime>=2026-01-01T00:00:00Z",
        "(gte,startTime,2026-01-01T00:00:00Z)"
    )]
    #[case("metadata/a=b=c", "(eq,metadata/a,b=c)")]
    #[case(
        "vnfProvider=O'Neill, Inc. (UK)",
        "(eq,vnfProvider,'O''Neill, Inc. (UK)')"
    )]
    #[case("vnfInstanceDescription=", "(eq,vnfInstanceDescription,'')")]
    fn conditions_are_written_as_sol013_has_them(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(text.parse::<Condition>().unwrap().to_string(), expected);
    }

    #[rstest]
    #[case("vnfdId")]
    #[case("=x")]
    #[case("a!b")]
    #[case("(a=b")]
    fn what_is_no_condition_is_refused(#[case] text: &str) {
        text.parse::<Condition>().unwrap_err();
    }

    #[test]
    fn a_query_is_encoded_and_joins_its_conditions() {
        let conditions = ["a=1 2", "b<3"].map(|text| text.parse().unwrap());
        let query = query(&conditions).unwrap();
        assert_eq!(query, "filter=%28eq%2Ca%2C1+2%29%3B%28lt%2Cb%2C3%29");
        assert_eq!(super::query(&[]), None);
    }
}
