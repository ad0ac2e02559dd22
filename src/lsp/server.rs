//! The conversation with the editor (Language Server Protocol 3.17): what it says, and what it is
//! told without asking.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use lsp_server::{
    Connection, ErrorCode, Message, Notification, ProtocolError, Request, RequestId, Response,
};
use lsp_types::notification::{
    DidChangeTextDocument, DidChangeWatchedFiles, DidCloseTextDocument, DidOpenTextDocument,
    DidSaveTextDocument, Exit, Notification as _, PublishDiagnostics,
};
use lsp_types::request::{RegisterCapability, Request as _, Shutdown};
use lsp_types::{
    ClientCapabilities, DidChangeTextDocumentParams, DidChangeWatchedFilesParams,
    DidChangeWatchedFilesRegistrationOptions, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, DidSaveTextDocumentParams, FileSystemWatcher, GlobPattern,
    InitializeParams, InitializeResult, PublishDiagnosticsParams, Registration, RegistrationParams,
    ServerInfo, TextDocumentContentChangeEvent, Uri,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::findings::{Places, SOURCE};
use super::place::{Encoding, Lines, path, uri};
use super::requests::{self, capabilities};
use super::workspace::{Settings, Text, Workspace};

/// How long a pause between two changes is in which somebody looks at what was typed.
const PAUSE: Duration = Duration::from_millis(150);

/// Why a conversation broke off.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The editor does not keep to the protocol.
    #[error("the editor does not keep to the protocol")]
    Protocol(#[from] ProtocolError),
    /// What the editor begins with cannot be understood.
    #[error("cannot understand what the editor says of itself")]
    Greeting(#[from] serde_json::Error),
}

/// How a conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// As the protocol has it.
    Agreed,
    /// The editor went away.
    Gone,
}

/// Serves an editor until it leaves.
///
/// # Errors
/// See [`ServeError`].
pub fn serve(connection: &Connection, settings: Settings) -> Result<End, ServeError> {
    let (id, greeting) = connection.initialize_start()?;
    let greeting: InitializeParams = serde_json::from_value(greeting)?;
    let encoding = Encoding::agreed(&greeting.capabilities);
    let own = InitializeResult {
        capabilities: capabilities(encoding),
        server_info: Some(ServerInfo {
            name: SOURCE.to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    };
    connection.initialize_finish(id, serde_json::to_value(own)?)?;
    let mut server = Server {
        connection,
        workspace: Workspace::new(settings),
        encoding,
        is_leaving: false,
    };
    if can_watch(&greeting.capabilities) {
        server.watch();
    }
    Ok(server.run())
}

fn can_watch(client: &ClientCapabilities) -> bool {
    let workspace = client.workspace.as_ref();
    let watched = workspace.and_then(|it| it.did_change_watched_files.as_ref());
    watched.and_then(|it| it.dynamic_registration) == Some(true)
}

struct Server<'c> {
    connection: &'c Connection,
    workspace: Workspace,
    encoding: Encoding,
    /// It was asked to shut down.
    is_leaving: bool,
}

impl Server<'_> {
    fn run(&mut self) -> End {
        while let Some(message) = self.next() {
            match message {
                Message::Notification(note) if note.method == Exit::METHOD => break,
                Message::Notification(note) => self.note(note),
                Message::Request(request) => {
                    let response = self.response(request);
                    self.send(response);
                }
                Message::Response(response) => {
                    if let Err(error) = response.response_result {
                        tracing::warn!("the editor refuses: {}", error.message);
                    }
                }
            }
        }
        match self.is_leaving {
            true => End::Agreed,
            false => End::Gone,
        }
    }

    /// Waits for what the editor says; in a pause, tells it what there is to tell.
    fn next(&mut self) -> Option<Message> {
        while !self.workspace.stale().is_empty() {
            match self.connection.receiver.recv_timeout(PAUSE) {
                Ok(message) => return Some(message),
                Err(error) if error.is_timeout() => self.tell(),
                Err(_) => return None,
            }
        }
        self.connection.receiver.recv().ok()
    }

    /// Sends a message. If the editor is gone, the next that is waited for says so.
    fn send(&self, message: impl Into<Message>) {
        if self.connection.sender.send(message.into()).is_err() {
            tracing::debug!("the editor is gone");
        }
    }

    fn response(&mut self, request: Request) -> Response {
        if request.method == Shutdown::METHOD {
            self.is_leaving = true;
            return Response::new_ok(request.id, ());
        }
        if self.is_leaving {
            let message = "the server was asked to shut down".to_owned();
            return Response::new_err(request.id, ErrorCode::InvalidRequest as i32, message);
        }
        requests::answer(&mut self.workspace, self.encoding, request)
    }

    /// Asks to be told what becomes of files on the disk: others write them as well.
    fn watch(&self) {
        let watchers = vec![FileSystemWatcher {
            glob_pattern: GlobPattern::String("**/*".to_owned()),
            kind: None,
        }];
        let registration = Registration {
            id: "files".to_owned(),
            method: DidChangeWatchedFiles::METHOD.to_owned(),
            register_options: json(DidChangeWatchedFilesRegistrationOptions { watchers }),
        };
        let registrations = vec![registration];
        let params = RegistrationParams { registrations };
        let method = RegisterCapability::METHOD.to_owned();
        let id = RequestId::from("watch".to_owned());
        self.send(Request::new(id, method, params));
    }

    /// Takes note of what the editor says.
    fn note(&mut self, note: Notification) {
        match &*note.method {
            DidOpenTextDocument::METHOD => {
                if let Some(DidOpenTextDocumentParams { text_document: it }) = understood(note) {
                    let (text, version) = (it.text, it.version);
                    self.with(&it.uri, |workspace, path| {
                        workspace.put(path, Text { text, version });
                    });
                }
            }
            DidChangeTextDocument::METHOD => {
                if let Some(params) = understood(note) {
                    self.change(params);
                }
            }
            DidSaveTextDocument::METHOD => {
                if let Some(DidSaveTextDocumentParams {
                    text_document: it, ..
                }) = understood(note)
                {
                    self.with(&it.uri, Workspace::touch);
                }
            }
            DidCloseTextDocument::METHOD => {
                if let Some(DidCloseTextDocumentParams { text_document: it }) = understood(note) {
                    self.with(&it.uri, Workspace::close);
                }
            }
            DidChangeWatchedFiles::METHOD => {
                if let Some(DidChangeWatchedFilesParams { changes }) = understood(note) {
                    for change in changes {
                        self.with(&change.uri, Workspace::touch_known);
                    }
                }
            }
            _ => {}
        }
    }

    fn with(&mut self, uri: &Uri, then: impl FnOnce(&mut Workspace, &Utf8Path)) {
        match path(uri) {
            Some(path) => then(&mut self.workspace, &path),
            None => tracing::debug!("{} is no file", uri.as_str()),
        }
    }

    fn change(&mut self, params: DidChangeTextDocumentParams) {
        let encoding = self.encoding;
        let version = params.text_document.version;
        self.with(&params.text_document.uri, |workspace, path| {
            let before = workspace.text(path).map(|before| before.text.clone());
            let text = (params.content_changes.into_iter())
                .fold(before.unwrap_or_default(), |text, change| {
                    changed(text, change, encoding)
                });
            workspace.put(path, Text { text, version });
        });
    }

    /// Tells what is found in the packages that have changed. Of a file in the editor, that nothing
    /// is found is told as well.
    fn tell(&mut self) {
        for root in self.workspace.stale() {
            let open: BTreeSet<_> = self.workspace.open(&root).map(Utf8Path::to_owned).collect();
            let mut found = match open.is_empty() {
                true => BTreeMap::new(),
                false => {
                    let state = self.workspace.state(&root);
                    Places::new(&root, state, self.encoding).all()
                }
            };
            let mut files: BTreeSet<Utf8PathBuf> = found.keys().cloned().collect();
            files.extend(self.workspace.told(&root, files.clone()));
            files.extend(open);
            for file in files {
                let Some(uri) = uri(&file) else { continue };
                let diagnostics = found.remove(&file).unwrap_or_default();
                let version = self.workspace.text(&file).map(|text| text.version);
                let params = PublishDiagnosticsParams::new(uri, diagnostics, version);
                let method = PublishDiagnostics::METHOD.to_owned();
                self.send(Notification::new(method, params));
            }
        }
    }
}

/// Returns a text after a change of a part of it, or of all.
fn changed(text: String, change: TextDocumentContentChangeEvent, encoding: Encoding) -> String {
    let Some(range) = change.range else {
        return change.text;
    };
    let span = Lines::new(&text, encoding).span(range);
    let mut text = text;
    text.replace_range(span.start..span.end, &change.text);
    text
}

fn json(value: impl Serialize) -> Option<serde_json::Value> {
    serde_json::to_value(value).ok()
}

/// Returns what a message says; one that says nothing to be understood is passed over.
fn understood<T: DeserializeOwned>(note: Notification) -> Option<T> {
    let method = note.method;
    match serde_json::from_value(note.params) {
        Ok(params) => Some(params),
        Err(error) => {
            tracing::warn!("cannot understand {method}: {error}");
            None
        }
    }
}
