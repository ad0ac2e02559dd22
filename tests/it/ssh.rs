//! Shells on hosts whose keys are known: a host in this process that can be a stranger, refuse a
//! login, or be slow.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use russh::keys::{Algorithm, Certificate, PrivateKey};
use russh::server::{self, Auth, ChannelOpenHandle, Msg, Server as _, Session, VerifiedPublicKey};
use russh::{Channel, ChannelId};
use vnfctl::ssh::{Authority, Error, Host, Identity, Shell, Stdio, Wanted};

/// What the host saw, in the order that it saw it.
type Seen = Arc<Mutex<Vec<String>>>;

/// A host that lets in one key, or certificates of one authority for one principal.
#[derive(Clone)]
struct Machine {
    admitted: Option<String>,
    authority: Option<String>,
    principal: String,
    seen: Seen,
    stdin: Vec<u8>,
}

impl server::Server for Machine {
    type Handler = Self;

    fn new_client(&mut self, _: Option<std::net::SocketAddr>) -> Self {
        self.clone()
    }
}

impl Machine {
    fn note(&self, what: impl Into<String>) {
        self.seen.lock().unwrap().push(what.into());
    }
}

impl server::Handler for Machine {
    type Error = russh::Error;

    async fn auth_publickey(
        &mut self,
        user: &str,
        key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, russh::Error> {
        self.note(format!("key of {user}"));
        let line = key.public_key.to_openssh().unwrap();
        let admitted = self
            .admitted
            .as_ref()
            .is_some_and(|one| one.starts_with(line.trim()));
        Ok(if admitted {
            Auth::Accept
        } else {
            Auth::reject()
        })
    }

    async fn auth_openssh_certificate(
        &mut self,
        user: &str,
        certificate: &Certificate,
    ) -> Result<Auth, russh::Error> {
        self.note(format!("certificate of {user}: {}", certificate.key_id()));
        let by = russh::keys::PublicKey::from(certificate.signature_key().clone());
        let by = by.to_openssh().unwrap();
        let trusted = self
            .authority
            .as_ref()
            .is_some_and(|one| one.starts_with(by.trim()));
        let named = certificate.valid_principals() == std::slice::from_ref(&self.principal);
        Ok(if trusted && named {
            Auth::Accept
        } else {
            Auth::reject()
        })
    }

    async fn channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        command: &[u8],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        let command = String::from_utf8_lossy(command).into_owned();
        session.channel_success(channel)?;
        if command.ends_with(" says 9") {
            session.data(channel, b"one\n".to_vec())?;
            session.extended_data(channel, 1, b"two\n".to_vec())?;
            session.data(channel, b"three\n".to_vec())?;
            session.exit_status_request(channel, 9)?;
            session.eof(channel)?;
            session.close(channel)?;
        } else if command.ends_with(" goes on") {
            session.data(channel, b"begun\n".to_vec())?;
        }
        self.note(command);
        Ok(())
    }

    async fn data(
        &mut self,
        _: ChannelId,
        data: &[u8],
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        self.stdin.extend_from_slice(data);
        Ok(())
    }

    /// Commands end when their input does: `cat`, `fail`, and anything else never.
    async fn channel_eof(
        &mut self,
        channel: ChannelId,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        let command = self.seen.lock().unwrap().last().cloned().unwrap();
        let status = match command.as_str() {
            "cat" => {
                session.data(channel, self.stdin.clone())?;
                0
            }
            "fail" => {
                session.extended_data(channel, 1, b"it is broken\n".to_vec())?;
                3
            }
            // What the guard of a streamed command makes of the end of its input.
            guarded if guarded.ends_with(" goes on") => 130,
            _ => return Ok(()),
        };
        session.exit_status_request(channel, status)?;
        session.eof(channel)?;
        session.close(channel)
    }
}

/// A key pair of OpenSSH's format, and its public line.
fn pair() -> (PrivateKey, String) {
    let key = PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519).unwrap();
    let line = key.public_key().to_openssh().unwrap();
    (key, line)
}

fn identity(key: &PrivateKey) -> Identity {
    let text = key
        .to_openssh(russh::keys::ssh_key::LineEnding::LF)
        .unwrap();
    Identity::of_text(&text.as_str().into(), "the test's key").unwrap()
}

/// Starts a machine; returns it as a host whose keys are `keys`, or its own.
async fn start(machine: Machine, keys: Option<Vec<String>>) -> (Host, u16) {
    let (key, line) = pair();
    let config = server::Config {
        keys: vec![key],
        auth_rejection_time: Duration::ZERO,
        ..server::Config::default()
    };
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let socket = tokio::net::TcpListener::bind((address, 0)).await.unwrap();
    let port = socket.local_addr().unwrap().port();
    let mut machine = machine;
    tokio::spawn(async move { machine.run_on_socket(Arc::new(config), &socket).await });
    let host = Host {
        name: "machine".into(),
        addresses: vec![address],
        keys: keys.unwrap_or_else(|| vec![line]),
    };
    (host, port)
}

fn machine(admitted: Option<&str>) -> (Machine, Seen) {
    let seen = Seen::default();
    let machine = Machine {
        admitted: admitted.map(str::to_owned),
        authority: None,
        principal: "vnf-1".into(),
        seen: Arc::clone(&seen),
        stdin: Vec::new(),
    };
    (machine, seen)
}

