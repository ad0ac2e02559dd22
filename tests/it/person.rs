//! A person at a terminal: runs the program in a home of their own.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use vnfctl::sandbox::{Options, Sandbox};

pub(crate) struct Person {
    home: TempDir,
    env: Vec<(&'static str, String)>,
}

/// A sandbox whose operations take so many milliseconds, and fail where a fault says so.
pub(crate) async fn sandbox(milliseconds: u64, faults: &[&str]) -> Sandbox {
    let options = Options {
        duration: Duration::from_millis(milliseconds),
        faults: faults.iter().map(|fault| fault.parse().unwrap()).collect(),
        ..Options::default()
    };
    Sandbox::start(options).await.unwrap()
}

impl Person {
    /// Somebody whose account is that of the test cloud of clouds.yaml, if one is named.
    pub(crate) fn of_test_cloud() -> Option<Self> {
        let name = match std::env::var("VNFCTL_TEST_CLOUD") {
            Ok(name) if !name.is_empty() => name,
            _ => {
                let required = std::env::var_os("VNFCTL_REQUIRE_REAL").is_some();
                assert!(!required, "VNFCTL_TEST_CLOUD names no cloud");
                return None;
            }
        };
        let mut env = vec![("OS_CLOUD", name)];
        if let Ok(file) = std::env::var("OS_CLIENT_CONFIG_FILE") {
            env.push(("OS_CLIENT_CONFIG_FILE", file));
        }
        Some(Self::with(env))
    }

    /// Somebody whose account is the sandbox's.
    pub(crate) fn of_sandbox(sandbox: &Sandbox) -> Self {
        Self::of(sandbox, &sandbox.auth_url())
    }

    /// The same who reaches it at another address.
    pub(crate) fn of(sandbox: &Sandbox, auth_url: &str) -> Self {
        Self::with(vec![
            ("OS_AUTH_URL", auth_url.to_owned()),
            ("OS_USERNAME", Sandbox::USER.into()),
            ("OS_PASSWORD", sandbox.password().into()),
            ("OS_PROJECT_NAME", Sandbox::PROJECT.into()),
        ])
    }

    /// Somebody with these variables and no others of the like.
    pub(crate) fn with(env: Vec<(&'static str, String)>) -> Self {
        let home = tempfile::tempdir().unwrap();
        Self { home, env }
    }

    /// The same with another variable.
    pub(crate) fn and(mut self, name: &'static str, value: String) -> Self {
        self.env.push((name, value));
        self
    }

    /// The variables that make up the account.
    pub(crate) fn env(&self) -> &[(&'static str, String)] {
        &self.env
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Starts a command, whose words can be read when it has ended.
    pub(crate) fn starts(&self, args: &[&str]) -> Child {
        let mut command = self.command(args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vnfctl"));
        let foreign = |name: &str| name.starts_with("OS_") || name.starts_with("XDG_");
        for (name, _) in std::env::vars().filter(|(name, _)| foreign(name)) {
            command.env_remove(name);
        }
        command
            .args(args)
            // What is maintained depends on the day; here it is the matrix' own.
            .env("SOURCE_DATE_EPOCH", "1795392000")
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .env("HOME", self.home())
            .current_dir(self.home());
        command
    }

    /// Runs a command that must succeed, and returns what it printed.
    pub(crate) fn does(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "vnfctl {args:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that must fail with that exit code, and returns what it said.
    pub(crate) fn fails(&self, exit: i32, args: &[&str]) -> String {
        let output = self.run(args);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            output.status.code(),
            Some(exit),
            "vnfctl {args:?}: {stderr}"
        );
        stderr
    }

    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let mut args = args.to_vec();
        args.extend(["-o", "json"]);
        serde_json::from_str(&self.does(&args)).unwrap()
    }

    /// The ids of a VNF's VNFCs.
    pub(crate) fn vnfcs(&self, vnf: &str) -> Vec<String> {
        let shown = self.json(&["show", vnf]);
        let infos = shown["instantiatedVnfInfo"]["vnfcInfo"].as_array().unwrap();
        infos
            .iter()
            .map(|info| info["id"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Builds and pushes the package of `NAME.yaml`, a copy of the example called so. Its
    /// servers are of the lab's flavor that starts nothing.
    pub(crate) fn pushes_example(&self, name: &str) {
        self.pushes_example_with(name, "", "");
    }

    /// The same with something else in the spec.
    pub(crate) fn pushes_example_with(&self, name: &str, from: &str, to: &str) {
        let spec = include_str!("../../examples/web.yaml");
        let id = uuid::Uuid::new_v4().to_string();
        let spec = spec
            .replace("name: web\n", &format!("name: {name}\n"))
            .replace("flavor: m1.tiny", "flavor: lab.fake")
            .replace("1d0f7a0e-4d1c-4c53-9d5e-2f1f0b7f6a10", &id);
        assert!(spec.contains(from), "{from} is not in {spec}");
        let spec = if from.is_empty() {
            spec
        } else {
            spec.replace(from, to)
        };
        std::fs::write(self.home().join(format!("{name}.yaml")), spec).unwrap();
        self.does(&["package", "build", &format!("{name}.yaml")]);
        self.does(&["package", "push", &format!("{name}.zip")]);
    }
}

/// Takes a VNF and its package, both of that name, away when a test fails.
pub(crate) struct Cleanup<'a>(pub(crate) &'a Person, pub(crate) &'a str);

impl Drop for Cleanup<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for args in [
                &["terminate", self.1, "--delete"][..],
                &["package", "delete", self.1],
            ] {
                let said = self.0.run(args).stderr;
                let said = String::from_utf8_lossy(&said);
                eprintln!("cleaning up, vnfctl {args:?}: {said}");
            }
        }
    }
}
