//! The VNFMs under test, and raw requests to them.

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use vnfctl::sandbox::{Options, Sandbox};

/// A VNFM with a token for it.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) auth_url: String,
    pub(crate) endpoint: String,
    pub(crate) token: String,
    catalog: Value,
    _sandbox: Option<Sandbox>,
}

/// The sandbox, and the real Tacker if one is named.
pub(crate) async fn targets() -> Vec<Target> {
    let mut targets = vec![sandbox(Options::default()).await];
    match std::env::var("VNFCTL_TEST_CLOUD") {
        Ok(cloud) => targets.push(real(&cloud).await),
        Err(_) => assert!(
            std::env::var("VNFCTL_REQUIRE_REAL").is_err(),
            "VNFCTL_REQUIRE_REAL is set, but VNFCTL_TEST_CLOUD names no cloud"
        ),
    }
    targets
}

pub(crate) async fn sandbox(options: Options<'_>) -> Target {
    let sandbox = Sandbox::start(options).await.unwrap();
    let auth = json!({
        "auth_url": sandbox.auth_url(), "username": Sandbox::USER, "password": sandbox.password(),
        "user_domain_name": "Default",
        "project_name": Sandbox::PROJECT, "project_domain_name": "Default",
    });
    let mut target = log_in("sandbox", &auth).await;
    target._sandbox = Some(sandbox);
    target
}

/// The cloud of clouds.yaml with this name.
pub(crate) async fn real(cloud: &str) -> Target {
    let file = std::env::var("OS_CLIENT_CONFIG_FILE").expect("OS_CLIENT_CONFIG_FILE");
    let text = std::fs::read_to_string(file).unwrap();
    let clouds: Value = serde_yaml::from_str(&text).unwrap();
    log_in("real", &clouds["clouds"][cloud]["auth"]).await
}

async fn log_in(name: &'static str, auth: &Value) -> Target {
    let auth_url = auth["auth_url"].as_str().unwrap().to_owned();
    let answer = reqwest::Client::new()
        .post(format!("{auth_url}/auth/tokens"))
        .json(&password_request(auth))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201, "{name}");
    let token = header(&answer, "x-subject-token").to_owned();
    let body: Value = answer.json().await.unwrap();
    let catalog = body["token"]["catalog"].clone();
    let endpoint = public_endpoint(&catalog, "nfv-orchestration");
    Target {
        name,
        auth_url,
        endpoint,
        token,
        catalog,
        _sandbox: None,
    }
}

fn public_endpoint(catalog: &Value, kind: &str) -> String {
    let mut services = catalog.as_array().unwrap().iter();
    let service = services.find(|service| service["type"] == kind);
    let endpoints = service.unwrap_or_else(|| panic!("no {kind}"))["endpoints"].as_array();
    let mut endpoints = endpoints.unwrap().iter();
    let public = endpoints.find(|one| one["interface"] == "public");
    let url = public.unwrap()["url"].as_str().unwrap();
    url.trim_end_matches('/').to_owned()
}

fn password_request(auth: &Value) -> Value {
    let user = json!({"name": auth["username"], "password": auth["password"],
        "domain": {"name": auth["user_domain_name"]}});
    let project = json!({"name": auth["project_name"],
        "domain": {"name": auth["project_domain_name"]}});
    json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": user}},
        "scope": {"project": project},
    }})
}

impl Target {
    /// The public endpoint of a service of the catalog.
    pub(crate) fn service(&self, kind: &str) -> String {
        public_endpoint(&self.catalog, kind)
    }

    /// A request without token or version.
    pub(crate) fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        reqwest::Client::new().request(method, format!("{}{path}", self.endpoint))
    }

    /// A request with the token.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.bare(method, path).header("X-Auth-Token", &self.token)
    }

    /// A request with the token and v2's version.
    pub(crate) fn v2(&self, method: Method, path: &str) -> RequestBuilder {
        self.request(method, path).header("Version", "2.0.0")
    }
}

/// A header's text.
pub(crate) fn header<'r>(answer: &'r Response, name: &str) -> &'r str {
    let value = answer.headers().get(name);
    value
        .unwrap_or_else(|| panic!("no {name}"))
        .to_str()
        .unwrap()
}

/// Asserts status and content type, and returns the body.
pub(crate) async fn expect(answer: Response, status: u16, content_type: &str) -> Value {
    assert_eq!(answer.status(), status);
    assert_eq!(header(&answer, "content-type"), content_type);
    answer.json().await.unwrap()
}
