//! Devstacks: what their hosts are told, what is refused, and the scripts run.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod generate;
mod host;
mod refusals;
mod scripts;
mod upstream;

use std::collections::BTreeMap;
use std::path::Path;

use crate::person::Person;

pub(crate) const ALL_IN_ONE: &str = include_str!("../../../examples/devstack/all-in-one.yaml");
pub(crate) const MULTI_NODE: &str = include_str!("../../../examples/devstack/multi-node.yaml");

/// A lock of files that nobody fetches.
pub(crate) fn idle_lock() -> String {
    let hash = "0123456789abcdef".repeat(4);
    let mut text = "artifacts:\n".to_owned();
    for name in ["crio", "cilium-cli", "cilium-chart", "etcd"] {
        text += &format!("  {name}:\n    any: {{path: example.org/{name}, sha256: \"{hash}\"}}\n");
    }
    text
}

/// Somebody with both examples and their locks.
pub(crate) fn person() -> Person {
    let me = Person::with(vec![]);
    for (name, text) in [("one", ALL_IN_ONE), ("hosts", MULTI_NODE)] {
        let file = |ending: &str| me.home().join(format!("{name}.{ending}"));
        std::fs::write(file("yaml"), text).unwrap();
        std::fs::write(file("lock.yaml"), idle_lock()).unwrap();
    }
    me
}

/// Both examples generated: paths below the home, and the files.
pub(crate) fn generated(me: &Person) -> BTreeMap<String, String> {
    let one = me.does(&["devstack", "generate", "--all-in-one", "one.yaml"]);
    let hosts = me.does(&["devstack", "generate", "hosts.yaml"]);
    let paths = one.lines().chain(hosts.lines());
    paths
        .map(|path| {
            let text = std::fs::read_to_string(me.home().join(path)).unwrap();
            (path.to_owned(), text)
        })
        .collect()
}

/// The permissions of a file.
pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}
