//! A cluster's administrator in kubeconfig form: fetched from a control plane, named after the
//! VNF, merged with what a person has.

use serde_yaml::{Mapping, Value};

use super::{Entry, Error};

/// Prints the administrator's kubeconfig: by the node script where it can, as it may know better.
const FETCH: &str = "sudo -n sh -c 'script=/opt/vnfctl/node.sh; \
    if [ -f $script ] && bash $script --help | grep -q \"^  kubeconfig\"; \
    then exec bash $script kubeconfig; fi; exec cat /etc/kubernetes/admin.conf'";
/// The extension that tells entries of ours from a person's own.
const MARK: &str = "vnfctl.dev/vnf";
/// The lists of a kubeconfig, with what each calls its content.
const LISTS: [(&str, &str); 3] = [
    ("clusters", "cluster"),
    ("contexts", "context"),
    ("users", "user"),
];

/// A kubeconfig. What is in it is a secret, so it shows nothing of it.
#[derive(Clone, PartialEq)]
pub struct Kubeconfig(Mapping);

impl std::fmt::Debug for Kubeconfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kubeconfig")
    }
}

/// How a fetched kubeconfig is to be called and to be used.
#[derive(Debug, Clone)]
pub struct Naming<'n> {
    /// Name of the context, cluster and user.
    pub context: &'n str,
    /// Id of the VNF that it is of.
    pub vnf: &'n str,
    /// Address to reach the API server at, `HOST` or `HOST:PORT`, where it is not the cluster's own.
    pub server: Option<&'n str>,
}

impl Entry {
    /// Returns the administrator's kubeconfig as the control plane has it.
    ///
    /// # Errors
    /// Those of the shell; what is there is no kubeconfig.
    pub async fn kubeconfig(&self) -> Result<Kubeconfig, Error> {
        let text = self.run("reading the kubeconfig", FETCH, &[]).await?;
        Kubeconfig::parse(&text, &format!("the kubeconfig of {}", self.node))
    }
}

impl Kubeconfig {
    /// Reads a kubeconfig; an empty file is an empty one.
    ///
    /// # Errors
    /// It is no kubeconfig; the text is not repeated.
    pub fn parse(text: &[u8], source: &str) -> Result<Self, Error> {
        let none = |why: &str| Error::Unusable(format!("{source} is no kubeconfig: {why}"));
        let value: Value = serde_yaml::from_slice(text).map_err(|error| {
            let place = error.location();
            let place = place.map_or_else(String::new, |at| format!(" at line {}", at.line()));
            none(&format!("it is not YAML{place}"))
        })?;
        let map = match value {
            Value::Null => Mapping::new(),
            Value::Mapping(map) => map,
            _ => return Err(none("it is not a map")),
        };
        if map.get("kind").is_some_and(|kind| kind != "Config") {
            return Err(none("its kind is another"));
        }
        for (list, _) in LISTS {
            if !matches!(map.get(list), None | Some(Value::Null | Value::Sequence(_))) {
                return Err(none(&format!("`{list}` is not a list")));
            }
        }
        Ok(Self(map))
    }

    /// Returns the kubeconfig's text.
    ///
    /// # Errors
    /// It has something that YAML cannot say.
    pub fn text(&self) -> Result<secrecy::SecretString, Error> {
        let text = serde_yaml::to_string(&self.0);
        let text = text.map_err(|_| Error::Unusable("the kubeconfig cannot be written".into()))?;
        Ok(text.into())
    }

    /// Returns the address of the current context's API server.
    #[must_use]
    pub fn server(&self) -> Option<&str> {
        let cluster = self.part("cluster")?;
        cluster.get("server")?.as_str()
    }

    /// Returns one of the current context's parts: `cluster` or `user`, or the context itself.
    fn part(&self, kind: &str) -> Option<&Mapping> {
        let current = self.0.get("current-context")?.as_str()?;
        let context = entry(&self.0, "contexts", current)?
            .get("context")?
            .as_mapping()?;
        let (list, _) = LISTS.iter().find(|(_, content)| *content == kind)?;
        if kind == "context" {
            return Some(context);
        }
        let name = context.get(kind)?.as_str()?;
        entry(&self.0, list, name)?.get(kind)?.as_mapping()
    }

