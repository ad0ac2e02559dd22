//! What the editor asks, and the answers in its words.

use camino::{Utf8Path, Utf8PathBuf};
use lsp_server::{ErrorCode, Request, Response};
use lsp_types::request::{
    CodeActionRequest, Completion, GotoDefinition, HoverRequest, Request as Asked,
};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionOrCommand, CodeActionParams,
    CodeActionProviderCapability, CodeActionTriggerKind, CompletionItem, CompletionOptions,
    CompletionParams, CompletionResponse, CompletionTextEdit, Documentation, GotoDefinitionParams,
    GotoDefinitionResponse, Hover, HoverContents, HoverParams, HoverProviderCapability, Location,
    MarkupContent, MarkupKind, OneOf, Range, SaveOptions, ServerCapabilities,
    TextDocumentPositionParams, TextDocumentSyncCapability, TextDocumentSyncKind,
    TextDocumentSyncOptions, TextDocumentSyncSaveOptions, TextEdit,
};

use super::actions;
use super::answer::{self, Meaning};
use super::findings::Places;
use super::offer::{Kind, Offer};
use super::place::{Encoding, Lines, path, uri};
use super::workspace::{Workspace, root_of};
use crate::check;
use crate::package::overlay::Overlay;
use crate::package::tree::Tree as _;

/// How much of a file is read that is not in the editor.
const MOST_BYTES: u64 = 16 << 20;

/// Returns what the editor may ask.
pub(super) fn capabilities(encoding: Encoding) -> ServerCapabilities {
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::INCREMENTAL),
        save: Some(TextDocumentSyncSaveOptions::SaveOptions(
            SaveOptions::default(),
        )),
        ..TextDocumentSyncOptions::default()
    };
    let kinds = vec![CodeActionKind::QUICKFIX, actions::FIX_ALL];
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(sync)),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some([" ", "{", "[", ".", ":", "/"].map(str::to_owned).to_vec()),
            ..CompletionOptions::default()
        }),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(kinds),
            ..CodeActionOptions::default()
        })),
        ..ServerCapabilities::default()
    }
}

/// Answers one question.
pub(super) fn answer(workspace: &mut Workspace, encoding: Encoding, request: Request) -> Response {
    match &*request.method {
        HoverRequest::METHOD => respond::<HoverRequest>(request, |params: HoverParams| {
            hover(workspace, encoding, &params.text_document_position_params)
        }),
        GotoDefinition::METHOD => {
            respond::<GotoDefinition>(request, |params: GotoDefinitionParams| {
                definition(workspace, encoding, &params.text_document_position_params)
            })
        }
        Completion::METHOD => respond::<Completion>(request, |params: CompletionParams| {
            completion(workspace, encoding, &params.text_document_position)
        }),
        CodeActionRequest::METHOD => respond::<CodeActionRequest>(request, |params| {
            code_actions(workspace, encoding, &params)
        }),
        method => {
            let message = format!("there is no {method} here");
            Response::new_err(request.id, ErrorCode::MethodNotFound as i32, message)
        }
    }
}

fn respond<R: Asked>(request: Request, with: impl FnOnce(R::Params) -> R::Result) -> Response {
    match serde_json::from_value(request.params) {
        Ok(params) => Response::new_ok(request.id, with(params)),
        Err(error) => {
            let code = ErrorCode::InvalidParams as i32;
            Response::new_err(request.id, code, error.to_string())
        }
    }
}

/// The file that a question is about.
struct Asking {
    root: Utf8PathBuf,
    file: Utf8PathBuf,
}

impl Asking {
    fn of(uri: &lsp_types::Uri) -> Option<Self> {
        let path = path(uri)?;
        let root = root_of(&path)?;
        let file = path.strip_prefix(&root).ok()?.to_owned();
        Some(Self { root, file })
    }

