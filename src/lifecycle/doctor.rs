//! Looks whether a Tacker and the cloud behind it are fit to work with: from the login to the quotas,
//! everything once, whatever else fails.

use jiff::Timestamp;
use reqwest::header::{DATE, HeaderMap};
use serde::Serialize;

use url::{Host, Url};

use super::Vnfm;
use crate::tacker::{About, Error, Kind, Measured, RawRequest, Used, VimSummary};

/// How far two clocks may be apart; certificates and tokens live for minutes. In seconds.
const APART: u64 = 60;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is as it should be.
    Good,
    /// Something will not work that not everybody needs.
    Warning,
    /// Nothing much will work.
    Bad,
}

/// What was looked at.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What was looked at.
    pub what: &'static str,
    /// How it ended.
    pub verdict: Verdict,
    /// What was seen.
    pub seen: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Finding {
    fn good(what: &'static str, seen: impl Into<String>) -> Self {
        Self {
            what,
            verdict: Verdict::Good,
            seen: seen.into(),
            hint: None,
        }
    }

    fn warning(what: &'static str, seen: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            what,
            verdict: Verdict::Warning,
            seen: seen.into(),
            hint: Some(hint.into()),
        }
    }

    fn bad(what: &'static str, seen: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Bad,
            ..Self::warning(what, seen, hint)
        }
    }
}

impl Vnfm {
    /// Looks at everything; only where the login fails is there nothing else to look at.
    pub async fn examine(&self) -> Vec<Finding> {
        let cloud = self.client.session().cloud();
        let endpoint = match self.client.endpoint().await {
            Ok(endpoint) => endpoint,
            Err(error) => {
                let hint = match error.kind {
                    Kind::Auth => "check user, password and project in clouds.yaml or OS_*",
                    Kind::Config => "check clouds.yaml or OS_*, and that Tacker is in the catalog",
                    _ => "check the address in clouds.yaml or OS_AUTH_URL, and that Keystone runs",
                };
                return vec![Finding::bad("login", error.to_string(), hint)];
            }
        };
        let project = cloud.project.as_deref().unwrap_or("no project");
        let login = format!("cloud `{}`, {project} at {}", cloud.name, cloud.auth_url);
        let mut all = vec![Finding::good("login", login)];
        all.extend(self.examine_tacker(endpoint.as_str()).await);
        all.push(security(&[&cloud.auth_url, &endpoint], cloud.insecure));
        all.extend(self.examine_apis().await);
        all.push(self.examine_vims().await);
        all.extend(self.examine_cloud().await);
        all.push(self.examine_barbican().await);
        all.push(self.examine_journal().await);
        all
    }

    /// Whether Tacker answers with the API that this program speaks, and by which clock.
    async fn examine_tacker(&self, endpoint: &str) -> Vec<Finding> {
        let request = RawRequest::get("/vnflcm/v2/api_versions");
        let answer = match self.client.raw(&request).await {
            Ok(answer) => answer,
            Err(error) => {
                let hint = "check that tacker-server runs at the address that the catalog has";
                return vec![Finding::bad("Tacker", error.to_string(), hint)];
            }
        };
        if let Some(error) = answer.error() {
            let hint = match error.kind {
                Kind::NotFound => "a Tacker before Wallaby has no vnflcm 2.0.0: use a newer one",
                _ => "look for the request in the log of tacker-server",
            };
            return vec![Finding::bad("Tacker", error.to_string(), hint)];
        }
        let versions: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let versions = versions["apiVersions"].as_array().into_iter().flatten();
        let versions: Vec<_> = versions.filter_map(|one| one["version"].as_str()).collect();
        let seen = format!("{endpoint}, vnflcm {}", versions.join(", "));
        vec![Finding::good("Tacker", seen), clock(&answer.headers)]
    }

