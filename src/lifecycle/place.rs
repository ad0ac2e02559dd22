//! Where a VNF goes, and what Tacker demands of a request that goes there.
//!
//! For a Kubernetes VIM Tacker wants the manifests named in the request
//! (`sol_refactored/conductor/vnflcm_driver_v2.py`, `_check_vim_info`); a person should not have
//! to, as the package has them.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value, json};

use super::find::vim_among;
use super::{Error, Vnfm};
use crate::kubernetes::{self, manifests};
use crate::tacker::VimSummary;

/// The parameter that names the manifests.
const FILES: &str = "lcm-kubernetes-def-files";

/// A request that says where the VNF goes.
#[derive(Debug)]
pub struct Placed {
    /// The request.
    pub request: Value,
    /// Which manifests go where, in a sentence, when it is a Kubernetes VIM.
    pub manifests: Option<String>,
}

/// The VIM of a request, as far as it is known.
enum Site<'v> {
    Kubernetes(Option<&'v VimSummary>),
    /// With its name.
    OpenStack(&'v str),
    /// Helm, Terraform, or nobody knows.
    Other,
}

impl Vnfm {
    /// Completes an InstantiateVnfRequest (SOL003 §5.5.2.4) for `package` with the VIM called
    /// `vim`, if one is named, and with what a Kubernetes VIM needs: the package's manifests, and
    /// the namespace that the VIM was registered with. What the request says itself stays.
    ///
    /// # Errors
    /// [`Error::Unready`] when the package has nothing for that kind of VIM, there is no such
    /// VIM, or those of the exchange.
    pub async fn place(
        &self,
        package: &str,
        vim: Option<&str>,
        mut request: Value,
    ) -> Result<Placed, Error> {
        let vims = self.client.vims().await?;
        if let Some(name) = vim {
            if request["vimConnectionInfo"]
                .as_object()
                .is_some_and(|map| !map.is_empty())
            {
                let why = "the request brings vimConnectionInfo of its own, beside the VIM named";
                return Err(Error::Invalid(why.into()));
            }
            let found = vim_among(&vims, name)?;
            request["vimConnectionInfo"] = json!({"vim": {
                "vimId": found.id, "vimType": vim_type(found),
            }});
        }
        let vims = self.client.vims().await?;
        let site = site(&request, &vims);
        let package = match self.client.package(package).await {
            Ok(package) => package,
            Err(error) if matches!(site, Site::Kubernetes(_)) => return Err(error.into()),
            Err(error) => {
                tracing::debug!(%error, "what the package is for is not known");
                return Ok(Placed {
                    request,
                    manifests: None,
                });
            }
        };
        let product = package.vnf_product_name.as_deref().unwrap_or(&package.id);
        let listed: Vec<&Utf8Path> = package.artifacts().into_iter().map(Utf8Path::new).collect();
        let files = manifests(listed.iter().copied());
        let has_templates = listed.iter().any(|path| path.starts_with("BaseHOT"));
        match site {
            Site::Kubernetes(vim) => {
                let manifests = complete(&mut request, &files, product, vim)?;
                Ok(Placed {
                    request,
                    manifests: Some(manifests),
                })
            }
            Site::OpenStack(name) if !files.is_empty() && !has_templates => {
                Err(Error::Unready(vec![format!(
                    "package `{product}` is for Kubernetes, and VIM `{name}` is an OpenStack; {}",
                    known(&vims)
                )]))
            }
            // Where there is no VIM at all, the account's own cloud would become it.
            Site::Other if vims.is_empty() && !files.is_empty() && !has_templates => {
                Err(Error::Unready(vec![format!(
                    "package `{product}` is for Kubernetes; {}",
                    known(&vims)
                )]))
            }
            Site::OpenStack(_) | Site::Other => Ok(Placed {
                request,
                manifests: None,
            }),
        }
    }
}

/// The type by which a request names a registered VIM (Tacker, `common/vim_utils.py`).
fn vim_type(vim: &VimSummary) -> &'static str {
    match &*vim.vim_type {
        "kubernetes" if uses_helm(vim) => "ETSINFV.HELM.V_3",
        "kubernetes" => "ETSINFV.KUBERNETES.V_1",
        _ => "ETSINFV.OPENSTACK_KEYSTONE.V_3",
    }
}

fn uses_helm(vim: &VimSummary) -> bool {
    let extra = vim.rest.get("extra");
    extra.is_some_and(|extra| extra["use_helm"] == true)
}

