//! An editor for tests: it says to the server what editors say, and hears what they hear.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::thread::JoinHandle;
use std::time::Duration;

use lsp_server::{Connection, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{self as told, Notification as _};
use lsp_types::request::{self as asked, Request as _};
use lsp_types::{
    CodeAction, CodeActionOrCommand, CompletionItem, CompletionResponse, Diagnostic,
    GotoDefinitionResponse, Hover, HoverContents, Location, NumberOrString, Position,
    PublishDiagnosticsParams, Range, TextEdit, Uri,
};
use serde_json::{Value, json};
use url::Url;
use vnfctl::lsp::{End, Settings, serve};

use crate::check::bench::Bench;

/// How long the server may take; far more than it does, and a test fails after it.
const PATIENCE: Duration = Duration::from_secs(60);

/// An editor with the package `web` before it.
pub(super) struct Editor {
    pub(super) bench: Bench,
    connection: Connection,
    server: Option<JoinHandle<Option<End>>>,
    texts: BTreeMap<String, String>,
    requests: i32,
    versions: BTreeMap<String, i32>,
    /// What it was told of each file last.
    shown: BTreeMap<Uri, Vec<Diagnostic>>,
}

impl Editor {
    /// Begins with the package that `examples/web.yaml` makes.
    pub(super) fn new() -> Self {
        let bench = Bench::new();
        bench.build("");
        bench.unpack();
        Self::over(bench, json!({}))
    }

    pub(super) fn over(bench: Bench, capabilities: Value) -> Self {
        let (connection, other) = Connection::memory();
        let server = std::thread::spawn(move || serve(&other, Settings::default()).ok());
        let mut editor = Self {
            bench,
            connection,
            server: Some(server),
            texts: BTreeMap::new(),
            requests: 0,
            versions: BTreeMap::new(),
            shown: BTreeMap::new(),
        };
        let greeting = json!({"capabilities": capabilities});
        editor.request(asked::Initialize::METHOD, greeting);
        editor.tell(told::Initialized::METHOD, json!({}));
        editor
    }

    /// Returns the URI of a file.
    pub(super) fn uri(&self, file: &str) -> Uri {
        uri(&self.bench.path(file))
    }

    pub(super) fn tell(&self, method: &str, params: Value) {
        let note = Notification::new(method.to_owned(), params);
        self.connection.sender.send(note.into()).unwrap();
    }

    /// Opens a file as it lies.
    pub(super) fn open(&mut self, file: &str) {
        let text = self.bench.read(file);
        self.open_with(file, &text);
    }

    /// Opens a file of which this stands in the editor.
    pub(super) fn open_with(&mut self, file: &str, text: &str) {
        let version = self.next(file);
        let document = json!({
            "uri": self.uri(file), "languageId": "yaml", "version": version, "text": text,
        });
        self.texts.insert(file.to_owned(), text.to_owned());
        let params = json!({"textDocument": document});
        self.tell(told::DidOpenTextDocument::METHOD, params);
    }

    pub(super) fn close(&mut self, file: &str) {
        self.texts.remove(file);
        let params = json!({"textDocument": {"uri": self.uri(file)}});
        self.tell(told::DidCloseTextDocument::METHOD, params);
    }

    /// Types `by` in the place of `text`.
    pub(super) fn replace(&mut self, file: &str, text: &str, by: &str) {
        let whole = &self.texts[file];
        let start = whole.find(text).unwrap();
        let range = Range::new(position(whole, start), position(whole, start + text.len()));
        let after = whole.replacen(text, by, 1);
        self.texts.insert(file.to_owned(), after);
        self.change(file, range, by);
    }

    fn next(&mut self, file: &str) -> i32 {
        let version = self.versions.entry(file.to_owned()).or_default();
        *version += 1;
        *version
    }

    fn change(&mut self, file: &str, range: Range, text: &str) {
        let version = self.next(file);
        let params = json!({
            "textDocument": {"uri": self.uri(file), "version": version},
            "contentChanges": [{"range": range, "text": text}],
        });
        self.tell(told::DidChangeTextDocument::METHOD, params);
    }

    pub(super) fn text(&self, file: &str) -> &str {
        &self.texts[file]
    }

    /// Makes an editor's changes.
    #[expect(
        clippy::mutable_key_type,
        reason = "the map of lsp-types; nothing changes its keys"
    )]
    pub(super) fn apply(&mut self, action: &CodeAction) {
        let changes = action.edit.clone().unwrap().changes.unwrap();
        for (uri, mut edits) in changes {
            let files: Vec<_> = self.texts.keys().cloned().collect();
            let file = files.iter().find(|file| self.uri(file) == uri).unwrap();
            // Places are those before the change, so that the last goes first.
            edits.sort_by_key(|edit| std::cmp::Reverse(edit.range.start));
            for TextEdit { range, new_text } in edits {
                let mut text = self.texts[file].clone();
                let span = offset(&text, range.start)..offset(&text, range.end);
                text.replace_range(span, &new_text);
                self.texts.insert(file.clone(), text);
                self.change(file, range, &new_text);
            }
        }
    }

    /// Asks, and returns the answer or the refusal.
    pub(super) fn request(&mut self, method: &str, params: Value) -> Value {
        self.answer(method, params).unwrap()
    }

    pub(super) fn answer(&mut self, method: &str, params: Value) -> Result<Value, String> {
        self.requests += 1;
        let id = RequestId::from(self.requests);
        let request = Request::new(id.clone(), method.to_owned(), params);
        self.connection.sender.send(request.into()).unwrap();
        loop {
            match self.hear() {
                Message::Response(Response {
                    id: of,
                    response_result,
                }) => {
                    assert_eq!(of, id);
                    return response_result.map_err(|error| error.message);
                }
                other => self.note(other),
            }
        }
    }

    fn hear(&self) -> Message {
        self.connection.receiver.recv_timeout(PATIENCE).unwrap()
    }

    fn note(&mut self, message: Message) {
        if let Message::Notification(note) = message
            && note.method == told::PublishDiagnostics::METHOD
        {
            let params: PublishDiagnosticsParams = serde_json::from_value(note.params).unwrap();
            self.shown.insert(params.uri, params.diagnostics);
        }
    }

    /// Waits for what is told of a file as it is now, and returns it.
    pub(super) fn findings(&mut self, file: &str) -> Vec<Diagnostic> {
        let uri = self.uri(file);
        let version = self.versions.get(file).copied();
        loop {
            let message = self.hear();
            let is_meant = matches!(&message, Message::Notification(note)
                if note.params["uri"] == json!(uri)
                    && note.params.get("version").is_none_or(|of| version.is_none_or(|version| *of == version)));
            self.note(message);
            if is_meant {
                return self.shown[&uri].clone();
            }
        }
    }

    /// Returns the codes of what is found in a file, when it is told.
    pub(super) fn codes(&mut self, file: &str) -> Vec<String> {
        let findings = self.findings(file);
        findings.iter().map(code).collect()
    }

    /// Returns what all files were last told to have, by their paths in the package.
    pub(super) fn all(&self) -> BTreeMap<String, Vec<Diagnostic>> {
        let root = Url::from_file_path(self.bench.path("web")).unwrap();
        let below = |uri: &Uri| {
            let rest = uri.as_str().strip_prefix(root.as_str()).unwrap();
            rest.trim_start_matches('/').to_owned()
        };
        let shown = self.shown.iter();
        shown.map(|(uri, all)| (below(uri), all.clone())).collect()
    }

    fn at(&self, file: &str, offset: usize) -> Value {
        let position = position(&self.texts[file], offset);
        json!({"textDocument": {"uri": self.uri(file)}, "position": position})
    }

    /// Returns what the editor shows of the place where `text` begins.
    pub(super) fn hover(&mut self, file: &str, text: &str) -> Option<String> {
        let offset = self.texts[file].find(text).unwrap();
        self.hover_at(file, offset)
    }

    pub(super) fn hover_at(&mut self, file: &str, offset: usize) -> Option<String> {
        let answer = self.request(asked::HoverRequest::METHOD, self.at(file, offset));
        let hover: Option<Hover> = serde_json::from_value(answer).unwrap();
        hover.map(|hover| match hover.contents {
            HoverContents::Markup(markup) => markup.value,
            other => panic!("{other:?}"),
        })
    }

    /// Returns where what begins as `text` does is defined: the file, and the line there.
    pub(super) fn definition(&mut self, file: &str, text: &str) -> Option<(String, String)> {
        let offset = self.texts[file].find(text).unwrap();
        let answer = self.request(asked::GotoDefinition::METHOD, self.at(file, offset));
        let found: Option<GotoDefinitionResponse> = serde_json::from_value(answer).unwrap();
        let Location { uri, range } = match found? {
            GotoDefinitionResponse::Scalar(location) => location,
            other => panic!("{other:?}"),
        };
        let path = Url::parse(uri.as_str()).unwrap().to_file_path().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let line = usize::try_from(range.start.line).unwrap();
        let line = text.lines().nth(line).unwrap().trim().to_owned();
        let file = path.strip_prefix(self.bench.path("web")).unwrap();
        Some((file.to_str().unwrap().to_owned(), line))
    }

    /// Returns what can be written where `|` stands in `marked`, which is the text around that.
    pub(super) fn completion(&mut self, file: &str, marked: &str) -> Vec<CompletionItem> {
        let around = marked.replacen('|', "", 1);
        let start = self.texts[file].find(&around);
        let start = start.unwrap_or_else(|| panic!("`{around}` is not in {file}"));
        self.completion_at(file, start + marked.find('|').unwrap())
    }

    pub(super) fn completion_at(&mut self, file: &str, offset: usize) -> Vec<CompletionItem> {
        let answer = self.request(asked::Completion::METHOD, self.at(file, offset));
        let found: Option<CompletionResponse> = serde_json::from_value(answer).unwrap();
        match found {
            None => Vec::new(),
            Some(CompletionResponse::Array(items)) => items,
            Some(other) => panic!("{other:?}"),
        }
    }

    /// Returns what can be done where `text` begins.
    pub(super) fn actions(&mut self, file: &str, text: &str, context: Value) -> Vec<CodeAction> {
        let offset = self.texts[file].find(text).unwrap();
        let at = position(&self.texts[file], offset);
        let params = json!({
            "textDocument": {"uri": self.uri(file)},
            "range": {"start": at, "end": at},
            "context": context,
        });
        let answer = self.request(asked::CodeActionRequest::METHOD, params);
        let found: Vec<CodeActionOrCommand> = serde_json::from_value(answer).unwrap();
        let actions = found.into_iter().map(|one| match one {
            CodeActionOrCommand::CodeAction(action) => action,
            other => panic!("{other:?}"),
        });
        actions.collect()
    }

    /// Leaves as the protocol has it, or just so; returns how the server takes it.
    pub(super) fn leave(mut self, is_polite: bool) -> Option<End> {
        if is_polite {
            self.request(asked::Shutdown::METHOD, Value::Null);
            self.tell(told::Exit::METHOD, Value::Null);
        }
        let server = self.server.take().unwrap();
        drop(self);
        server.join().unwrap()
    }
}

pub(super) fn code(finding: &Diagnostic) -> String {
    match &finding.code {
        Some(NumberOrString::String(code)) => code.clone(),
        other => panic!("{other:?}"),
    }
}

pub(super) fn uri(path: &Path) -> Uri {
    let path: PathBuf = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    Uri::from_str(Url::from_file_path(path).unwrap().as_str()).unwrap()
}

/// Returns the place of a byte, in UTF-16.
fn position(text: &str, offset: usize) -> Position {
    let before = &text[..offset];
    let line = before.matches('\n').count();
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let column = before[start..].encode_utf16().count();
    Position::new(u32::try_from(line).unwrap(), u32::try_from(column).unwrap())
}

fn offset(text: &str, at: Position) -> usize {
    let mut places = text
        .char_indices()
        .map(|(offset, _)| offset)
        .chain([text.len()]);
    places.find(|offset| position(text, *offset) == at).unwrap()
}
