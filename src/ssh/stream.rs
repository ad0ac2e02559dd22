//! Commands that run for long: what they say is passed on while they say it, and they end on the
//! host when they are interrupted here or the connection breaks.

use std::io;
use std::pin::pin;
use std::time::Duration;

use russh::ChannelMsg;

use super::{Error, Shell};

/// Longest that a command may take to end once it was interrupted.
const FAREWELL: Duration = Duration::from_secs(20);

/// Runs its arguments in a process group of their own and ends that when standard input does, which
/// is what this side, and any end of the connection, brings about: sshd itself ends nothing. What
/// is left of the group goes with the program; what the shell says of its jobs is nobody's business.
const GUARD: &str = r#"set -m
exec 3<&0 4>&2 2>/dev/null
"$@" </dev/null 2>&4 3<&- 4>&- & child=$!
{
    cat >/dev/null
    kill -INT -- "-$child"
    timeout 10 tail --pid="$child" -f /dev/null || kill -KILL -- "-$child"
} <&3 >/dev/null 4>&- & watch=$!
wait "$child"
status=$?
kill -KILL -- "-$child" "-$watch"
exit "$status""#;

/// Where a command said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stdio {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// Returns a word as a shell reads it back.
#[must_use]
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

impl Shell {
    /// Runs a program as root with `environment`, and passes on what it says to `told`. When
    /// `interrupt` is over, the program is interrupted (SIGINT) and its end awaited; when it does
    /// not end by itself, it is killed.
    ///
    /// Returns the exit status, 128 and the signal's number when a signal ended it, as shells do.
    ///
    /// # Errors
    /// The connection breaks, or `told` fails, upon which the program is ended too.
    pub async fn stream(
        &self,
        what: &str,
        environment: &[(&str, &str)],
        words: &[String],
        interrupt: impl Future<Output = ()>,
        mut told: impl FnMut(Stdio, &[u8]) -> io::Result<()>,
    ) -> Result<u32, Error> {
        let cut = |why: String| Error::Cut {
            host: self.name.clone(),
            what: what.to_owned(),
            why,
        };
        let broken = |error: russh::Error| cut(error.to_string());
        let mut channel = self.session.channel_open_session().await.map_err(broken)?;
        let command = guarded(environment, words);
        channel.exec(true, command).await.map_err(broken)?;
        let mut status = None;
        let mut interrupt = pin!(interrupt);
        let mut interrupted = false;
        let mut failed = None;
        loop {
            let message = tokio::select! {
                message = channel.wait() => message,
                () = &mut interrupt, if !interrupted => {
                    interrupted = true;
                    channel.eof().await.map_err(broken)?;
                    continue;
                }
                () = tokio::time::sleep(FAREWELL), if interrupted => {
                    return Err(cut(format!("not within {} s of being interrupted", FAREWELL.as_secs())));
                }
            };
            let said = match message {
                None => break,
                Some(ChannelMsg::Data { data }) => told(Stdio::Out, &data),
                Some(ChannelMsg::ExtendedData { data, .. }) => told(Stdio::Err, &data),
                Some(ChannelMsg::ExitStatus { exit_status }) => {
                    status = Some(exit_status);
                    Ok(())
                }
                Some(ChannelMsg::Failure) => {
                    return Err(cut("the host does not run commands".into()));
                }
                Some(_) => Ok(()),
            };
            if let Err(error) = said
                && failed.is_none()
            {
                failed = Some(error);
                interrupted = true;
                channel.eof().await.map_err(broken)?;
            }
        }
        match (failed, status) {
            (Some(error), _) => Err(cut(error.to_string())),
            (None, Some(status)) => Ok(status),
            (None, None) => Err(cut("the connection broke off".into())),
        }
    }
}

fn guarded(environment: &[(&str, &str)], words: &[String]) -> String {
    let mut command = "sudo -n env".to_owned();
    let pairs = environment
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    let guard = ["bash", "-c", GUARD, "vnfctl"].map(str::to_owned);
    for word in pairs.chain(guard).chain(words.iter().cloned()) {
        command.push(' ');
        command += &quoted(&word);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::process::{Command, Stdio as Pipe};

    /// The guard as a host runs it, without sudo.
    fn guard(words: &[&str]) -> Command {
        let mut command = Command::new("bash");
        command.args(["-c", GUARD, "vnfctl"]).args(words);
        command
    }

    #[test]
    fn words_are_read_back_as_they_were() {
        for word in ["", "a b", "it's", "$HOME", "`id`", "--set=a,b", "\"", "*"] {
            let output = Command::new("sh")
                .args(["-c", &format!("printf %s {}", quoted(word))])
                .output()
                .unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), word);
        }
    }

    #[test]
    fn the_exit_status_is_passed_on() {
        let mut child = guard(&["sh", "-c", "echo out; echo err >&2; exit 7"])
            .stdin(Pipe::piped())
            .stdout(Pipe::piped())
            .stderr(Pipe::piped())
            .spawn()
            .unwrap();
        // The input stays open: the guard ends with the program, not with its input.
        let stdin = child.stdin.take().unwrap();
        let output = child.wait_with_output().unwrap();
        drop(stdin);
        assert_eq!(output.status.code(), Some(7));
        assert_eq!(output.stdout, b"out\n");
        assert_eq!(output.stderr, b"err\n");
    }

    #[test]
    fn a_program_ends_with_the_connection() {
        let mut child = guard(&[
            "sh",
            "-c",
            "trap 'echo ended; exit 4' INT; echo ready; sleep 60 & wait",
        ])
        .stdin(Pipe::piped())
        .stdout(Pipe::piped())
        .spawn()
        .unwrap();
        let mut out = child.stdout.take().unwrap();
        let mut first = [0; 6];
        out.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"ready\n");
        let mut stdin = child.stdin.take().unwrap();
        stdin.flush().unwrap();
        drop(stdin);
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "ended\n");
        assert_eq!(child.wait().unwrap().code(), Some(4));
    }
}