    /// Gives the package and the file's text to `with`.
    fn read<T>(
        &self,
        workspace: &Workspace,
        with: impl FnOnce(&Overlay<'_>, &str) -> Option<T>,
    ) -> Option<T> {
        let read = workspace.read(&self.root, |tree| {
            let text = tree.text(&self.file, MOST_BYTES)?;
            with(tree, &text)
        });
        match read {
            Ok(answer) => answer,
            Err(error) => {
                tracing::debug!("cannot read {}: {error}", self.root);
                None
            }
        }
    }
}

/// Returns what stands at a place, and where its name begins and ends.
fn meaning(
    workspace: &Workspace,
    encoding: Encoding,
    at: &TextDocumentPositionParams,
) -> Option<(Asking, Meaning, Range)> {
    let asking = Asking::of(&at.text_document.uri)?;
    let (meaning, range) = asking.read(workspace, |tree, text| {
        let lines = Lines::new(text, encoding);
        let meaning = answer::meaning(tree, &asking.file, text, lines.offset(at.position))?;
        let range = lines.range(meaning.span);
        Some((meaning, range))
    })?;
    Some((asking, meaning, range))
}

fn hover(
    workspace: &Workspace,
    encoding: Encoding,
    at: &TextDocumentPositionParams,
) -> Option<Hover> {
    let (_, meaning, range) = meaning(workspace, encoding, at)?;
    Some(Hover {
        contents: HoverContents::Markup(markdown(meaning.offer.markdown())),
        range: Some(range),
    })
}

fn definition(
    workspace: &Workspace,
    encoding: Encoding,
    at: &TextDocumentPositionParams,
) -> Option<GotoDefinitionResponse> {
    let (asking, meaning, _) = meaning(workspace, encoding, at)?;
    let (file, span) = meaning.offer.place?;
    let range = span.and_then(|span| {
        workspace
            .read(&asking.root, |tree| {
                let text = tree.text(&file, MOST_BYTES)?;
                Some(Lines::new(&text, encoding).range(span))
            })
            .ok()?
    });
    Some(GotoDefinitionResponse::Scalar(Location {
        uri: uri(&asking.root.join(file))?,
        range: range.unwrap_or_default(),
    }))
}

fn completion(
    workspace: &Workspace,
    encoding: Encoding,
    at: &TextDocumentPositionParams,
) -> Option<CompletionResponse> {
    let asking = Asking::of(&at.text_document.uri)?;
    asking.read(workspace, |tree, text| {
        let lines = Lines::new(text, encoding);
        let found = answer::completion(tree, &asking.file, text, lines.offset(at.position))?;
        let range = lines.range(found.span);
        let offers = found.offers.into_iter();
        let items = offers.map(|(offer, lacks_colon)| item(offer, lacks_colon, range));
        Some(CompletionResponse::Array(items.collect()))
    })
}

fn item(offer: Offer<'static>, lacks_colon: bool, range: Range) -> CompletionItem {
    let name = offer.name.clone().into_owned();
    let text = match lacks_colon {
        true => format!("{name}:"),
        false => name.clone(),
    };
    // What must be given comes first, and functions, which fit everywhere, last.
    let rank = match (offer.is_needed, offer.kind) {
        (true, _) => 0,
        (false, Kind::Function) => 2,
        (false, _) => 1,
    };
    CompletionItem {
        sort_text: Some(format!("{rank}{name}")),
        filter_text: Some(name.clone()),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit::new(range, text))),
        kind: Some(offer.kind.of_completion()),
        documentation: Some(Documentation::MarkupContent(markdown(offer.markdown()))),
        detail: Some(match offer.is_needed {
            true => format!("{}, needed", offer.detail),
            false => offer.detail,
        }),
        label: name,
        ..CompletionItem::default()
    }
}

fn markdown(value: String) -> MarkupContent {
    MarkupContent {
        kind: MarkupKind::Markdown,
        value,
    }
}

fn code_actions(
    workspace: &mut Workspace,
    encoding: Encoding,
    params: &CodeActionParams,
) -> Option<Vec<CodeActionOrCommand>> {
    let Asking { root, file } = Asking::of(&params.text_document.uri)?;
    let only = params.context.only.as_deref();
    let is_wanted = |kind: &CodeActionKind| only.is_none_or(|only| covers(only, kind));
    let mut found = Vec::new();
    if is_wanted(&CodeActionKind::QUICKFIX) {
        let state = workspace.state(&root);
        let places = Places::new(&root, state, encoding);
        found.extend(actions::of_findings(
            &root,
            &file,
            params.range,
            state,
            &places,
        ));
    }
    // Editors ask at every move of the cursor; what takes a while waits until somebody asks.
    let is_automatic = params.context.trigger_kind == Some(CodeActionTriggerKind::AUTOMATIC);
    let is_asked_for = only.is_some() || !is_automatic;
    if is_asked_for && is_wanted(&actions::FIX_ALL) {
        found.extend(fix_all(workspace, encoding, &root));
    }
    Some(found)
}

/// Tells whether one of the kinds is that kind, or one that it is a kind of.
fn covers(only: &[CodeActionKind], kind: &CodeActionKind) -> bool {
    only.iter().any(|wanted| {
        let rest = kind.as_str().strip_prefix(wanted.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

fn fix_all(
    workspace: &Workspace,
    encoding: Encoding,
    root: &Utf8Path,
) -> Option<CodeActionOrCommand> {
    let fixes = workspace
        .read(root, |tree| check::fixes(tree, root, workspace.policy()))
        .ok()?;
    actions::of_fixes(root, &fixes, encoding)
}
