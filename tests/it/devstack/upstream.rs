//! What is written compared with the repositories that read it, where these are at hand:
//! `VNFCTL_DEVSTACK_DIR` names a folder with checkouts of devstack, tacker, devstack-plugin-container,
//! heat and barbican.

use std::path::{Path, PathBuf};
use std::process::Command;

use vnfctl::devstack::{Ports, Variables};

use super::{generated, person};

pub(super) fn checkouts() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("VNFCTL_DEVSTACK_DIR")?);
    for name in [
        "devstack",
        "tacker",
        "devstack-plugin-container",
        "heat",
        "barbican",
    ] {
        assert!(
            folder.join(name).is_dir(),
            "{} lacks {name}",
            folder.display()
        );
    }
    Some(folder)
}

fn text(folder: &Path, file: &str) -> String {
    let read = std::fs::read_to_string(folder.join(file));
    assert!(read.is_ok(), "{file}: {read:?}");
    read.unwrap()
}

/// Whether `word` stands in `text` with nothing of its own kind before and after.
fn has(text: &str, word: &str, inner: fn(char) -> bool) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(inner) && !after.is_some_and(inner)
    })
}

fn has_name(text: &str, name: &str) -> bool {
    has(text, name, |c| c.is_ascii_alphanumeric() || c == '_')
}

fn has_port(text: &str, port: u16) -> bool {
    has(text, &port.to_string(), |c| c.is_ascii_digit())
}

#[test]
fn each_name_of_the_tables_stands_in_the_file_that_it_is_said_to_be_read_by() {
    let Some(folder) = checkouts() else { return };
    let known = Variables::builtin().unwrap();
    let names = known.variables.iter().chain(&known.services);
    let unread: Vec<_> = names
        .filter(|(name, file)| !has_name(&text(&folder, file), name))
        .collect();
    assert!(unread.is_empty(), "{unread:?}");
    for file in known.plugins.values() {
        assert!(folder.join(file).is_file(), "{file}");
    }
    let stack = text(&folder, "devstack/stack.sh");
    let releases = stack
        .lines()
        .find(|line| line.starts_with("SUPPORTED_DISTROS="))
        .unwrap();
    for release in ["noble", "bookworm", "trixie"] {
        assert!(releases.contains(release), "{releases}");
    }
    for one in Ports::builtin().unwrap().ports {
        if let Some((repository, _)) = one.source.split_once('/')
            && folder.join(repository).is_dir()
        {
            assert!(has_port(&text(&folder, &one.source), one.port), "{one:?}");
        }
    }
}

fn executable(path: &Path, text: &[u8]) {
    std::fs::write(path, text).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(path, mode).unwrap();
}

/// What devstack's own functions make of a host's local.conf, line by line.
fn evaluated(folder: &Path, home: &Path, conf: &Path, variables: &[&str]) -> (Vec<String>, String) {
    let copy = home.join("devstack");
    let copied = Command::new("cp")
        .arg("-r")
        .arg(folder.join("devstack"))
        .arg(&copy)
        .status();
    assert!(copied.unwrap().success());
    std::fs::copy(conf, copy.join("local.conf")).unwrap();
    if let Ok(local) = std::fs::read(conf.with_file_name("local.sh")) {
        executable(&copy.join("local.sh"), &local);
    }
    let log = home.join("log");
    let note = "#!/bin/bash\necho \"$(basename \"$0\") $*\" >>\"$LOG\"\n";
    std::fs::create_dir(home.join("bin")).unwrap();
    for path in [copy.join("cilium.sh"), home.join("bin/kubectl")] {
        executable(&path, note.as_bytes());
    }
    let path = std::env::var("PATH").unwrap();
    let output = Command::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/devstack/stack.sh"
    ))
    .arg(folder)
    .arg(&copy)
    .arg(&log)
    .args(variables)
    .env_clear()
    .env("HOME", home)
    .env("USER", "stack")
    .env("LOG", &log)
    .env("PATH", format!("{}:{path}", home.join("bin").display()))
    .output()
    .unwrap();
    assert!(output.status.success(), "{output:?}");
    let lines = String::from_utf8(output.stdout).unwrap();
    let log = std::fs::read_to_string(log).unwrap_or_default();
    (lines.lines().map(str::to_owned).collect(), log)
}

