//! What an editor can do about findings: mend one, let it pass with a reason, or mend all that is
//! certain.

#![expect(
    clippy::mutable_key_type,
    reason = "changes are the map by URI that lsp-types has; nothing changes its keys"
)]

use std::collections::HashMap;

use camino::Utf8Path;
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, Position, Range, TextEdit, Uri, WorkspaceEdit,
};
use similar::{DiffTag, TextDiff};

use super::findings::Places;
use super::place::{Encoding, Lines, uri};
use super::workspace::State;
use crate::check::{self, Fix};
use crate::diagnose::{Diagnostic, Edit, Span};

/// What mends everything that is certain, as `package validate --fix` does.
pub(super) const FIX_ALL: CodeActionKind = CodeActionKind::SOURCE_FIX_ALL;

/// Returns what can be done about the findings in a part of a file.
pub(super) fn of_findings(
    root: &Utf8Path,
    file: &Utf8Path,
    range: Range,
    state: &State,
    places: &Places<'_>,
) -> Vec<CodeActionOrCommand> {
    let findings = state.sink.diagnostics().iter();
    let there = findings.filter(|finding| {
        let own = places.range(&finding.primary);
        finding.primary.file == file && own.start <= range.end && range.start <= own.end
    });
    there
        .flat_map(|finding| {
            [
                mend(root, finding, state, places),
                allow(root, finding, state, places),
            ]
        })
        .flatten()
        .map(CodeActionOrCommand::CodeAction)
        .collect()
}

/// Returns what mends a finding, if its rule knows.
fn mend(
    root: &Utf8Path,
    finding: &Diagnostic,
    state: &State,
    places: &Places<'_>,
) -> Option<CodeAction> {
    let edits = check::edits(finding, &state.sources);
    if edits.is_empty() {
        return None;
    }
    let title = match (&finding.instead, edits.as_slice()) {
        (Some(_), [Edit { text, .. }]) => format!("Write `{}`", text.trim()),
        _ => format!("Mend `{}`", finding.code),
    };
    let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
    for edit in &edits {
        let range = places.lines(&edit.file)?.range(edit.span);
        let edits = changes.entry(uri(&root.join(&edit.file))?).or_default();
        edits.push(TextEdit::new(range, edit.text.clone()));
    }
    let mut action = action(title, CodeActionKind::QUICKFIX, changes);
    action.is_preferred = Some(true);
    action.diagnostics = Some(vec![places.shown(finding).1]);
    Some(action)
}

/// Returns what lets a finding pass by a comment above its line, in files that have such comments.
fn allow(
    root: &Utf8Path,
    finding: &Diagnostic,
    state: &State,
    places: &Places<'_>,
) -> Option<CodeAction> {
    let file = &finding.primary.file;
    let code = check::code(finding.code).filter(|code| check::is_lowerable(code))?;
    let is_yaml = matches!(file.extension(), Some("yaml" | "yml"));
    let span = finding.primary.span.filter(|_| is_yaml)?;
    let line = state.sources.line(file, span.start)?;
    let indent: String = line.chars().take_while(|c| *c == ' ').collect();
    let start = Position::new(places.lines(file)?.position(span.start).line, 0);
    let text = format!("{indent}# vnfctl: allow({}) say why\n", code.name);
    let edit = TextEdit::new(Range::new(start, start), text);
    let changes = HashMap::from([(uri(&root.join(file))?, vec![edit])]);
    let title = format!("Let `{}` pass here, with a reason", code.name);
    let mut action = action(title, CodeActionKind::QUICKFIX, changes);
    action.diagnostics = Some(vec![places.shown(finding).1]);
    Some(action)
}

/// Returns what writes the fixes of a whole package; nothing for one that is signed, which would no
/// longer be what was signed.
pub(super) fn of_fixes(
    root: &Utf8Path,
    fixes: &[Fix],
    encoding: Encoding,
) -> Option<CodeActionOrCommand> {
    if fixes.is_empty() || fixes.iter().any(Fix::is_signed) {
        return None;
    }
    let mut changes = HashMap::new();
    for fix in fixes {
        changes.insert(uri(&root.join(fix.file()))?, difference(fix, encoding));
    }
    let title = "Mend all in this package that is certain".to_owned();
    let action = action(title, FIX_ALL, changes);
    Some(CodeActionOrCommand::CodeAction(action))
}

/// Returns the lines that change, so that the rest keeps its marks and folds in the editor.
fn difference(fix: &Fix, encoding: Encoding) -> Vec<TextEdit> {
    let (before, after) = fix.texts();
    let lines = Lines::new(before, encoding);
    let diff = TextDiff::from_lines(before, after);
    let mut edits = Vec::new();
    let mut start = 0;
    for op in diff.ops() {
        let old: String = op
            .old_range()
            .filter_map(|line| diff.old_slice(line))
            .collect();
        let end = start + old.len();
        if op.tag() != DiffTag::Equal {
            let text = op
                .new_range()
                .filter_map(|line| diff.new_slice(line))
                .collect();
            edits.push(TextEdit::new(lines.range(Span { start, end }), text));
        }
        start = end;
    }
    edits
}

fn action(title: String, kind: CodeActionKind, changes: HashMap<Uri, Vec<TextEdit>>) -> CodeAction {
    CodeAction {
        title,
        kind: Some(kind),
        edit: Some(WorkspaceEdit::new(changes)),
        ..CodeAction::default()
    }
}