    /// Whether the account may read each API.
    async fn examine_apis(&self) -> Vec<Finding> {
        let client = &self.client;
        let none = &[][..];
        let tried: [(&str, Result<usize, Error>); 6] = [
            ("packages", client.packages().await.map(|all| all.len())),
            ("VNFs", client.instances().await.map(|all| all.len())),
            (
                "subscriptions",
                client
                    .subscriptions(About::Lifecycle, none)
                    .await
                    .map(|all| all.len()),
            ),
            ("alarms", client.alarms(none).await.map(|all| all.len())),
            (
                "PM jobs",
                client
                    .measured(Measured::Job, none)
                    .await
                    .map(|all| all.len()),
            ),
            (
                "thresholds",
                client
                    .measured(Measured::Threshold, none)
                    .await
                    .map(|all| all.len()),
            ),
        ];
        let there = tried
            .iter()
            .filter_map(|(name, found)| Some(format!("{} {name}", found.as_ref().ok()?)));
        let there: Vec<_> = there.collect();
        let mut all = vec![Finding::good("APIs", there.join(", "))];
        for (name, found) in tried {
            let Err(error) = found else { continue };
            let finding = match name {
                "packages" | "VNFs" => Finding::bad(
                    "APIs",
                    format!("{name}: {error}"),
                    "the account needs the role `member` or `admin` in its project",
                ),
                _ => Finding::warning(
                    "APIs",
                    format!("{name}: {error}"),
                    "commands of that API will not work here",
                ),
            };
            all.push(finding);
        }
        all
    }

    async fn examine_vims(&self) -> Finding {
        let add = "`vnfctl vim add NAME --default` registers your own cloud";
        match self.client.vims().await {
            Err(error) => Finding::bad("VIMs", error.to_string(), "look into tacker-server's log"),
            Ok(vims) if vims.is_empty() => Finding::warning("VIMs", "there is none", add),
            Ok(vims) => match vims.iter().find(|vim| vim.is_default) {
                Some(vim) => Finding::good("VIMs", default_vim(&vims, vim)),
                None => Finding::warning(
                    "VIMs",
                    format!("none of {} is the default", vims.len()),
                    "`vnfctl vim update NAME --default` makes one the default; else name one with --vim",
                ),
            },
        }
    }

    /// What a VNF of the account's own project would find there.
    async fn examine_cloud(&self) -> Vec<Finding> {
        let inventory = match self.client.inventory().await {
            Ok(inventory) => inventory,
            Err(error) => {
                let hint = "VNFs can be made, but nothing is checked before";
                return vec![Finding::warning("cloud", error.to_string(), hint)];
            }
        };
        let (flavors, images, networks, limits) = tokio::join!(
            inventory.flavors(),
            inventory.images(),
            inventory.networks(),
            self.client.limits()
        );
        let listed = [
            ("flavors", flavors.map(|all| all.len())),
            ("images", images.map(|all| all.len())),
            ("networks", networks.map(|all| all.len())),
        ];
        let mut all: Vec<Finding> = listed
            .into_iter()
            .map(|(what, found)| match found {
                Ok(0) => Finding::warning(
                    what,
                    "there is none",
                    "packages ask for some; an administrator of the cloud makes them",
                ),
                Ok(count) => Finding::good(what, count.to_string()),
                Err(error) => Finding::warning(what, error.to_string(), "it is not checked before"),
            })
            .collect();
        all.push(match limits {
            Ok(limits) => {
                let quotas = [
                    ("servers", limits.servers),
                    ("cores", limits.cores),
                    ("MiB of memory", limits.memory),
                ];
                quota(&quotas)
            }
            Err(error) => Finding::warning("quota", error.to_string(), "it is not checked before"),
        });
        all
    }

    async fn examine_barbican(&self) -> Finding {
        let found = match self.client.secrets().await {
            Ok(secrets) => secrets.keys().await,
            Err(error) => Err(error),
        };
        match found {
            Ok(keys) => Finding::good("Barbican", format!("{} private keys", keys.len())),
            Err(error) => Finding::warning(
                "Barbican",
                error.to_string(),
                "keys of nodes must then be in files of the conductor's host (`access.keyFile`)",
            ),
        }
    }

    async fn examine_journal(&self) -> Finding {
        match self.left_open().await {
            Ok(open) if open.is_empty() => Finding::good("journal", "nothing is left open"),
            Ok(open) => {
                let seen = format!("{} operations of earlier runs are left open", open.len());
                Finding::warning(
                    "journal",
                    seen,
                    "`vnfctl op resume` finds out what became of them",
                )
            }
            Err(error) => Finding::bad(
                "journal",
                super::words(&error),
                "nothing can be asked for that cannot be written down: mend the folder",
            ),
        }
    }
}

fn default_vim(vims: &[VimSummary], vim: &VimSummary) -> String {
    let (name, kind, at) = (&vim.name, &vim.vim_type, &vim.auth_url);
    format!("{}, by default `{name}` ({kind} at {at})", vims.len())
}

