//! A cluster as somebody with a kubeconfig sees it, by the kubectl of this machine.

use std::path::Path;
use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::Error;

/// The kubectl of this machine, for one cluster.
pub(super) struct Kubectl<'k> {
    /// The kubeconfig.
    pub(super) file: &'k Path,
    /// A context in it; its current one when not said.
    pub(super) context: Option<&'k str>,
}

impl Kubectl<'_> {
    /// Runs it and returns what it prints, which no error repeats.
    pub(super) async fn run(&self, args: &[&str], input: &str) -> Result<Vec<u8>, Error> {
        let cannot =
            |error: std::io::Error| Error::Unusable(format!("cannot run kubectl: {error}"));
        let mut command = Command::new("kubectl");
        command.arg("--kubeconfig").arg(self.file);
        if let Some(context) = self.context {
            command.args(["--context", context]);
        }
        command.args(args).kill_on_drop(true);
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(cannot)?;
        if let Some(mut stdin) = child.stdin.take() {
            // One that ends without reading says why itself.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
        let output = child.wait_with_output().await.map_err(cannot)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let why = String::from_utf8_lossy(&output.stderr);
        let verb = args.first().copied().unwrap_or_default();
        let why = format!("`kubectl {verb}` failed: {}", why.trim());
        Err(Error::Unusable(why))
    }
}
