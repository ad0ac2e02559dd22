"""Fills Keystone with the projects, users, roles, services and endpoints of the lab; what exists stays."""

import os

from cloud import COMPUTE, IMAGE, KEY_MANAGER, NETWORK, ORCHESTRATION, PLACEMENT, TACKER, Cloud, auth_of

ROLES = ("admin", "member", "reader", "service", "heat_stack_owner", "heat_stack_user", "advsvc")
SERVICE_USERS = ("glance", "placement", "nova", "neutron", "heat", "tacker", "barbican")
ENDPOINTS = (
    ("image", "glance", IMAGE.removesuffix("/v2")),
    ("placement", "placement", PLACEMENT),
    ("compute", "nova", COMPUTE),
    ("network", "neutron", NETWORK.removesuffix("/v2.0")),
    ("orchestration", "heat", ORCHESTRATION + "/%(tenant_id)s"),
    ("nfv-orchestration", "tacker", TACKER),
    ("key-manager", "barbican", KEY_MANAGER.removesuffix("/v1")),
)


class Identity:
    def __init__(self, admin):
        self.admin = admin
        self.url = admin.keystone

    def ensure(self, collection, kind, name, **fields):
        """Returns the id of the item `name`, made if there is none."""
        scope = {key: fields[key] for key in ("domain_id", "type") if key in fields}
        have = self.admin.named(f"{self.url}/{collection}", collection, name=name, **scope)
        if name in have:
            return have[name]
        return self.admin.post(f"{self.url}/{collection}", {kind: {"name": name, **fields}})[kind]["id"]

    def grant(self, scope, user, *roles):
        for role in roles:
            self.admin.put(f"{self.url}/{scope}/users/{user}/roles/{role}")

    def ensure_endpoint(self, kind, name, url):
        service = self.ensure("services", "service", name, type=kind)
        have = self.admin.get(f"{self.url}/endpoints", service_id=service)["endpoints"]
        for interface in {"public", "internal", "admin"} - {endpoint["interface"] for endpoint in have}:
            endpoint = {"service_id": service, "interface": interface, "url": url, "region_id": "RegionOne"}
            self.admin.post(f"{self.url}/endpoints", {"endpoint": endpoint})


def main():
    identity = Identity(Cloud("admin"))
    password = os.environ["LAB_PASSWORD"]
    roles = {name: identity.ensure("roles", "role", name) for name in ROLES}
    service = identity.ensure("projects", "project", "service", domain_id="default")
    for name in SERVICE_USERS:
        user = identity.ensure("users", "user", name, domain_id="default", password=password)
        identity.grant(f"projects/{service}", user, roles["admin"], roles["service"])
    for cloud, granted in (("nfv", ("admin", "member")), ("other", ("member",))):
        auth = auth_of(cloud)
        project = identity.ensure("projects", "project", auth["project_name"], domain_id="default")
        user = identity.ensure("users", "user", auth["username"], domain_id="default", password=auth["password"])
        identity.grant(f"projects/{project}", user, *(roles[name] for name in granted))
    # Heat keeps the users of its stacks in a domain of their own.
    domain = identity.ensure("domains", "domain", "heat")
    user = identity.ensure("users", "user", "heat_domain_admin", domain_id=domain, password=password)
    identity.grant(f"domains/{domain}", user, roles["admin"])
    for kind, name, url in ENDPOINTS:
        identity.ensure_endpoint(kind, name, url)


if __name__ == "__main__":
    main()
