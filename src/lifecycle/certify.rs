//! A certificate for each operation, for VNFs whose nodes open to certificates alone.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{Error, Vnfm};
use crate::cluster::{self, Settings};
use crate::ssh::{Authority, Wanted};

/// Where the management script looks for the certificate (`scripts/mgmt/access.py`).
const PARAMETER: &str = "sshCertificate";

/// Who signs, and for how long.
#[derive(Debug)]
pub struct Certifying {
    /// The authority.
    pub authority: Authority,
    /// How long a certificate is good for.
    pub lifetime: Duration,
}

/// What a certificate of an operation on a VNF is called, and whom it lets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purpose {
    /// The principal that the VNF's nodes accept: their stack's name
    /// (`sol_refactored/infra_drivers/openstack/heat_utils.py`, `get_stack_name`).
    pub principal: String,
    /// What `sshd` writes into its log.
    pub key_id: String,
}

impl Purpose {
    /// Names the purpose.
    #[must_use]
    pub fn new(operation: &str, vnf_instance_id: &str, name: &str) -> Self {
        Self {
            principal: format!("vnf-{vnf_instance_id}"),
            key_id: format!("vnfctl {operation} {name} ({vnf_instance_id})"),
        }
    }
}

impl Vnfm {
    /// Has each operation carry a certificate from now on.
    #[must_use]
    pub fn certifying(mut self, certifying: Certifying) -> Self {
        self.certifying = Some(certifying);
        self
    }

    /// Checks, before anything is begun, that the package of `vnfd` wants this authority's
    /// certificates and says for which key; returns that key.
    pub(super) async fn certified_key(&self, vnfd: &str) -> Result<Option<String>, Error> {
        let Some(Certifying { authority, .. }) = &self.certifying else {
            return Ok(None);
        };
        let access = Settings::of_package(&self.client, vnfd).await?.access;
        let unusable = |why: &str| Err(cluster::Error::Unusable(why.into()).into());
        match (access.certificate_authority, access.public_key) {
            (None, _) => unusable(
                "the package's nodes open to a key alone: it was built without access.certificateAuthority",
            ),
            (Some(line), _) if !authority.is(&line) => {
                unusable("the package's nodes trust another certificate authority than this one")
            }
            (_, None) => {
                unusable("the package does not say which key is to be certified: build it anew")
            }
            (_, Some(key)) => Ok(Some(key)),
        }
    }

    /// Adds a certificate for `key` to an operation's parameters.
    pub(super) async fn certify(
        &self,
        key: Option<&str>,
        purpose: &Purpose,
        mut params: Map<String, Value>,
    ) -> Result<Map<String, Value>, Error> {
        let (Some(certifying), Some(public_key)) = (&self.certifying, key) else {
            return Ok(params);
        };
        if params.contains_key(PARAMETER) {
            let why = format!("the request brings additionalParams.{PARAMETER} of its own");
            return Err(Error::Invalid(why));
        }
        let wanted = Wanted {
            public_key,
            source: "the package's access.publicKey",
            principal: &purpose.principal,
            key_id: &purpose.key_id,
            lifetime: certifying.lifetime,
        };
        let signed = certifying.authority.sign(&wanted).await;
        let signed = signed.map_err(cluster::Error::from)?;
        params.insert(PARAMETER.into(), json!(signed));
        Ok(params)
    }
}