    /// Returns the current context alone, with cluster and user, all called as `naming` says.
    ///
    /// # Errors
    /// The kubeconfig has no whole current context.
    pub fn named(&self, naming: &Naming<'_>) -> Result<Self, Error> {
        let part = |kind: &str| {
            let part = self.part(kind).cloned();
            part.ok_or_else(|| Error::Unusable(format!("the kubeconfig's context has no {kind}")))
        };
        let (mut cluster, mut context, user) = (part("cluster")?, part("context")?, part("user")?);
        if let Some(server) = naming.server {
            redirect(&mut cluster, server)?;
        }
        for key in ["cluster", "user"] {
            context.insert(key.into(), naming.context.into());
        }
        let mut made = Mapping::new();
        made.insert("apiVersion".into(), "v1".into());
        made.insert("kind".into(), "Config".into());
        for (list, kind) in LISTS {
            let mut content = match kind {
                "cluster" => cluster.clone(),
                "context" => context.clone(),
                _ => user.clone(),
            };
            content.insert("extensions".into(), mark(naming.vnf));
            let mut one = Mapping::new();
            one.insert("name".into(), naming.context.into());
            one.insert(kind.into(), content.into());
            made.insert(list.into(), Value::Sequence(vec![one.into()]));
        }
        made.insert("current-context".into(), naming.context.into());
        Ok(Self(made))
    }

    /// Adds the entries of `other`, which replace those that earlier came from a VNF; everything
    /// else stays as it is, and so does the current context if there is one.
    ///
    /// # Errors
    /// An entry of that name is the person's own.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        for (list, kind) in LISTS {
            for one in entries(&other.0, list) {
                let name = one.get("name").cloned().unwrap_or_default();
                let own = entries(&self.0, list).position(|there| there.get("name") == Some(&name));
                let Some(at) = own else {
                    list_of(&mut self.0, list).push(one.clone());
                    continue;
                };
                let sequence = list_of(&mut self.0, list);
                if !is_marked(&sequence[at], kind) {
                    let name = name.as_str().unwrap_or_default();
                    return Err(Error::Unusable(format!(
                        "it has a {kind} `{name}` that is not of a VNF"
                    )));
                }
                sequence[at] = one.clone();
            }
        }
        for key in ["apiVersion", "kind", "current-context"] {
            let is_empty = |value: &Value| value.is_null() || value == "";
            if self.0.get(key).is_none_or(is_empty)
                && let Some(value) = other.0.get(key)
            {
                self.0.insert(key.into(), value.clone());
            }
        }
        Ok(())
    }
}

fn entries<'m>(map: &'m Mapping, list: &str) -> impl Iterator<Item = &'m Value> {
    let sequence = map.get(list).and_then(Value::as_sequence);
    sequence.into_iter().flatten()
}

fn entry<'m>(map: &'m Mapping, list: &str, name: &str) -> Option<&'m Value> {
    entries(map, list).find(|one| one.get("name").is_some_and(|found| found == name))
}

fn list_of<'m>(map: &'m mut Mapping, list: &str) -> &'m mut Vec<Value> {
    let value = map.entry(list.into()).or_insert(Value::Null);
    if !value.is_sequence() {
        *value = Value::Sequence(Vec::new());
    }
    match value {
        Value::Sequence(sequence) => sequence,
        _ => unreachable!("it was made one"),
    }
}

fn mark(vnf: &str) -> Value {
    let mut extension = Mapping::new();
    extension.insert("id".into(), vnf.into());
    let mut one = Mapping::new();
    one.insert("name".into(), MARK.into());
    one.insert("extension".into(), extension.into());
    Value::Sequence(vec![one.into()])
}

fn is_marked(entry: &Value, kind: &str) -> bool {
    let extensions = entry
        .get(kind)
        .and_then(|content| content.get("extensions"));
    let mut extensions = extensions
        .and_then(Value::as_sequence)
        .into_iter()
        .flatten();
    extensions.any(|one| one.get("name").is_some_and(|name| name == MARK))
}

/// Points a cluster to another address; its certificate is still verified by its own.
fn redirect(cluster: &mut Mapping, server: &str) -> Result<(), Error> {
    let own = cluster.get("server").and_then(Value::as_str);
    let own = own.and_then(|own| url::Url::parse(own).ok());
    let own =
        own.ok_or_else(|| Error::Unusable("the kubeconfig's cluster has no address".into()))?;
    let invalid = || Error::Unusable(format!("`{server}` is not HOST or HOST:PORT"));
    let bare: Result<std::net::Ipv6Addr, _> = server.parse();
    let host = bare.map_or_else(|_| server.to_owned(), |address| format!("[{address}]"));
    let mut url = url::Url::parse(&format!("https://{host}")).map_err(|_| invalid())?;
    if url.host().is_none() || url.path() != "/" || url.query().is_some() {
        return Err(invalid());
    }
    if url.port().is_none() && !host.ends_with(":443") {
        url.set_port(own.port()).map_err(|()| invalid())?;
    }
    if !cluster.contains_key("tls-server-name") {
        let name = own.host_str().unwrap_or_default();
        let name = name.trim_matches(['[', ']']).to_owned();
        cluster.insert("tls-server-name".into(), name.into());
    }
    let url = url.as_str().trim_end_matches('/').to_owned();
    cluster.insert("server".into(), url.into());
    Ok(())
}

#[cfg(test)]
mod tests;
