"""Cilium in the stand-in cluster: what its chart makes, its agents, and its Cluster Mesh.

Part of the stand-ins of cilium, kubectl and kubelet. The server of the mesh is a real one: it
takes clients over TLS, with certificates of an authority that it trusts, at the NodePort of control
planes.
"""

import gzip
import http.server
import ipaddress
import re
import socket
import tempfile
import threading

HEALTH_PORT = 4240
SECRETS = "/objects/Secret/kube-system"
SERVER, CLIENT, AUTHORITY = (
    "clustermesh-apiserver-server-cert", "clustermesh-apiserver-remote-cert", "cilium-ca",
)  # fmt: skip
CLUSTER_KEYS = {"ips", "port", "address", "tls", "enabled", "name"}
CURVE_OPTIONS = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def dig(values, path, default=None):
    """The value at a path such as `clustermesh.config`."""
    for key in path.split("."):
        values = values.get(key) if isinstance(values, dict) else None
        if values is None:
            return default
    return values


def mesh_port(values):
    return dig(values, "clustermesh.apiserver.service.nodePort", 32379)


def other_clusters(values):
    """{name: entry} of those that are not turned off."""
    found = dig(values, "clustermesh.config.clusters", {})
    if isinstance(found, list):
        found = {entry["name"]: entry for entry in found}
    if not dig(values, "clustermesh.config.enabled"):
        return {}
    return {name: entry for name, entry in found.items() if entry.get("enabled") is not False}


def check_mesh(version, values):
    """What the chart's validation and templates refuse."""
    name, number = dig(values, "cluster.name", "default"), dig(values, "cluster.id", 0)
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?", name):
        fail("The cluster name is invalid: at most 32 lower-case letters, digits and dashes")
    most = dig(values, "clustermesh.maxConnectedClusters", 255)
    if most not in (255, 511) or not 0 <= number <= most:
        fail(f"clustermesh: cluster.id {number} of maxConnectedClusters {most}")
    if number and name == "default":
        fail("The cluster name is invalid: cannot use default value with cluster.id != 0")
    found = dig(values, "clustermesh.config.clusters", {})
    if isinstance(found, dict) and found and version.startswith("1.18."):
        fail("clustermesh.config.clusters: a list is expected")
    for other, entry in other_clusters(values).items():
        if set(entry) - CLUSTER_KEYS:
            fail(f"clustermesh.config.clusters: unknown {sorted(set(entry) - CLUSTER_KEYS)}")
        for address in entry.get("ips", []):
            ipaddress.ip_address(address)
        if not entry.get("ips") or not isinstance(entry.get("port"), int) or other == name:
            fail(f"clustermesh.config.clusters: {other} has no address, or is this cluster")
    if other_clusters(values) and not dig(values, "clustermesh.useAPIServer"):
        fail("clustermesh.config.enabled needs clustermesh.useAPIServer here")
    if dig(values, "tls.caBundle.enabled") and not dig(values, "tls.caBundle.content"):
        fail("tls.caBundle.content is empty")


def as_secret(files):
    return {
        "data": {name: base64.b64encode(text.encode()).decode() for name, text in files.items()}
    }


def of_secret(secret, name):
    return base64.b64decode(secret["data"][name]).decode()


