//! VNF package management v1 (`/vnfpkgm/v1`).

use std::path::Path;
use std::sync::Arc;

use reqwest::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};
use tokio::io::AsyncWrite;
use url::Url;

use super::client::Payload;
use super::filter::{self, Condition};
use super::{Client, Error, VnfPackage};

const PACKAGES: &str = "/vnfpkgm/v1/vnf_packages";

impl Client {
    /// Creates an empty package resource.
    ///
    /// # Errors
    /// Those of the exchange.
    pub async fn create_package(&self) -> Result<VnfPackage, Error> {
        self.send(Method::POST, PACKAGES, Payload::Json(json!({})))
            .await?
            .json()
    }

    /// Streams an archive into a package resource; `progress` is told how many of
    /// its bytes are sent so far, from the beginning again when a refused token made it start over.
    ///
    /// Success means that Tacker has the bytes, not that it accepts the package.
    ///
    /// # Errors
    /// The file cannot be read, or those of the exchange.
    pub async fn upload_package(
        &self,
        id: &str,
        file: &Path,
        progress: Arc<dyn Fn(u64) + Send + Sync>,
    ) -> Result<(), Error> {
        let path = format!("{PACKAGES}/{id}/package_content");
        self.send(Method::PUT, &path, Payload::Zip(file.to_owned(), progress))
            .await?;
        Ok(())
    }

    /// Returns one package.
    ///
    /// # Errors
    /// Those of the exchange; `NotFound` for an unknown id.
    pub async fn package(&self, id: &str) -> Result<VnfPackage, Error> {
        self.get(&format!("{PACKAGES}/{id}")).await
    }

    /// Returns the VNFD of an onboarded package as a zip: `TOSCA.meta`, the top VNFD file and
    /// what it imports, written anew by Tacker.
    ///
    /// # Errors
    /// Those of the exchange; `Conflict` before the package is onboarded.
    pub async fn vnfd(&self, id: &str) -> Result<bytes::Bytes, Error> {
        let path = format!("{PACKAGES}/{id}/vnfd");
        let zip = Payload::Wanting("application/zip");
        Ok(self.send(Method::GET, &path, zip).await?.into_bytes())
    }

    /// Returns a file of an onboarded package that its manifest lists.
    ///
    /// # Errors
    /// Those of the exchange; `NotFound` for a file that the manifest does not list.
    pub async fn artifact(&self, id: &str, file: &str) -> Result<bytes::Bytes, Error> {
        // The other characters that a URL's path cannot have are encoded when it is set.
        let file = file
            .replace('%', "%25")
            .replace('?', "%3F")
            .replace('#', "%23");
        let path = format!("{PACKAGES}/{id}/artifacts/{file}");
        let any = Payload::Wanting("*/*");
        Ok(self.send(Method::GET, &path, any).await?.into_bytes())
    }

    /// Returns all packages; Tacker's own extension turns its paging off.
    ///
    /// # Errors
    /// Those of the exchange.
    pub async fn packages(&self) -> Result<Vec<VnfPackage>, Error> {
        self.list(&format!("{PACKAGES}?all_records=yes")).await
    }

    /// Returns the packages that meet all `conditions`.
    ///
    /// # Errors
    /// Those of the exchange; `Invalid` for what Tacker cannot compare with.
    pub async fn packages_where(&self, conditions: &[Condition]) -> Result<Vec<VnfPackage>, Error> {
        filter::check_v1(conditions)?;
        let Some(query) = filter::query(conditions) else {
            return self.packages().await;
        };
        self.list(&format!("{PACKAGES}?all_records=yes&{query}"))
            .await
    }

    /// Enables or disables a package.
    ///
    /// # Errors
    /// Those of the exchange; `Conflict` when it is so already.
    pub async fn set_package_state(&self, id: &str, state: &str) -> Result<(), Error> {
        let body = json!({ "operationalState": state });
        self.send(
            Method::PATCH,
            &format!("{PACKAGES}/{id}"),
            Payload::Json(body),
        )
        .await?;
        Ok(())
    }

    /// Has Tacker fetch a package's content from an address, with a user and password for it.
    ///
    /// Success means that Tacker will try.
    ///
    /// # Errors
    /// Those of the exchange; `Invalid` for no address.
    pub async fn upload_from(
        &self,
        id: &str,
        address: &Url,
        login: Option<(&str, &SecretString)>,
    ) -> Result<(), Error> {
        let mut body = json!({ "addressInformation": address });
        if let Some((user, password)) = login {
            body["userName"] = json!(user);
            body["password"] = json!(password.expose_secret());
        }
        let path = format!("{PACKAGES}/{id}/package_content/upload_from_uri");
        self.send(Method::POST, &path, Payload::Json(body)).await?;
        Ok(())
    }

    /// Writes the archive of an onboarded package into `sink`; `progress` is told of how many bytes
    /// how many came. Returns their number.
    ///
    /// # Errors
    /// Those of the exchange; `Conflict` before the package is onboarded.
    pub async fn package_content(
        &self,
        id: &str,
        sink: &mut (impl AsyncWrite + Unpin),
        progress: &dyn Fn(u64, u64),
    ) -> Result<u64, Error> {
        let path = format!("{PACKAGES}/{id}/package_content");
        self.download(&path, "application/zip", sink, progress)
            .await
    }

    /// Changes a package's user data, of which Tacker keeps only what is sent here and differs from
    /// what it has (`vnfpkgm/v1/controller.py`).
    ///
    /// # Errors
    /// Those of the exchange; `Conflict` when nothing differs.
    pub async fn set_user_data(&self, id: &str, data: &Map<String, Value>) -> Result<(), Error> {
        let body = json!({ "userDefinedData": data });
        let path = format!("{PACKAGES}/{id}");
        self.send(Method::PATCH, &path, Payload::Json(body)).await?;
        Ok(())
    }

    /// Deletes a package, which must be disabled and not in use.
    ///
    /// # Errors
    /// Those of the exchange.
    pub async fn delete_package(&self, id: &str) -> Result<(), Error> {
        self.send(Method::DELETE, &format!("{PACKAGES}/{id}"), Payload::None)
            .await?;
        Ok(())
    }
}
