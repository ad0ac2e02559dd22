//! The package's copies of ETSI's types, against the version of SOL001 that they say they are of.

use super::service::Service;
use crate::diagnose::{Diagnostic, Sink};
use crate::tosca::profile::{Copy, Difference, named, versions};

/// So many differences of a type are shown; its first ones tell what was done to it.
const SHOWN: usize = 4;
/// So much is shown of what the standard says; lists of all protocols there are run on.
const WIDTH: usize = 72;

/// Checks the copies of all files that the parser reads.
pub(super) fn check(service: &Service<'_>, sink: &mut Sink) {
    let reached = service.documents.reached();
    let copies: Vec<_> = reached
        .iter()
        .filter_map(|document| Copy::of(document.place()))
        .collect();
    mixed(&copies, sink);
    let package = copies.iter().find_map(Copy::said);
    for copy in &copies {
        if is_another(copy, sink) {
            continue;
        }
        // A version that is not known here is not told apart from what somebody made of one.
        if copy.says.is_some() && copy.said().is_none() {
            continue;
        }
        let Some(version) = copy.said().or(package) else {
            continue;
        };
        for difference in copy.against(version) {
            differs(copy, &difference, versions()[version], sink);
        }
    }
}

/// Reports files whose types belong to different versions.
fn mixed<'c, 'd>(copies: &'c [Copy<'d>], sink: &mut Sink) {
    let known = |copy: &'c Copy<'d>| Some((copy, copy.says?, copy.said()?));
    let mut known = copies.iter().filter_map(known);
    let Some((first, first_says, version)) = known.next() else {
        return;
    };
    if let Some((copy, says, _)) = known.find(|(.., other)| *other != version) {
        let message = format!(
            "these types are of SOL001 {}, those of `{}` are of {}",
            says.0, first.file, first_says.0
        );
        sink.push(
            Diagnostic::warning("vnfd-types-mixed", copy.file, says.1, message)
                .label(first.file, first_says.1, "the other version")
                .why("no version of SOL001 has both; an orchestrator that brings its own types has one version of them")
                .help("take all files of types from one version"),
        );
    }
}

/// Tells, and reports, whether the types are exactly those of another version than it is said.
fn is_another(copy: &Copy<'_>, sink: &mut Sink) -> bool {
    let (Some((says, span)), Some(said)) = (copy.says, copy.said()) else {
        return false;
    };
    if !copy.is_exact || copy.nearest & (1 << said) != 0 {
        return false;
    }
    let exact: Vec<_> = named(copy.nearest).collect();
    let message = format!(
        "the types are those of SOL001 {}, not of {says}",
        exact.join(" and ")
    );
    let mut finding = Diagnostic::warning("vnfd-types-version", copy.file, span, message)
        .why("who reads the version takes them for what they are not")
        .help(format!("write `{}`", exact.join("` or `")));
    if let [exact] = exact[..] {
        finding = finding.instead(exact);
    }
    sink.push(finding);
    true
}

fn differs(copy: &Copy<'_>, difference: &Difference<'_>, version: &str, sink: &mut Sink) {
    let mut places = difference.other.iter().map(|(fact, theirs)| {
        let words = match theirs {
            Some("") => format!("SOL001 {version} has it without more"),
            Some(theirs) => format!("SOL001 {version}: {}", short(theirs)),
            None => format!("not in SOL001 {version}"),
        };
        (fact.span, words)
    });
    let (span, words) = places
        .next()
        .unwrap_or_else(|| (difference.key, String::new()));
    let message = format!(
        "`{}` is not what SOL001 {version} makes of it",
        difference.name
    );
    let mut finding = Diagnostic::warning("vnfd-types-differ", copy.file, span, message).why(
        "orchestrators that bring ETSI's types read the descriptor by those, not by this copy",
    );
    finding.primary.text = words;
    for (span, words) in places.take(SHOWN - 1) {
        finding = finding.label(copy.file, span, words);
    }
    let lacking: Vec<_> = difference
        .lacking
        .iter()
        .take(SHOWN)
        .map(|(about, says)| match says.is_empty() {
            true => format!("`{about}`"),
            false => format!("`{about}: {}`", short(says)),
        })
        .collect();
    let more = difference.lacking.len().saturating_sub(SHOWN);
    let more = match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let help = match lacking.is_empty() {
        true => {
            "put back what the standard says, and derive a type of your own for the rest".to_owned()
        }
        false => format!("put back {}{more}", lacking.join(", ")),
    };
    sink.push(finding.help(help));
}

fn short(text: &str) -> String {
    match text.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}