/// Whether what is secret goes to the servers as it should.
fn security(addresses: &[&Url], is_insecure: bool) -> Finding {
    let is_here = |url: &Url| match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let mut away = addresses.iter().filter(|url| !is_here(url)).peekable();
    let is_all_here = away.peek().is_none();
    let plain = away.find(|url| url.scheme() != "https");
    match (plain, is_insecure) {
        (Some(url), _) => Finding::warning(
            "security",
            format!("password and token go to {url} as anybody on the way can read them"),
            "have the service offer https, and the catalog and clouds.yaml say so",
        ),
        (None, true) => Finding::warning(
            "security",
            "any certificate is accepted (`verify: false` or --insecure)",
            "trust the cloud's authority by `cacert` or --os-cacert instead",
        ),
        (None, false) if is_all_here => Finding::good("security", "all is on this machine"),
        (None, false) => Finding::good("security", "https, with certificates that are checked"),
    }
}

/// How far the server's clock is from this one (RFC 9110 §6.6.1: whole seconds).
fn clock(headers: &HeaderMap) -> Finding {
    let date = headers.get(DATE).and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
    let Some(date) = date else {
        return Finding::warning(
            "clock",
            "Tacker does not tell the time",
            "compare it by hand",
        );
    };
    let apart = Timestamp::now().duration_since(date.timestamp()).as_secs();
    let seen = format!("{} s apart", apart.unsigned_abs());
    if apart.unsigned_abs() < APART {
        return Finding::good("clock", seen);
    }
    Finding::bad(
        "clock",
        seen,
        "set this machine's clock or the server's: tokens and certificates are refused else",
    )
}

fn quota(quotas: &[(&str, Used)]) -> Finding {
    let left = quotas.iter().map(|(name, used)| match used.left() {
        Some(left) => format!("{left} {name}"),
        None => format!("any number of {name}"),
    });
    let left: Vec<_> = left.collect();
    let seen = format!("{} left", left.join(", "));
    let is_used_up = quotas
        .iter()
        .any(|(_, used)| used.left().is_some_and(|left| left <= 0));
    match is_used_up {
        true => Finding::warning(
            "quota",
            seen,
            "no further server can be made in this project",
        ),
        false => Finding::good("quota", seen),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0, Verdict::Good)]
    #[case(-50, Verdict::Good)]
    #[case(3600, Verdict::Bad)]
    #[case(-3600, Verdict::Bad)]
    fn clocks_may_be_some_seconds_apart(#[case] seconds: i64, #[case] verdict: Verdict) {
        let there = Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
        let date = there.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let mut headers = HeaderMap::new();
        headers.insert(DATE, date.parse().unwrap());
        assert_eq!(clock(&headers).verdict, verdict, "{date}");
    }

    #[rstest]
    #[case(&["https://a.example/v3", "https://b.example"], false, Verdict::Good, "https")]
    #[case(&["http://127.0.0.1:5000/v3", "http://[::1]:9890"], false, Verdict::Good, "this machine")]
    #[case(&["https://a.example/v3", "http://b.example"], false, Verdict::Warning, "b.example")]
    #[case(&["https://a.example/v3"], true, Verdict::Warning, "any certificate")]
    fn what_can_be_read_on_the_way_is_warned_of(
        #[case] addresses: &[&str],
        #[case] is_insecure: bool,
        #[case] verdict: Verdict,
        #[case] words: &str,
    ) {
        let addresses: Vec<Url> = addresses.iter().map(|url| url.parse().unwrap()).collect();
        let addresses: Vec<&Url> = addresses.iter().collect();
        let found = security(&addresses, is_insecure);
        assert_eq!(found.verdict, verdict);
        assert!(found.seen.contains(words), "{}", found.seen);
    }

    #[test]
    fn a_quota_that_is_used_up_is_told() {
        let used = |used, most| Used {
            used,
            most: Some(most),
        };
        let good = quota(&[
            ("servers", used(1, 10)),
            (
                "cores",
                Used {
                    used: 4,
                    most: None,
                },
            ),
        ]);
        assert_eq!(good.seen, "9 servers, any number of cores left");
        assert_eq!(good.verdict, Verdict::Good);
        assert_eq!(
            quota(&[("servers", used(10, 10))]).verdict,
            Verdict::Warning
        );
    }
}