#[test]
fn stack_sh_reads_what_was_meant_and_installs_cilium_in_flannels_place() {
    let Some(folder) = checkouts() else { return };
    let me = person();
    let known = Variables::builtin().unwrap();
    let variables: Vec<_> = known.variables.keys().map(String::as_str).collect();
    for (path, conf) in generated(&me) {
        if !path.ends_with("local.conf") {
            continue;
        }
        let home = tempfile::tempdir().unwrap();
        let (lines, log) = evaluated(&folder, home.path(), &me.home().join(&path), &variables);
        let has = |line: &str| lines.iter().any(|one| one == line);
        assert!(has("section local localrc"), "{lines:?}");
        // Each value arrives as it is written.
        for line in conf.lines().filter(|line| !line.contains('$')) {
            if let Some((name, value)) = line.split_once("=\"") {
                let value = value.strip_suffix('"').unwrap();
                assert!(
                    has(&format!("variable {name}={value}")),
                    "{path}: {line}: {lines:?}"
                );
            }
            if let Some(service) = line.strip_prefix("enable_service ") {
                assert!(
                    has(&format!("service {service}")),
                    "{path}: {line}: {lines:?}"
                );
            }
            if let Some(plugin) = line.strip_prefix("enable_plugin ") {
                assert!(
                    has(&format!("plugin {plugin}")),
                    "{path}: {line}: {lines:?}"
                );
            }
            if let Some(service) = line.strip_prefix("disable_service ") {
                assert!(
                    !has(&format!("service {service}")),
                    "{path}: {line}: {lines:?}"
                );
            }
        }
        let controller = conf.contains("enable_plugin tacker");
        assert_eq!(has("service tacker"), controller, "{path}: {lines:?}");
        assert_eq!(has("service h-eng"), controller, "{path}: {lines:?}");
        assert_eq!(
            has("section post-config $CINDER_CONF"),
            controller,
            "{path}"
        );
        if conf.contains("enable_service k8s-master") {
            // Once in flannel's place, unless the branch would apply none, and once at the end.
            let plugin = text(&folder, "devstack-plugin-container/devstack/lib/k8s");
            let asked = plugin.contains("\"$K8S_NETWORK_ADDON\" == \"flannel\"");
            let calls = if asked { 1 } else { 2 };
            assert_eq!(log.matches("cilium.sh").count(), calls, "{path}: {log}");
            assert!(!log.contains("flannel"), "{path}: {log}");
            assert!(log.contains("kubectl get nodes"), "{path}: {log}");
            assert!(
                log.contains("config   podSubnet: \"10.244.0.0/16\""),
                "{path}: {log}"
            );
            let own = conf
                .lines()
                .find(|line| line.starts_with("HOST_IP="))
                .unwrap();
            let own = own.split('"').nth(1).unwrap();
            for line in [
                format!("config     - \"http://{own}:2379\""),
                format!("config   advertiseAddress: \"{own}\""),
            ] {
                assert!(log.contains(&line), "{path}: {line}: {log}");
            }
        } else if conf.contains("enable_service k8s-node") {
            let token = conf
                .lines()
                .find_map(|line| line.strip_prefix("K8S_TOKEN="));
            for line in [
                "config     apiServerEndpoint: \"192.0.2.21:6443\"".to_owned(),
                format!("config     token: {}", token.unwrap()),
            ] {
                assert!(log.contains(&line), "{path}: {line}: {log}");
            }
            assert!(!log.contains("cilium.sh"), "{path}: {log}");
        } else {
            assert!(log.is_empty(), "{path}: {log}");
        }
    }
}