/// Tacker takes one connection, and the default VIM where there is none.
fn site<'v>(request: &Value, vims: &'v [VimSummary]) -> Site<'v> {
    let connections = request["vimConnectionInfo"].as_object();
    let connection = connections.and_then(|map| map.values().next());
    let registered = match connection {
        Some(one) => vims.iter().find(|vim| one["vimId"] == *vim.id),
        None => vims.iter().find(|vim| vim.is_default),
    };
    let kind = match (connection, registered) {
        (_, Some(vim)) => vim_type(vim),
        (Some(one), None) => one["vimType"].as_str().unwrap_or_default(),
        (None, None) => "",
    };
    match (kind, registered) {
        ("ETSINFV.KUBERNETES.V_1" | "kubernetes", vim) => Site::Kubernetes(vim),
        ("ETSINFV.OPENSTACK_KEYSTONE.V_3", Some(vim)) => Site::OpenStack(&vim.name),
        _ => Site::Other,
    }
}

/// Fills in manifests and namespace; says which they are.
fn complete(
    request: &mut Value,
    files: &[Utf8PathBuf],
    product: &str,
    vim: Option<&VimSummary>,
) -> Result<String, Error> {
    let own = || "the request's own VIM".to_owned();
    let site = vim.map_or_else(own, |vim| format!("VIM `{}`", vim.name));
    let mut params = match request["additionalParams"].take() {
        Value::Null => Map::new(),
        Value::Object(map) => map,
        _ => return Err(Error::Invalid("`additionalParams` must be a map".into())),
    };
    if !params.contains_key(FILES) {
        if files.is_empty() {
            return Err(Error::Unready(vec![format!(
                "package `{product}` has no manifests in {}/, which {site} needs, as it is Kubernetes",
                kubernetes::FOLDER
            )]));
        }
        params.insert(FILES.into(), json!(files));
    }
    if !params.contains_key("namespace")
        && let Some(namespace) = vim.and_then(project)
    {
        params.insert("namespace".into(), json!(namespace));
    }
    let named = params[FILES].as_array().into_iter().flatten();
    let named: Vec<&str> = named.filter_map(Value::as_str).collect();
    let namespace = params.get("namespace").and_then(Value::as_str);
    let said = format!(
        "{} go to {site}, namespace `{}`",
        named.join(", "),
        namespace.unwrap_or("default")
    );
    request["additionalParams"] = params.into();
    Ok(said)
}

/// The namespace that stands for the VIM's project.
fn project(vim: &VimSummary) -> Option<&str> {
    let name = vim.rest.get("vim_project")?.get("name")?.as_str()?;
    (!name.is_empty()).then_some(name)
}

/// Which VIM could be named instead.
fn known(vims: &[VimSummary]) -> String {
    let names = vims.iter().filter(|vim| vim.vim_type == "kubernetes");
    let names: Vec<&str> = names.map(|vim| vim.name.as_str()).collect();
    if names.is_empty() {
        return "there is no Kubernetes VIM: `vnfctl vim add NAME --from-cluster VNF` makes one"
            .into();
    }
    format!("name a Kubernetes VIM with --vim: {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vim(id: &str, kind: &str, is_default: bool) -> VimSummary {
        serde_json::from_value(json!({
            "id": id, "name": format!("name-{id}"), "type": kind, "auth_url": "https://a",
            "is_default": is_default, "vim_project": {"name": "pods"},
        }))
        .unwrap()
    }

    fn files() -> Vec<Utf8PathBuf> {
        vec!["Files/kubernetes/a.yaml".into()]
    }

    #[test]
    fn the_default_counts_where_none_is_named() {
        let vims = [vim("o", "openstack", false), vim("k", "kubernetes", true)];
        assert!(matches!(site(&json!({}), &vims), Site::Kubernetes(Some(one)) if one.id == "k"));
        let named = json!({"vimConnectionInfo": {"x": {"vimId": "o", "vimType": "any"}}});
        assert!(matches!(site(&named, &vims), Site::OpenStack("name-o")));
        let own = json!({"vimConnectionInfo": {"x": {"vimType": "kubernetes"}}});
        assert!(matches!(site(&own, &vims), Site::Kubernetes(None)));
        assert!(matches!(site(&json!({}), &vims[..1]), Site::Other));
    }

    #[test]
    fn what_the_request_says_itself_stays() {
        let mut request = json!({"additionalParams": {"namespace": "own", "a": 1}});
        let vim = vim("k", "kubernetes", true);
        let said = complete(&mut request, &files(), "web", Some(&vim)).unwrap();
        let expected = json!({"namespace": "own", "a": 1, FILES: ["Files/kubernetes/a.yaml"]});
        assert_eq!(request["additionalParams"], expected);
        assert_eq!(
            said,
            "Files/kubernetes/a.yaml go to VIM `name-k`, namespace `own`"
        );
        let mut request = json!({"additionalParams": {FILES: ["b.yaml"]}});
        complete(&mut request, &files(), "web", Some(&vim)).unwrap();
        let expected = json!({FILES: ["b.yaml"], "namespace": "pods"});
        assert_eq!(request["additionalParams"], expected);
    }

    #[test]
    fn a_package_without_manifests_is_refused() {
        let error = complete(&mut json!({}), &[], "web", None).unwrap_err();
        assert!(error.to_string().contains("no manifests"), "{error}");
    }
}
