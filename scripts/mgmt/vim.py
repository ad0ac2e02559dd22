"""What the driver asks OpenStack: a server's address, name and console, and secrets of Barbican."""

import re
import urllib.parse

import faults
from keystoneauth1 import exceptions, session
from keystoneauth1.identity import v3

KEYS_BEGIN = "-----BEGIN SSH HOST KEY KEYS-----"
KEYS_END = "-----END SSH HOST KEY KEYS-----"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Hours of kernel messages may stand between boot and now; Nova gives the whole log for null.
WHOLE_LOG = {"os-getConsoleOutput": {"length": None}}


def parse_host_keys(console):
    """Host keys that cloud-init printed, newest boot first to last; [] until it has done so."""
    keys = []
    for block in re.findall(f"{KEYS_BEGIN}(.*?){KEYS_END}", console, re.DOTALL):
        # A later block belongs to a later boot: its keys replace the former ones.
        keys = []
        for line in block.splitlines():
            # Consoles add carriage returns, and cloud-init prefixes lines on some distributions.
            match = re.search(r"((?:ssh|ecdsa)-[a-z0-9-]+) ([A-Za-z0-9+/=]+)", line)
            if match:
                keys.append(f"{match[1]} {match[2]}")
    return keys


class Vim:
    """Heat, Nova and Barbican with the credentials that Tacker hands to the hook."""

    def __init__(self, connections, make_session=session.Session):
        infos = [
            info
            for info in connections.values()
            if info.get("vimType") == "ETSINFV.OPENSTACK_KEYSTONE.V_3"
        ]
        if not infos:
            raise faults.Fault("connecting", "the VIM", "the VNF has no OpenStack VIM", None)
        access, interface = infos[0]["accessInfo"], infos[0]["interfaceInfo"]
        auth = v3.Password(
            auth_url=interface["endpoint"],
            username=access["username"],
            password=access.get("password"),
            project_name=access["project"],
            user_domain_name=access["userDomain"],
            project_domain_name=access["projectDomain"],
        )
        self._session = make_session(auth=auth, verify=self._verify(interface))
        self._region = access.get("region")

    @staticmethod
    def _verify(interface):
        if interface.get("skipCertificateVerification"):
            return False
        return interface.get("caFile", True)

    def _call(self, service, path, body=None):
        """One request; the token is renewed by the session."""
        where = {"service_type": service, "interface": "public", "region_name": self._region}
        try:
            if body is None:
                return self._session.get(path, endpoint_filter=where, timeout=60).json()
            return self._session.post(path, endpoint_filter=where, json=body, timeout=60).json()
        except exceptions.ClientException as error:
            raise faults.Fault(
                f"asking {service}", path, str(error), "check the VIM and its credentials"
            ) from error

    def address(self, stack_id, port_resource):
        """First fixed address of the Neutron port that Heat made under this resource name."""
        found = self._call("orchestration", f"/stacks/{stack_id}/resources/{port_resource}")
        ips = (found["resource"].get("attributes") or {}).get("fixed_ips") or []
        if not ips:
            raise faults.Fault(
                "finding the address",
                f"port {port_resource} of stack {stack_id}",
                "the port has no fixed address",
                "check the subnet's free addresses",
            )
        return ips[0]["ip_address"]

    def server_name(self, server_id):
        """Nova's name of the server."""
        return self._call("compute", f"/servers/{server_id}")["server"]["name"]

    def host_keys(self, server_id):
        """Host keys on the server's console; [] when it has not printed them yet."""
        answer = self._call("compute", f"/servers/{server_id}/action", WHOLE_LOG)
        return parse_host_keys(answer.get("output") or "")

    def secret(self, reference):
        """(UUID, text) of the secret with this name or UUID."""
        found = reference.lower()
        if not UUID.fullmatch(found):
            query = urllib.parse.urlencode({"name": reference, "limit": 2})
            listed = self._barbican(reference, f"/secrets?{query}", "application/json").json()
            if len(listed["secrets"]) != 1:
                many = "several secrets have this name" if listed["secrets"] else "there is none"
                raise self._no_secret(reference, many, "name it by its UUID: openstack secret list")
            found = listed["secrets"][0]["secret_ref"].rstrip("/").rsplit("/", 1)[1]
        return found, self._barbican(reference, f"/secrets/{found}/payload", "text/plain").text

    @staticmethod
    def _no_secret(reference, cause, hint):
        return faults.Fault("reading the key", f"secret {reference} in Barbican", cause, hint)

    def _barbican(self, reference, path, accept):
        """One question to the key manager; whatever goes wrong is said without what was read."""
        where = {"service_type": "key-manager", "interface": "public", "region_name": self._region}
        try:
            base = self._session.get_endpoint(**where)
            if base is None:
                raise self._no_secret(
                    reference,
                    "the cloud's catalog has no key manager",
                    "ask for Barbican, or build the package with access.keyFile",
                )
            base = base.rstrip("/")
            url = (base if base.endswith("/v1") else f"{base}/v1") + path
            return self._session.get(url, headers={"Accept": accept}, timeout=60)
        except exceptions.HttpError as error:
            status = error.http_status
            cause, hint = {
                401: ("Barbican refuses the VIM's credentials", "check the VIM"),
                403: ("the VIM's user may not read it", "give it the role creator or an ACL"),
                404: ("there is none", "openstack secret list, with the VIM's credentials"),
                406: (
                    "it is not stored as text",
                    "store it with --payload-content-type text/plain",
                ),
            }.get(
                status,
                (f"Barbican answers {status}", "look at its log, then run the operation's retry"),
            )
            raise self._no_secret(reference, cause, hint) from error
        except exceptions.ClientException as error:
            raise self._no_secret(
                reference,
                f"Barbican does not answer ({type(error).__name__})",
                "see that it runs, then run the operation's retry; without Barbican, build the"
                " package with access.keyFile",
            ) from error