def make_certificates(config, values):
    """As the chart's templates: the authority is kept, all else is made anew by every upgrade."""

    def read(folder, name):
        with open(f"{folder}/{name}", encoding="utf-8") as source:
            return source.read()

    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True)

    with tempfile.TemporaryDirectory() as folder:
        status, kept = config.request("GET", f"{SECRETS}/{AUTHORITY}")
        if status == 200:
            for name in ("ca.crt", "ca.key"):
                with open(f"{folder}/{name}", "w", encoding="utf-8") as target:
                    target.write(of_secret(kept, name))
        else:
            openssl("req", "-x509", *CURVE_OPTIONS, "-subj", "/CN=Cilium CA", "-days", "1095",
                    "-addext", "keyUsage=critical,keyCertSign,digitalSignature",
                    "-keyout", f"{folder}/ca.key", "-out", f"{folder}/ca.crt")  # fmt: skip
            own = as_secret({name: read(folder, name) for name in ("ca.crt", "ca.key")})
            config.request("PUT", f"{SECRETS}/{AUTHORITY}", own)
        if not dig(values, "clustermesh.useAPIServer"):
            return
        trusted = read(folder, "ca.crt")
        if dig(values, "tls.caBundle.enabled"):
            trusted = dig(values, "tls.caBundle.content")
        with open(f"{folder}/san", "w", encoding="utf-8") as target:
            target.write("subjectAltName=DNS:*.mesh.cilium.io\n")
        for name in (SERVER, CLIENT):
            openssl("req", *CURVE_OPTIONS, "-subj", f"/CN={name}", "-keyout", f"{folder}/tls.key",
                    "-out", f"{folder}/tls.csr")  # fmt: skip
            openssl("x509", "-req", "-in", f"{folder}/tls.csr", "-CA", f"{folder}/ca.crt",
                    "-CAkey", f"{folder}/ca.key", "-CAcreateserial", "-days", "365",
                    "-extfile", f"{folder}/san", "-out", f"{folder}/tls.crt")  # fmt: skip
            files = {file: read(folder, file) for file in ("tls.crt", "tls.key")}
            config.request("PUT", f"{SECRETS}/{name}", as_secret({**files, "ca.crt": trusted}))


def tls_context(secret, purpose):
    """TLS with a certificate of one's own, and certificates of trusted authorities demanded."""
    context = ssl.SSLContext(purpose)
    context.load_verify_locations(cadata=of_secret(secret, "ca.crt"))
    context.verify_mode = ssl.CERT_REQUIRED
    with tempfile.NamedTemporaryFile("w") as file:  # only files are taken
        file.write(of_secret(secret, "tls.crt") + of_secret(secret, "tls.key"))
        file.flush()
        context.load_cert_chain(file.name)
    return context


def ask_cluster(secret, name, address, port):
    """What the server of another cluster's mesh says of itself."""
    context = tls_context(secret, ssl.PROTOCOL_TLS_CLIENT)
    with (
        socket.create_connection((address, port), 2) as plain,
        context.wrap_socket(plain, server_hostname=f"{name}.mesh.cilium.io") as secured,
    ):
        secured.sendall(b"GET / HTTP/1.0\r\n\r\n")
        with secured.makefile("rb") as source:
            told = json.loads(source.read().partition(b"\r\n\r\n")[2])
    if told["name"] != name:
        raise OSError("remote cluster configuration required but not found")
    return told


def mesh_of(config):
    """{name: (what it says, why not)} of the clusters that this one is told to connect to."""
    found = {}
    values = config.request("GET", "/cilium")[1]["values"]
    _, secret = config.request("GET", f"{SECRETS}/{CLIENT}")
    for name, entry in other_clusters(values).items():
        problem = "no address"
        for address in entry["ips"]:
            try:
                found[name] = ask_cluster(secret, name, address, entry["port"]), None
                break
            except OSError as error:
                problem = str(error)
        found.setdefault(name, (None, problem))
    return found


def pod_of(node):
    """The agent's pod on a node."""
    return f"cilium-{hashlib.sha256(node.encode()).hexdigest()[:5]}"


def agent_status(config, installed):
    """What an agent says of itself; all say the same here."""
    values = installed["values"]
    hubble = dig(values, "hubble.enabled", True)
    status = {
        "cilium": {"state": "Ok", "msg": f"{installed['version']} (v{installed['version']})"},
        "kubernetes": {"state": "Ok", "msg": "1.36 (v1.36) [linux/amd64]"},
        "hubble": {"state": "Ok" if hubble else "Disabled"},
        "controllers": [],
    }
    clusters = [
        {
            "name": name,
            "connected": told is not None,
            "ready": told is not None,
            "status": why or "",
        }
        for name, (told, why) in (mesh_of(config) if other_clusters(values) else {}).items()
    ]
    if clusters:
        status["cluster-mesh"] = {"clusters": clusters}
    return status


class MeshApi(http.server.BaseHTTPRequestHandler):
    """The server of the mesh, for clients that TLS has let in."""

    data = None

    def log_message(self, *_):
        pass

    def do_GET(self):
        data = type(self).data()
        values = data["cilium"]["values"]
        nodes = [{"name": n["name"], "address": n["address"]} for n in data["nodes"].values()]
        payload = json.dumps(
            {
                "name": dig(values, "cluster.name", "default"),
                "id": dig(values, "cluster.id", 0),
                "nodes": nodes,
            }
        ).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)


