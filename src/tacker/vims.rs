//! VIM registrations of the legacy API (`/v1.0/vims`).

use reqwest::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::client::Payload;
use super::cloud::{Cloud, Credentials};
use super::{Client, Error, VimSummary};

const VIMS: &str = "/v1.0/vims";

/// A Kubernetes cluster that becomes a VIM.
#[derive(Debug, Clone, Copy)]
pub struct KubernetesVim<'v> {
    /// The API server's address.
    pub server: &'v str,
    /// The token of the account that Tacker uses.
    pub token: &'v SecretString,
    /// The authority of the API server's certificate (PEM).
    pub authority: &'v str,
    /// The namespace that stands for the VIM's project.
    pub namespace: &'v str,
}

#[derive(Deserialize)]
struct Many {
    vims: Vec<VimSummary>,
}

#[derive(Deserialize)]
struct One {
    vim: VimSummary,
}

impl Client {
    /// Returns all VIMs that the account may see.
    ///
    /// # Errors
    /// Those of the exchange.
    pub async fn vims(&self) -> Result<Vec<VimSummary>, Error> {
        Ok(self.get::<Many>(VIMS).await?.vims)
    }

    /// Registers the cloud of `account` as an OpenStack VIM.
    ///
    /// # Errors
    /// The account has no password, which is all that Tacker takes; or those of the exchange.
    pub async fn add_vim(
        &self,
        name: &str,
        account: &Cloud,
        default: bool,
    ) -> Result<VimSummary, Error> {
        let mut vim = self.account_for_vim(account)?;
        vim.insert("name".into(), name.into());
        vim.insert("type".into(), "openstack".into());
        vim.insert("auth_url".into(), json!(account.auth_url));
        vim.insert("is_default".into(), default.into());
        let body = json!({ "vim": vim });
        self.register(body).await
    }

    /// Registers a Kubernetes cluster as a VIM. Tacker logs in to it before it answers: it asks
    /// for `/api/` and the namespaces (`nfvo/drivers/vim/kubernetes_driver.py`).
    ///
    /// # Errors
    /// Those of the exchange; `Auth` when the cluster does not let Tacker in or cannot be reached.
    pub async fn add_kubernetes_vim(
        &self,
        name: &str,
        cluster: &KubernetesVim<'_>,
        default: bool,
    ) -> Result<VimSummary, Error> {
        let body = json!({ "vim": {
            "name": name,
            "type": "kubernetes",
            "auth_url": cluster.server,
            "is_default": default,
            "vim_project": { "name": cluster.namespace },
            "auth_cred": {
                "bearer_token": cluster.token.expose_secret(),
                "ssl_ca_cert": cluster.authority,
            },
        }});
        self.register(body).await
    }

    /// The members of a VIM by which Tacker logs in to the cloud of `account`.
    ///
    /// # Errors
    /// The account has no password, which is all that Tacker takes, or names no project.
    pub fn account_for_vim(&self, account: &Cloud) -> Result<Map<String, Value>, Error> {
        let Credentials::Password {
            user,
            user_domain,
            password,
        } = &account.credentials
        else {
            return Err(Error::config(
                "Tacker registers a VIM by user and password only, and this account has none",
            ));
        };
        let Some(project) = &account.project else {
            return Err(Error::config("the account names no project for the VIM"));
        };
        let mut members = Map::new();
        let project = json!({"name": project, "project_domain_name": account.project_domain});
        members.insert("vim_project".into(), project);
        let login = json!({
            "username": user,
            "password": password.expose_secret(),
            "user_domain_name": user_domain,
            "cert_verify": if account.insecure { "False" } else { "True" },
        });
        members.insert("auth_cred".into(), login);
        Ok(members)
    }

    async fn register(&self, body: Value) -> Result<VimSummary, Error> {
        let answer = self.send(Method::POST, VIMS, Payload::Json(body)).await?;
        Ok(answer.json::<One>()?.vim)
    }

    /// Changes a VIM's registration; `changes` are members of it. Tacker logs in to the VIM again
    /// where its account changes.
    ///
    /// # Errors
    /// Those of the exchange.
    pub async fn update_vim(&self, id: &str, changes: Value) -> Result<VimSummary, Error> {
        let body = json!({ "vim": changes });
        let path = format!("{VIMS}/{id}");
        let answer = self.send(Method::PUT, &path, Payload::Json(body)).await?;
        Ok(answer.json::<One>()?.vim)
    }

    /// Deletes a VIM's registration.
    ///
    /// # Errors
    /// Those of the exchange.
    pub async fn delete_vim(&self, id: &str) -> Result<(), Error> {
        self.send(Method::DELETE, &format!("{VIMS}/{id}"), Payload::None)
            .await?;
        Ok(())
    }
}
