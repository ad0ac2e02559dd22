"""Accounts of the stand-in cluster: objects that kubectl applies, tokens that the API gives for
them, and what these may read.

Part of the stand-ins of kubectl and kubelet.
"""

ACCOUNT_KINDS = {
    ("v1", "Namespace"): {"metadata"},
    ("v1", "ServiceAccount"): {"metadata", "automountServiceAccountToken"},
    ("v1", "Secret"): {"metadata", "type"},
    ("rbac.authorization.k8s.io/v1", "ClusterRole"): {"metadata", "rules"},
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"): {"metadata", "roleRef", "subjects"},
}
CLUSTER_WIDE = {"Namespace", "ClusterRole", "ClusterRoleBinding"}
RULE_KEYS = {"apiGroups", "resources", "verbs", "nonResourceURLs"}
TOKEN_TYPE = "kubernetes.io/service-account-token"  # noqa: S105 -- a type's name
TOKEN_OF = "kubernetes.io/service-account.name"  # noqa: S105 -- an annotation's name


def check_object(document):
    """Ends as kubectl does at what the API server's strict decoding refuses."""
    kind = (document.get("apiVersion"), document.get("kind"))
    if kind not in ACCOUNT_KINDS:
        fail(f'no matches for kind "{kind[1]}" in version "{kind[0]}"')
    odd = set(document) - ACCOUNT_KINDS[kind] - {"apiVersion", "kind"}
    odd |= set(document["metadata"]) - {"name", "namespace", "annotations", "labels"}
    for rule in document.get("rules", []):
        odd |= set(rule) - RULE_KEYS
        if not rule.get("verbs") or not (rule.get("resources") or rule.get("nonResourceURLs")):
            fail(f"ClusterRole is invalid: {rule}")
    if odd:
        fail(f"strict decoding error: unknown field {sorted(odd)}")
    if ("namespace" in document["metadata"]) == (kind[1] in CLUSTER_WIDE):
        fail(f"{kind[1]} {document['metadata']}: wrong about its namespace")


def object_path(document):
    metadata = document["metadata"]
    return f"/accounts/{document['kind']}/{metadata.get('namespace', '-')}/{metadata['name']}"


def apply_objects(config, text):
    """kubectl apply -f -"""
    import yaml  # noqa: PLC0415 -- cloud-init's own; only this call needs it

    for document in yaml.safe_load_all(text):
        check_object(document)
        status, answer = config.request("PUT", object_path(document), document)
        if status != 200:
            fail(f"Error from server: {answer}")
        print(f"{document['kind'].lower()}/{document['metadata']['name']} configured")


def get_secret(config, namespace, name):
    status, answer = config.request("GET", f"/accounts/Secret/{namespace}/{name}")
    return answer if status == 200 else fail(f'secrets "{name}" not found')


def wait_for_token(config, namespace, name, seconds):
    """kubectl wait --for=jsonpath={.data.token}"""
    deadline = time.time() + seconds
    while not get_secret(config, namespace, name).get("data", {}).get("token"):
        if time.time() >= deadline:
            fail(f"timed out waiting for the condition on secrets/{name}")
        time.sleep(0.2)


def change_object(data, method, path, body, ca_file):
    """What the API server and its token controller make of an object."""
    objects = data.setdefault("objects", {})
    if method == "GET":
        return (200, objects[path]) if path in objects else (404, "not found")
    kind, namespace = path.split("/")[2:4]
    if namespace != "-" and f"/accounts/Namespace/-/{namespace}" not in objects:
        return 404, f'namespaces "{namespace}" not found'
    if kind == "Secret" and body.get("type") == TOKEN_TYPE:
        account = body["metadata"].get("annotations", {}).get(TOKEN_OF)
        if f"/accounts/ServiceAccount/{namespace}/{account}" not in objects:
            return 404, f'serviceaccounts "{account}" not found'
        with open(ca_file, "rb") as source:
            ca = base64.b64encode(source.read()).decode()
        token = base64.b64encode(os.urandom(24).hex().encode()).decode()
        old = objects.get(path, {}).get("data")
        body = {**body, "data": old or {"token": token, "ca.crt": ca}}
    objects[path] = body
    return 200, body


def account_of(data, token):
    """(namespace, name) of the service account whose token it is, or None."""
    encoded = base64.b64encode(token.encode()).decode()
    for path, found in data.get("objects", {}).items():
        if path.startswith("/accounts/Secret/") and found.get("data", {}).get("token") == encoded:
            return found["metadata"]["namespace"], found["metadata"]["annotations"][TOKEN_OF]
    return None


def rules_of(data, account):
    """The rules of all cluster roles that are bound to the account."""
    objects = data["objects"]
    subject = {"kind": "ServiceAccount", "namespace": account[0], "name": account[1]}
    for path, binding in objects.items():
        if path.startswith("/accounts/ClusterRoleBinding/") and subject in binding["subjects"]:
            role = objects.get(f"/accounts/ClusterRole/-/{binding['roleRef']['name']}", {})
            yield from role.get("rules", [])


def as_account(data, account, method, path):
    """What a service account is answered: the two things that Tacker asks when it registers."""
    rules = list(rules_of(data, account))
    if (method, path) == ("GET", "/api/"):
        if any("/api/" in rule.get("nonResourceURLs", []) for rule in rules):
            versions = {"kind": "APIVersions", "versions": ["v1"]}
            return 200, {**versions, "serverAddressByClientCIDRs": []}
        return 403, "forbidden"
    if (method, path.partition("?")[0]) == ("GET", "/api/v1/namespaces"):
        allowed = (
            "" in rule.get("apiGroups", [])
            and "namespaces" in rule.get("resources", [])
            and "list" in rule["verbs"]
            for rule in rules
        )
        if any(allowed):
            return 200, {"kind": "NamespaceList", "items": [{"metadata": {"name": "default"}}]}
        return 403, "forbidden"
    return 404, f"no such path {path}"