class MeshServer(http.server.ThreadingHTTPServer):
    """TLS is spoken by the thread of the client, so that none keeps the others waiting."""

    daemon_threads = True
    context = None

    def finish_request(self, request, client_address):
        try:
            request.settimeout(10)
            with self.context.wrap_socket(request, server_side=True) as secured:
                self.RequestHandlerClass(secured, client_address, self)
        except OSError as error:
            sys.stderr.write(f"clustermesh-apiserver: {client_address[0]}: {error}\n")


def serve_mesh(data):
    """Runs the server of the mesh as the values in the API have it: it reads its certificates when
    it begins, and begins anew only when its pods' template has changed."""
    MeshApi.data = staticmethod(data)
    running, server = None, None
    while True:
        found = data()
        values = (found.get("cilium") or {}).get("values", {})
        wanted = None
        if dig(values, "clustermesh.useAPIServer"):
            wanted = [mesh_port(values), dig(values, "clustermesh.apiserver.podAnnotations", {})]
        if wanted != running:
            if server:
                server.shutdown()
                server.server_close()
            server = None
            if wanted:
                server = MeshServer(("0.0.0.0", wanted[0]), MeshApi)
                secret = found["objects"][f"{SECRETS}/{SERVER}"]
                server.context = tls_context(secret, ssl.PROTOCOL_TLS_SERVER)
                threading.Thread(target=server.serve_forever, daemon=True).start()
            running = wanted
        time.sleep(0.3)


def serve_health():
    """cilium-health of an agent: who connects is well received."""
    server = socket.create_server(("0.0.0.0", HEALTH_PORT))

    def answer():
        while True:
            server.accept()[0].close()

    threading.Thread(target=answer, daemon=True).start()


def helm_release(installed):
    """The record that Helm keeps in a secret."""
    record = {
        "name": "cilium",
        "version": installed["revision"],
        "info": {"status": "deployed"},
        "chart": {"metadata": {"name": "cilium", "version": installed["version"]}},
        "config": installed["values"],
    }
    packed = base64.b64encode(gzip.compress(json.dumps(record).encode(), mtime=0))
    name = f"sh.helm.release.v1.cilium.v{installed['revision']}"
    return {
        "metadata": {"name": name},
        "type": "helm.sh/release.v1",
        "data": {"release": base64.b64encode(packed).decode()},
    }


def cilium_config(values):
    """The ConfigMap that the chart makes of its values, as far as somebody looks into it."""
    kind = dig(values, "encryption.type") if dig(values, "encryption.enabled") else None
    pools = dig(values, "ipam.operator.clusterPoolIPv4PodCIDRList", ["10.0.0.0/8"])
    return {
        "cluster-name": dig(values, "cluster.name", "default"),
        "cluster-id": str(dig(values, "cluster.id", 0)),
        "max-connected-clusters": str(dig(values, "clustermesh.maxConnectedClusters", 255)),
        "routing-mode": dig(values, "routingMode", "tunnel"),
        "tunnel-protocol": dig(values, "tunnelProtocol", "vxlan"),
        "cluster-pool-ipv4-cidr": " ".join(pools),
        "ipv4-native-routing-cidr": dig(values, "ipv4NativeRoutingCIDR", ""),
        "identity-allocation-mode": dig(values, "identityAllocationMode", "crd"),
        **({"enable-wireguard": "true"} if kind == "wireguard" else {}),
        **({"enable-ipsec": "true"} if kind == "ipsec" else {}),
    }


def mesh_service(values):
    """The service of the mesh's server, or None."""
    if not dig(values, "clustermesh.useAPIServer"):
        return None
    kind = dig(values, "clustermesh.apiserver.service.type", "NodePort")
    port = {"name": "apiserv", "port": 2379, "protocol": "TCP", "targetPort": 2379}
    if kind != "ClusterIP":
        port["nodePort"] = mesh_port(values)
    return {"metadata": {"name": "clustermesh-apiserver"}, "spec": {"type": kind, "ports": [port]},
            "status": {"loadBalancer": {}}}  # fmt: skip
