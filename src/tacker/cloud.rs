//! Which cloud to talk to and as whom: `clouds.yaml`, `secure.yaml` and `OS_*`, as any OpenStack client.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use super::Error;

/// How to prove who one is.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// User and password, in a project.
    Password {
        /// User name.
        user: String,
        /// The user's domain.
        user_domain: String,
        /// The password.
        password: SecretString,
    },
    /// An application credential, which carries its project.
    ApplicationCredential {
        /// Its id.
        id: String,
        /// Its secret.
        secret: SecretString,
    },
    /// A token that exists already.
    Token(SecretString),
}

/// A cloud and an account in it.
#[derive(Debug, Clone)]
pub struct Cloud {
    /// What the person calls it.
    pub name: String,
    /// Keystone's v3 address.
    pub auth_url: Url,
    /// The account.
    pub credentials: Credentials,
    /// Project name; nothing with an application credential.
    pub project: Option<String>,
    /// The project's domain.
    pub project_domain: String,
    /// Project id, which needs no domain and goes before the name.
    pub project_id: Option<String>,
    /// Which of a service's addresses to use.
    pub interface: Interface,
    /// Region of the catalog to use.
    pub region: Option<String>,
    /// Certificate authorities to trust besides the system's (PEM).
    pub cacert: Option<PathBuf>,
    /// Accept any certificate.
    pub insecure: bool,
}

/// A service's address for a kind of user.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Interface {
    /// For everybody.
    #[default]
    Public,
    /// For the cloud's own services and hosts.
    Internal,
    /// For administrators.
    Admin,
}

impl std::str::FromStr for Interface {
    type Err = Error;

    /// Reads what clients accept: with or without "URL", which older files have.
    fn from_str(text: &str) -> Result<Self, Error> {
        match text.strip_suffix("URL").unwrap_or(text) {
            "public" => Ok(Self::Public),
            "internal" => Ok(Self::Internal),
            "admin" => Ok(Self::Admin),
            _ => Err(Error::config(format!(
                "interface `{text}` is none of public, internal and admin"
            ))),
        }
    }
}

#[derive(Debug, Default, Deserialize, Clone)]
struct Entry {
    #[serde(default)]
    auth: BTreeMap<String, serde_yaml::Value>,
    auth_type: Option<String>,
    region_name: Option<String>,
    interface: Option<String>,
    endpoint_type: Option<String>,
    cacert: Option<PathBuf>,
    verify: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
struct File {
    #[serde(default)]
    clouds: BTreeMap<String, Entry>,
}

/// Finds the cloud: `name` in clouds.yaml, else `OS_*`, else the only cloud of clouds.yaml.
///
/// `env` looks up an environment variable, so that the library itself reads none.
///
/// # Errors
/// No cloud is configured, the named one is unknown, or a needed value is missing.
pub fn find(name: Option<&str>, env: &dyn Fn(&str) -> Option<String>) -> Result<Cloud, Error> {
    // `OS_CLOUD=` is how a shell takes a cloud back.
    let name = name.filter(|name| !name.is_empty());
    if name.is_none() && env("OS_AUTH_URL").is_some() {
        return from_env(env);
    }
    let path = clouds_file(env);
    let Some(path) = path else {
        return Err(Error::config(
            "no cloud is configured: set OS_CLOUD and write clouds.yaml, or set OS_AUTH_URL and the other OS_* variables",
        ));
    };
    let mut file = read(&path)?;
    let secure = path.with_file_name("secure.yaml");
    let secrets = if secure.exists() {
        read(&secure)?
    } else {
        File::default()
    };
    let name = match name {
        Some(name) => name.to_owned(),
        None if file.clouds.len() == 1 => file.clouds.keys().next().cloned().unwrap_or_default(),
        None => {
            let known = file.clouds.keys().cloned().collect::<Vec<_>>().join(", ");
            return Err(Error::config(format!(
                "{} has several clouds ({known}): name one with --os-cloud",
                path.display()
            )));
        }
    };
    let Some(mut entry) = file.clouds.remove(&name) else {
        let known = file.clouds.keys().cloned().collect::<Vec<_>>().join(", ");
        return Err(Error::config(format!(
            "{} has no cloud `{name}`; it has: {known}",
            path.display()
        )));
    };
    if let Some(secret) = secrets.clouds.get(&name) {
        entry.auth.extend(secret.auth.clone());
    }
    from_entry(&name, &entry)
        .map_err(|e| Error::config(format!("{}, cloud `{name}`: {}", path.display(), e.detail)))
}

fn clouds_file(env: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    if let Some(path) = env("OS_CLIENT_CONFIG_FILE") {
        return Some(path.into());
    }
    let home = env("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| env("HOME").map(|home| Path::new(&home).join(".config")));
    [
        Some(PathBuf::from(".")),
        home.map(|dir| dir.join("openstack")),
        Some("/etc/openstack".into()),
    ]
    .into_iter()
    .flatten()
    .map(|dir| dir.join("clouds.yaml"))
    .find(|path| path.exists())
}

fn read(path: &Path) -> Result<File, Error> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Error::config(format!("cannot read {}: {e}", path.display())))?;
    serde_yaml::from_str(&text).map_err(|e| {
        // serde's text may quote a value, and values here are secrets: the place must do.
        let place = e.location().map_or_else(String::new, |l| {
            format!(" at line {}, column {}", l.line(), l.column())
        });
        Error::config(format!("{} is not a clouds.yaml{place}", path.display()))
    })
}

