//! A devstack with Tacker and a Kubernetes cluster whose network is Cilium: what stack.sh is told,
//! what it cannot do itself, and what its hosts must be.
//!
//! `stack.sh` installs an OpenStack from sources on a machine to be thrown away. Its container plugin
//! makes a cluster beside it, with flannel and with versions that do not go together; this room writes
//! the settings and scripts that turn both into what the versions' matrix names. What runs on which
//! port of which role, and which setting is read where, is data with its sources.

mod check;
mod codes;
mod files;
mod host;
mod local_conf;
mod ports;
mod scripts;
mod secrets;
mod software;
mod spec;
mod variables;

pub use codes::CODES;
pub use files::{File, FilesError, files, write};
pub use host::{Facts, Finding, State, judge};
pub use ports::{Condition, Listener, Ports, PortsError, Protocol};
pub use secrets::{Secrets, SecretsError};
pub use spec::{
    Artifacts, CiliumOptions, Devstack, Encryption, Host, Layout, OpenStack, Role, load,
    load_unlocked, parse, schema,
};
pub use variables::{Variables, VariablesError};
