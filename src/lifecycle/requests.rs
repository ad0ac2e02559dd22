//! What Tacker is asked, as bodies of requests that can be shown before they are sent.

use serde_json::{Map, Value, json};

use super::{Error, Vnfm};
use crate::diagnose::instead_of;
use crate::tacker::{ScaleType, VnfInstance};

/// What is to be healed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HealTarget {
    /// These VNFCs, by their ids.
    Vnfcs(Vec<String>),
    /// All servers of the VNF.
    Servers,
    /// All of the VNF: Tacker deletes and makes the whole stack anew.
    Everything,
}

impl Vnfm {
    /// Makes the request that scales (SOL003 §5.5.2.5); the aspect may be left out when there is one
    /// only. `params` are the additional parameters.
    ///
    /// # Errors
    /// The aspect is unknown or must be named.
    pub fn scale_request(
        vnf: &VnfInstance,
        direction: ScaleType,
        aspect: Option<&str>,
        steps: u32,
        params: Map<String, Value>,
    ) -> Result<Value, Error> {
        let aspect = Self::aspect(vnf, aspect)?;
        let mut request = json!({"type": direction, "aspectId": aspect, "numberOfSteps": steps});
        add(&mut request, params);
        Ok(request)
    }

    /// Makes the request that heals (SOL003 §5.5.2.9); `cause` is what Tacker notes as the reason.
    /// `params` are the additional parameters.
    ///
    /// # Errors
    /// A VNFC is unknown.
    pub fn heal_request(
        vnf: &VnfInstance,
        target: &HealTarget,
        cause: Option<&str>,
        params: Map<String, Value>,
    ) -> Result<Value, Error> {
        let mut request = json!({});
        if let Some(cause) = cause {
            request["cause"] = json!(cause);
        }
        if let HealTarget::Vnfcs(ids) = target {
            for id in ids {
                let known: Vec<&str> = vnf.vnfcs().iter().map(|vnfc| vnfc.id.as_str()).collect();
                if !known.contains(&id.as_str()) {
                    return Err(Error::NotFound {
                        what: "VNFC",
                        name: id.clone(),
                        instead: instead_of(id, &known),
                    });
                }
            }
            request["vnfcInstanceId"] = json!(ids);
        }
        add(&mut request, params);
        // Tacker's own parameter: more than the servers, which is storage or the whole stack.
        if *target == HealTarget::Everything {
            request["additionalParams"]["all"] = json!(true);
        }
        Ok(request)
    }

    /// Makes the request that terminates (SOL003 §5.5.2.8); where a time in seconds is given, Tacker
    /// first waits so long for the VNF to be taken out of service.
    #[must_use]
    pub fn terminate_request(graceful: Option<u64>) -> Value {
        match graceful {
            Some(seconds) => json!({
                "terminationType": "GRACEFUL", "gracefulTerminationTimeout": seconds,
            }),
            None => json!({"terminationType": "FORCEFUL"}),
        }
    }
}

fn add(request: &mut Value, params: Map<String, Value>) {
    if !params.is_empty() {
        request["additionalParams"] = params.into();
    }
}
