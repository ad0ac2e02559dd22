//! A proxy between the program and a sandbox that spoils one exchange.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use vnfctl::sandbox::Sandbox;

/// What happens to an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection breaks before the server gets anything.
    Unsent,
    /// The server does what was asked, and the connection breaks before it answers.
    Unanswered,
    /// The answer stops in its middle.
    Truncated,
    /// The answer comes late.
    Late,
    /// The answer comes twice.
    Twice,
    /// 429 with Retry-After, and the server gets nothing.
    TooMany,
    /// 503 by somebody in front of the server.
    Unavailable,
    /// 401: the token is no longer good.
    Revoked,
}

/// Which exchange is spoiled: the one with this number, counted from 0, of those that fit.
#[derive(Debug, Clone)]
struct Plan {
    fault: Fault,
    at: usize,
    counted: usize,
}

#[derive(Debug, Default)]
struct State {
    plan: Option<Plan>,
    /// What was spoiled: the first lines of requests.
    hit: Vec<String>,
}

/// Runs until it is dropped.
pub(crate) struct Proxy {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    pub(crate) async fn before(sandbox: &Sandbox) -> Self {
        let server = sandbox.endpoint().to_string();
        let server = server.trim_start_matches("http://");
        let server: SocketAddr = server.split('/').next().unwrap().parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let state = Arc::clone(&shared);
                tokio::spawn(async move {
                    // Whoever breaks a connection is told so by the other end.
                    let _broken = serve(client, server, address, &state).await;
                });
            }
        });
        Self {
            address,
            state,
            task,
        }
    }

    /// An address of the sandbox as it is reached through this.
    pub(crate) fn of(&self, url: &str) -> String {
        let mut url: url::Url = url.parse().unwrap();
        url.set_port(Some(self.address.port())).unwrap();
        url.to_string()
    }

    /// Spoils the exchange with Tacker of that number from now on.
    pub(crate) fn spoils(&self, fault: Fault, at: usize) {
        let mut state = self.state.lock().unwrap();
        state.hit.clear();
        state.plan = Some(Plan {
            fault,
            at,
            counted: 0,
        });
    }

    /// Spoils nothing more; returns what was spoiled.
    pub(crate) fn heals(&self) -> Option<String> {
        let mut state = self.state.lock().unwrap();
        state.plan = None;
        state.hit.pop()
    }
}

/// The fault of this exchange, where it is the one.
fn fault_of(state: &Mutex<State>, first: &str) -> Option<Fault> {
    let mut state = state.lock().unwrap();
    // Logins are the OpenStack library's, and are not what is tried here.
    if first.contains("/identity") || first.contains("/v3") {
        return None;
    }
    let plan = state.plan.as_mut()?;
    let number = plan.counted;
    plan.counted += 1;
    let fault = (number == plan.at).then_some(plan.fault)?;
    state.hit.push(first.to_owned());
    Some(fault)
}

async fn serve(
    mut client: TcpStream,
    server: SocketAddr,
    own: SocketAddr,
    state: &Mutex<State>,
) -> io::Result<()> {
    let request = read_request(&mut client).await?;
    let first = String::from_utf8_lossy(&request);
    let first = first.lines().next().unwrap_or_default().to_owned();
    let ask = async || -> io::Result<Vec<u8>> {
        let mut upstream = TcpStream::connect(server).await?;
        upstream.write_all(&request).await?;
        let mut answer = Vec::new();
        upstream.read_to_end(&mut answer).await?;
        Ok(readdressed(&answer, server, own))
    };
    let answer = match fault_of(state, &first) {
        Some(Fault::Unsent) => return Ok(()),
        Some(Fault::Unanswered) => {
            ask().await?;
            return Ok(());
        }
        Some(Fault::Truncated) => {
            let mut answer = ask().await?;
            answer.truncate(answer.len() - (answer.len() / 10).max(3));
            answer
        }
        Some(Fault::Late) => {
            tokio::time::sleep(Duration::from_millis(700)).await;
            ask().await?
        }
        Some(Fault::Twice) => {
            let answer = ask().await?;
            [&answer[..], &answer[..]].concat()
        }
        Some(Fault::TooMany) => said("429 Too Many Requests\r\nRetry-After: 1"),
        Some(Fault::Unavailable) => said("503 Service Unavailable"),
        Some(Fault::Revoked) => said("401 Unauthorized"),
        None => ask().await?,
    };
    client.write_all(&answer).await?;
    client.shutdown().await
}

fn said(status: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into_bytes()
}

/// Reads a request whole, and has its connection closed after the answer.
async fn read_request(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut part = [0; 16 * 1024];
    let head = loop {
        if let Some(at) = all.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        match client.read(&mut part).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => all.extend_from_slice(&part[..read]),
        }
    };
    let text = String::from_utf8_lossy(&all[..head]).to_lowercase();
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(0, |length| length.trim().parse::<usize>().unwrap());
    while all.len() < head + length {
        match client.read(&mut part).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => all.extend_from_slice(&part[..read]),
        }
    }
    let lines =
        String::from_utf8_lossy(&all[..head - 2]).into_owned() + "connection: close\r\n\r\n";
    Ok([lines.as_bytes(), &all[head..]].concat())
}

/// Puts this address in place of the server's, which is as long or the length is corrected.
fn readdressed(answer: &[u8], server: SocketAddr, own: SocketAddr) -> Vec<u8> {
    let Some(at) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return answer.to_vec();
    };
    let (head, body) = answer.split_at(at + 4);
    let head = String::from_utf8_lossy(head).into_owned();
    // A package's bytes are nobody's address.
    let Ok(text) = std::str::from_utf8(body) else {
        return answer.to_vec();
    };
    let (from, to) = (server.to_string(), own.to_string());
    let text = text.replace(&from, &to);
    let lines = head.replace(&from, &to);
    let lines =
        lines.lines().map(
            |line| match line.to_lowercase().starts_with("content-length:") {
                true => format!("content-length: {}", text.len()),
                false => line.to_owned(),
            },
        );
    let head: Vec<String> = lines.collect();
    [head.join("\r\n").trim_end(), "\r\n\r\n", &text]
        .concat()
        .into_bytes()
}
