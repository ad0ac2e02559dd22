//! The command itself, as an editor starts it.

use std::io::{BufReader, Write as _};
use std::process::{Command, Stdio};

use lsp_server::Message;
use serde_json::json;

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vnfctl"));
    command.args(["package", "lsp", "--stdio"]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn framed(message: &serde_json::Value) -> String {
    let body = message.to_string();
    format!("Content-Length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn a_polite_conversation_ends_well() {
    let mut child = command().spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let say = |message: serde_json::Value| framed(&message);
    let greeting = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {"capabilities": {"general": {"positionEncodings": ["utf-8", "utf-16"]}}}});
    stdin.write_all(say(greeting).as_bytes()).unwrap();
    let Some(Message::Response(answer)) = Message::read(&mut stdout).unwrap() else {
        panic!("no answer");
    };
    let own = answer.response_result.unwrap();
    assert_eq!(own["capabilities"]["positionEncoding"], "utf-8");
    assert_eq!(own["serverInfo"]["name"], "vnfctl");
    for message in [
        json!({"jsonrpc": "2.0", "method": "initialized", "params": {}}),
        json!({"jsonrpc": "2.0", "id": 2, "method": "shutdown"}),
        json!({"jsonrpc": "2.0", "method": "exit"}),
    ] {
        stdin.write_all(say(message).as_bytes()).unwrap();
    }
    drop(stdin);
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert!(done.stderr.is_empty(), "{done:?}");
}

#[test]
fn what_is_no_conversation_is_said_on_stderr() {
    for said in [
        "",
        "what is this?\r\n\r\n",
        &framed(&json!({"id": 1, "method": "initialize", "params": 3})),
    ] {
        let mut child = command().spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(said.as_bytes()).unwrap();
        drop(stdin);
        let done = child.wait_with_output().unwrap();
        assert_eq!(done.status.code(), Some(1), "{said}: {done:?}");
        let err = String::from_utf8(done.stderr).unwrap();
        assert!(
            err.contains("the conversation with the editor broke off"),
            "{said}: {err}"
        );
        assert!(!err.contains("panicked"), "{err}");
    }
}