fn from_env(env: &dyn Fn(&str) -> Option<String>) -> Result<Cloud, Error> {
    let mut auth = BTreeMap::new();
    for key in [
        "auth_url",
        "username",
        "password",
        "project_name",
        "project_id",
        "user_domain_name",
        "user_domain_id",
        "project_domain_name",
        "project_domain_id",
        "application_credential_id",
        "application_credential_secret",
        "token",
    ] {
        if let Some(value) = env(&format!("OS_{}", key.to_uppercase())) {
            auth.insert(key.to_owned(), serde_yaml::Value::String(value));
        }
    }
    let entry = Entry {
        auth,
        auth_type: env("OS_AUTH_TYPE"),
        region_name: env("OS_REGION_NAME"),
        interface: env("OS_INTERFACE"),
        endpoint_type: env("OS_ENDPOINT_TYPE"),
        cacert: env("OS_CACERT").map(PathBuf::from),
        verify: env("OS_INSECURE")
            .map(|v| !matches!(v.to_lowercase().as_str(), "1" | "true" | "yes")),
    };
    from_entry("environment", &entry)
}

fn from_entry(name: &str, entry: &Entry) -> Result<Cloud, Error> {
    let text = |key: &str| {
        entry.auth.get(key).and_then(|value| match value {
            serde_yaml::Value::String(text) => Some(text.clone()),
            serde_yaml::Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    };
    let need = |key: &str| text(key).ok_or_else(|| Error::config(format!("`{key}` is missing")));
    // The client library names domains and never gives their id, except for the id that
    // every Keystone gives its first domain; taking another id for a name would end in a
    // refusal that nobody understands.
    let domain = |kind: &str| {
        let name = text(&format!("{kind}_domain_name")).or_else(|| text("domain_name"));
        let id = text(&format!("{kind}_domain_id")).or_else(|| text("domain_id"));
        match (name, id) {
            (Some(name), _) => Ok(name),
            (None, Some(id)) if id != "default" => Err(Error::config(format!(
                "`{kind}_domain_id` is not supported; give the domain's name as `{kind}_domain_name`"
            ))),
            _ => Ok("Default".to_owned()),
        }
    };
    let kind = entry.auth_type.clone().unwrap_or_else(|| {
        if entry.auth.contains_key("application_credential_id") {
            "v3applicationcredential".into()
        } else if entry.auth.contains_key("token") {
            "v3token".into()
        } else {
            "password".into()
        }
    });
    let credentials = match kind.as_str() {
        "password" | "v3password" => Credentials::Password {
            user: need("username")?,
            user_domain: domain("user")?,
            password: need("password")?.into(),
        },
        "v3applicationcredential" => Credentials::ApplicationCredential {
            id: need("application_credential_id")?,
            secret: need("application_credential_secret")?.into(),
        },
        "token" | "v3token" => Credentials::Token(need("token")?.into()),
        other => {
            return Err(Error::config(format!(
                "auth_type `{other}` is not supported; use password, v3applicationcredential or v3token"
            )));
        }
    };
    let mut auth_url: Url = need("auth_url")?
        .parse()
        .map_err(|e| Error::config(format!("`auth_url` is not an address: {e}")))?;
    if !auth_url.path().trim_end_matches('/').ends_with("/v3") {
        let path = format!("{}/v3", auth_url.path().trim_end_matches('/'));
        auth_url.set_path(&path);
    }
    Ok(Cloud {
        name: name.to_owned(),
        auth_url,
        credentials,
        project: text("project_name"),
        project_domain: domain("project")?,
        project_id: text("project_id"),
        interface: match entry.interface.as_ref().or(entry.endpoint_type.as_ref()) {
            Some(text) => text.parse()?,
            None => Interface::Public,
        },
        region: entry.region_name.clone(),
        cacert: entry.cacert.clone(),
        insecure: entry.verify == Some(false),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<String> {
        |key| {
            pairs
                .iter()
                .find(|(k, _)| *k == key)
                .map(|(_, v)| (*v).to_owned())
        }
    }

    #[test]
    fn the_environment_makes_a_cloud() {
        let cloud = find(
            None,
            &env(&[
                ("OS_AUTH_URL", "http://k:5000"),
                ("OS_USERNAME", "u"),
                ("OS_PASSWORD", "hidden"),
                ("OS_PROJECT_NAME", "p"),
            ]),
        )
        .unwrap();
        assert_eq!(cloud.auth_url.as_str(), "http://k:5000/v3");
        assert!(!format!("{cloud:?}").contains("hidden"));
    }

    #[test]
    fn an_openrc_of_horizon_makes_a_cloud() {
        let cloud = find(
            None,
            &env(&[
                ("OS_AUTH_URL", "https://k:5000/v3/"),
                ("OS_USERNAME", "u"),
                ("OS_PASSWORD", "hidden"),
                ("OS_PROJECT_ID", "0123"),
                ("OS_PROJECT_NAME", "p"),
                ("OS_PROJECT_DOMAIN_ID", "default"),
                ("OS_USER_DOMAIN_NAME", "Default"),
                ("OS_REGION_NAME", "R"),
                ("OS_INTERFACE", "internalURL"),
            ]),
        )
        .unwrap();
        assert_eq!(cloud.project_id.as_deref(), Some("0123"));
        assert_eq!(cloud.project.as_deref(), Some("p"));
        assert_eq!(cloud.project_domain, "Default");
        assert_eq!(cloud.interface, Interface::Internal);
    }

    #[test]
    fn an_empty_name_is_none() {
        let pairs: &[_] = &[
            ("OS_AUTH_URL", "http://k:5000"),
            ("OS_USERNAME", "u"),
            ("OS_PASSWORD", "hidden"),
        ];
        assert_eq!(find(Some(""), &env(pairs)).unwrap().name, "environment");
    }

    #[test]
    fn a_domain_id_is_not_taken_for_a_name() {
        let error = find(
            None,
            &env(&[
                ("OS_AUTH_URL", "http://k:5000"),
                ("OS_USERNAME", "u"),
                ("OS_PASSWORD", "hidden"),
                ("OS_USER_DOMAIN_ID", "5f2a"),
            ]),
        )
        .unwrap_err();
        assert!(error.detail.contains("`user_domain_name`"), "{error}");
    }

    #[test]
    fn clouds_and_secure_files_are_joined() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("clouds.yaml");
        std::fs::write(&file, "clouds: {a: {auth: {auth_url: 'http://k/v3', username: u, project_name: p}, verify: false}}").unwrap();
        std::fs::write(
            dir.path().join("secure.yaml"),
            "clouds: {a: {auth: {password: x}}}",
        )
        .unwrap();
        let path = file.to_str().unwrap().to_owned();
        let cloud = find(Some("a"), &move |k| {
            (k == "OS_CLIENT_CONFIG_FILE").then(|| path.clone())
        })
        .unwrap();
        assert!(cloud.insecure);
        assert!(matches!(cloud.credentials, Credentials::Password { .. }));
    }

    #[test]
    fn a_broken_file_is_named_without_its_secrets() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("clouds.yaml");
        std::fs::write(&file, "clouds: hunter2").unwrap();
        let path = file.to_str().unwrap().to_owned();
        let error = find(Some("a"), &move |k| {
            (k == "OS_CLIENT_CONFIG_FILE").then(|| path.clone())
        })
        .unwrap_err();
        assert!(
            error.detail.contains("clouds.yaml") && !error.detail.contains("hunter2"),
            "{error}"
        );
    }
}