#[tokio::test]
async fn a_command_gets_its_input_and_gives_its_output_and_status() {
    let (key, line) = pair();
    let (host, port) = start(machine(Some(&line)).0, None).await;
    let shell = Shell::open(&host, port, "debian", &identity(&key))
        .await
        .unwrap();
    let long = vec![b'x'; 3 << 20];
    let output = shell
        .run("copying", "cat", &long, Duration::from_secs(30))
        .await
        .unwrap();
    assert_eq!((output.status, output.stdout.len()), (0, long.len()));
    let shell = Shell::open(&host, port, "debian", &identity(&key))
        .await
        .unwrap();
    let output = shell
        .run("failing", "fail", b"", Duration::from_secs(30))
        .await
        .unwrap();
    assert_eq!(output.status, 3);
    assert_eq!(output.stderr, b"it is broken\n");
    let slow = shell
        .run("waiting", "sleep", b"", Duration::from_millis(200))
        .await
        .unwrap_err();
    assert!(
        matches!(&slow, Error::Cut { why, .. } if why.starts_with("not within")),
        "{slow}"
    );
}

#[tokio::test]
async fn a_stranger_is_told_nothing() {
    let (key, line) = pair();
    let (machine, seen) = machine(Some(&line));
    let other = pair().1;
    let (host, port) = start(machine, Some(vec![other])).await;
    let error = Shell::open(&host, port, "debian", &identity(&key))
        .await
        .err()
        .unwrap();
    assert!(
        matches!(&error, Error::WrongHost { shown, .. } if shown.starts_with("SHA256:")),
        "{error}"
    );
    assert_eq!(
        *seen.lock().unwrap(),
        Vec::<String>::new(),
        "no login was tried"
    );
    // And a host of which nothing is known is not even connected to.
    let unknown = Host {
        keys: vec!["ssh-ed25519 broken".into()],
        ..host
    };
    let error = Shell::open(&unknown, port, "debian", &identity(&key))
        .await
        .err()
        .unwrap();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn a_refused_login_says_with_what_it_was_tried() {
    let (machine, _) = machine(None);
    let (host, port) = start(machine, None).await;
    let error = Shell::open(&host, port, "debian", &identity(&pair().0))
        .await
        .err()
        .unwrap();
    assert_eq!(
        error.to_string(),
        "machine refuses debian with the test's key"
    );
}

#[tokio::test]
async fn an_address_that_does_not_answer_is_not_the_last() {
    let (key, line) = pair();
    let (mut host, port) = start(machine(Some(&line)).0, None).await;
    // Nobody listens there: the machine has this address of the loopback network alone.
    host.addresses
        .insert(0, IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)));
    let shell = Shell::open(&host, port, "debian", &identity(&key))
        .await
        .unwrap();
    assert_eq!(shell.address(), host.addresses[1]);
}

#[tokio::test]
async fn a_key_made_for_the_command_is_let_in_by_its_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, line) = pair();
    let file = folder.path().join("ca");
    authority
        .write_openssh_file(&file, russh::keys::ssh_key::LineEnding::LF)
        .unwrap();
    let authority = Authority::open(&file, None).await.unwrap();
    for (principal, admitted) in [("vnf-1", true), ("vnf-2", false)] {
        let (mut machine, seen) = machine(None);
        machine.authority = Some(line.clone());
        let (host, port) = start(machine, None).await;
        let wanted = Wanted {
            public_key: "",
            source: "",
            principal,
            key_id: "vnfctl login edge",
            lifetime: Duration::from_secs(60),
        };
        let identity = Identity::of_authority(&authority, wanted).await.unwrap();
        let shell = Shell::open(&host, port, "debian", &identity).await;
        assert_eq!(shell.is_ok(), admitted);
        assert_eq!(
            *seen.lock().unwrap(),
            ["certificate of debian: vnfctl login edge"]
        );
    }
}

#[tokio::test]
async fn what_a_long_command_says_is_passed_on_with_its_status() {
    let (key, line) = pair();
    let (machine, seen) = machine(Some(&line));
    let (host, port) = start(machine, None).await;
    let shell = Shell::open(&host, port, "debian", &identity(&key))
        .await
        .unwrap();
    let mut said = Vec::new();
    let words = ["it's", "says", "9"].map(str::to_owned);
    let never = std::future::pending();
    let status = shell
        .stream(
            "talking",
            &[("KUBECONFIG", "a b")],
            &words,
            never,
            |stdio, bytes| {
                said.push((stdio, bytes.to_vec()));
                Ok(())
            },
        )
        .await
        .unwrap();
    assert_eq!(status, 9);
    let expected = [
        (Stdio::Out, b"one\n".to_vec()),
        (Stdio::Err, b"two\n".to_vec()),
        (Stdio::Out, b"three\n".to_vec()),
    ];
    assert_eq!(said, expected);
    let command = seen.lock().unwrap().last().cloned().unwrap();
    assert!(
        command.starts_with("sudo -n env 'KUBECONFIG=a b' bash -c "),
        "{command}"
    );
    assert!(command.ends_with(r" vnfctl 'it'\''s' says 9"), "{command}");
}

#[tokio::test]
async fn an_interrupted_command_is_ended_there_and_its_status_awaited() {
    let (key, line) = pair();
    let (host, port) = start(machine(Some(&line)).0, None).await;
    let shell = Shell::open(&host, port, "debian", &identity(&key))
        .await
        .unwrap();
    let begun = tokio::sync::Notify::new();
    let words = ["goes", "on"].map(str::to_owned);
    let status = shell
        .stream("going on", &[], &words, begun.notified(), |_, bytes| {
            assert_eq!(bytes, b"begun\n");
            begun.notify_one();
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(status, 130);
    // Whoever reads no longer, as `head` does, ends it too.
    let error = shell
        .stream("going on", &[], &words, std::future::pending(), |_, _| {
            Err(std::io::ErrorKind::BrokenPipe.into())
        })
        .await
        .unwrap_err();
    assert!(
        matches!(&error, Error::Cut { why, .. } if why.contains("broken pipe")),
        "{error}"
    );
}
