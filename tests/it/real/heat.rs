//! What the real Heat refuses in templates is what is found in them without it.

use std::collections::BTreeSet;
use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use vnfctl::check::{self, Judged};

use super::Stage;
use super::access::wait;
use crate::contract::target::{Target, real};

/// Templates' resources and outputs, with the codes of the findings about types in them.
fn cases() -> Vec<(Value, Value, &'static [&'static str])> {
    let net = json!({"type": "OS::Neutron::Net"});
    let port = |properties: Value| json!({"type": "OS::Neutron::Port", "properties": properties});
    let on = json!({"get_resource": "net"});
    let sound = json!({"net": net, "port": port(json!({"network": on}))});
    let asked = |path: Value| json!({"said": {"value": {"get_attr": path}}});
    let group = |member: Value| {
        let properties = json!({"min_size": 1, "max_size": 2, "resource": member});
        json!({"group": {"type": "OS::Heat::AutoScalingGroup", "properties": properties}})
    };
    let misspelt = json!({"type": "OS::Neutron::Net", "properties": {"nam": "x"}});
    let none = || json!({});
    vec![
        (sound.clone(), none(), &[]),
        (
            json!({"net": net, "port": port(json!({"network": on, "security_group": []}))}),
            none(),
            &["hot-property-unknown"],
        ),
        (
            json!({"port": port(json!({"port_security_enabled": false}))}),
            none(),
            &["hot-property-missing"],
        ),
        // Hidden, and taken for `network`.
        (
            json!({"net": net, "port": port(json!({"network_id": on}))}),
            none(),
            &[],
        ),
        (
            json!({"net": {"type": "OS::Neutron::Nett"}}),
            none(),
            &["hot-type-unknown"],
        ),
        (
            json!({"none": {"type": "OS::Heat::None", "properties": {"any": 1}}}),
            none(),
            &[],
        ),
        (group(net.clone()), none(), &[]),
        (group(misspelt), none(), &["hot-property-unknown"]),
        (
            group(json!({"type": "OS::Neutron::Nett"})),
            none(),
            &["hot-type-unknown"],
        ),
        (sound.clone(), asked(json!(["port", "fixed_ips", 0])), &[]),
        (
            sound,
            asked(json!(["port", "fixed_ip", 0])),
            &["hot-attribute-unknown"],
        ),
        // A group answers for its members.
        (
            group(net),
            asked(json!(["group", "outputs_list", "status"])),
            &[],
        ),
    ]
}

/// Writes the template as that of a package, and returns the codes that are about types.
fn found(package: &Path, template: &Value) -> BTreeSet<&'static str> {
    let file = package.join("BaseHOT/simple/simple.yaml");
    std::fs::write(file, template.to_string()).unwrap();
    let Judged::Read(checked) = check::open(package).unwrap() else {
        panic!("{} is no package", package.display());
    };
    let findings = checked.sink.diagnostics().iter();
    let about = ["hot-type-", "hot-property-", "hot-attribute-"];
    findings
        .map(|finding| finding.code)
        .filter(|code| about.iter().any(|start| code.starts_with(start)))
        .collect()
}

/// What Heat says against a template, or nothing.
async fn refused(target: &Target, template: &Value) -> Option<String> {
    let url = format!("{}/stacks/preview", target.service("orchestration"));
    let request = reqwest::Client::new().request(Method::POST, url);
    let request = request.header("X-Auth-Token", &target.token);
    let body = json!({"stack_name": "preview", "template": template, "files": {}});
    let answer = request.json(&body).send().await.unwrap();
    let status = answer.status();
    let said: Value = answer.json().await.unwrap();
    match status.as_u16() {
        200 => None,
        400 => Some(said["error"]["message"].as_str().unwrap().to_owned()),
        _ => panic!("{status}: {said}"),
    }
}

#[test]
fn heat_refuses_what_is_found_in_its_resources() {
    let Some(stage) = Stage::new() else { return };
    let me = stage.person();
    me.does(&["package", "new", "plain-vm", "web"]);
    me.does(&["package", "build", "web.yaml"]);
    me.does(&["package", "extract", "web.zip"]);
    let package = me.home.join("web");
    let target = wait(real(me.cloud));
    for (resources, outputs, codes) in cases() {
        let template = json!({
            "heat_template_version": "2021-04-16",
            "resources": resources,
            "outputs": outputs,
        });
        let found = found(&package, &template);
        assert_eq!(found, codes.iter().copied().collect(), "{template}");
        let refused = wait(refused(&target, &template));
        assert_eq!(
            refused.is_some(),
            !found.is_empty(),
            "{template}: {refused:?}"
        );
    }
}
