//! VIM registrations of the legacy API (`/v1.0/vims`).

use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::json;

use super::client::Payload;
use super::cloud::{Cloud, Credentials};
use super::{Client, Error, VimSummary};

const VIMS: &str = "/v1.0/vims";

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
        let body = json!({ "vim": {
            "name": name,
            "type": "openstack",
            "auth_url": account.auth_url,
            "is_default": default,
            "vim_project": { "name": project, "project_domain_name": account.project_domain },
            "auth_cred": {
                "username": user,
                "password": password.expose_secret(),
                "user_domain_name": user_domain,
                "cert_verify": if account.insecure { "False" } else { "True" },
            },
        }});
        Ok(self
            .send(Method::POST, VIMS, Payload::Json(body))
            .await?
            .json::<One>()?
            .vim)
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
