//! How long each phase of the management script may take.
//!
//! A site knows how slow its clouds boot and its mirrors answer. A phase that passes its limit ends
//! the operation in FAILED_TEMP; Tacker itself sets no limit.

use std::fmt;

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::check::Context;

/// Less is over before a login or an answer of the cluster can have come.
const LEAST: SignedDuration = SignedDuration::from_secs(10);
/// A VNF takes no other operation meanwhile.
const MOST: SignedDuration = SignedDuration::from_hours(6);

/// How long each phase of the management script may take on a node before the operation ends in
/// FAILED_TEMP: times such as `90s`, `10m` or `1h30m`, from 10 seconds to 6 hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Timeouts {
    /// Until a new server's console shows its SSH host keys, and then until it lets the script in.
    pub boot: Limit,
    /// Installing system packages, runtime and Kubernetes' programs, downloads included.
    pub prepare: Limit,
    /// kubeadm init on the first control plane, and as long again for installing Cilium.
    pub init: Limit,
    /// kubeadm join.
    pub join: Limit,
    /// Until the new nodes are Ready and Cilium is well.
    pub ready: Limit,
    /// Draining a node that leaves.
    pub drain: Limit,
}

impl Default for Timeouts {
    fn default() -> Self {
        let minutes = |minutes| Limit(SignedDuration::from_mins(minutes));
        Self {
            boot: minutes(5),
            prepare: minutes(15),
            init: minutes(15),
            join: minutes(10),
            ready: minutes(10),
            drain: minutes(5),
        }
    }
}

impl Timeouts {
    /// All phases by their keys in a spec.
    fn phases(&self) -> [(&'static str, Limit); 6] {
        [
            ("boot", self.boot),
            ("prepare", self.prepare),
            ("init", self.init),
            ("join", self.join),
            ("ready", self.ready),
            ("drain", self.drain),
        ]
    }

    /// Seconds of each phase, as the package's settings have them.
    #[must_use]
    pub fn seconds(&self) -> serde_json::Value {
        let phases = self.phases().into_iter();
        phases
            .map(|(phase, limit)| (phase.to_owned(), limit.seconds().into()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }
}

/// A time in whole seconds, written as `90s`, `10m` or `1h30m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub struct Limit(SignedDuration);

impl Limit {
    /// The same in seconds.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.as_secs()
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

impl Serialize for Limit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

struct Written;

impl Visitor<'_> for Written {
    type Value = Limit;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time with its unit such as 90s, 10m or 1h30m")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Limit, E> {
        let parsed = text.parse::<SignedDuration>().ok();
        parsed
            .filter(|time| time.subsec_nanos() == 0)
            .map(Limit)
            .ok_or_else(|| {
                E::custom(format!(
                    "`{text}` is not a time in whole seconds such as 90s, 10m or 1h30m"
                ))
            })
    }
}

/// Checks that each limit can be kept and is worth waiting for.
pub(super) fn check(timeouts: &Timeouts, context: &mut Context<'_>) {
    for (phase, limit) in timeouts.phases() {
        if (LEAST..=MOST).contains(&limit.0) {
            continue;
        }
        let (is, bound, why) = if limit.0 < LEAST {
            let why = "the phase would end before a node can have answered";
            ("less", LEAST, why)
        } else {
            let why = "the VNF takes no other operation as long as this one goes on";
            ("more", MOST, why)
        };
        let message = format!("`{phase}` is {limit}, which is {is} than {bound:#}");
        let finding = context.error("spec-timeout", &["timeouts", phase], message);
        context.push(finding.help(format!("write a time from {LEAST:#} to {MOST:#}: {why}")));
    }
}
