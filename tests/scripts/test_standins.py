"""The stand-ins of kubectl and cilium are as strict about resources as the real API is."""

import importlib.machinery
import importlib.util
import io
import json
import pathlib
import tempfile
import unittest
from unittest import mock

STANDINS = pathlib.Path(__file__).resolve().parents[1] / "standins"


def builder():
    """The program that puts stand-ins together."""
    loader = importlib.machinery.SourceFileLoader("build_mirror", str(STANDINS / "build-mirror"))
    spec = importlib.util.spec_from_loader("build_mirror", loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


class Api:
    """The part of the stand-in's API that keeps resources."""

    objects = None

    def __init__(self, _path):
        pass

    def request(self, method, path, body=None):
        if method == "PUT":
            self.objects[path] = body
            return 200, body
        return (200 if path in self.objects else 404), self.objects.get(path)


class Standins(unittest.TestCase):
    def setUp(self):
        Api.objects = {}
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = pathlib.Path(folder.name)

    def run_one(self, name, *words, text=""):
        """(what it printed, what it failed with)"""
        source = builder().program(name, "1.36.5").decode().removesuffix("main()\n")
        found = {"__name__": "standin"}
        exec(compile(source, name, "exec"), found)  # noqa: S102 -- ours
        found["Kubeconfig"] = Api
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch("sys.argv", [name, *words]),
            mock.patch("sys.stdin", io.StringIO(text)),
            mock.patch("sys.stdout", out),
            mock.patch("sys.stderr", err),
            mock.patch.dict("os.environ", {"KUBECONFIG": "k"}),
        ):
            try:
                found["main"]()
            except SystemExit as ended:
                self.assertEqual(ended.code, 1)
                self.assertTrue(err.getvalue())
        return out.getvalue(), err.getvalue()

    def apply(self, resource, verb="apply"):
        return self.run_one("kubectl", verb, "--filename", "-", text=json.dumps(resource))[1]

    def pool(self, **changes):
        return {
            "apiVersion": "cilium.io/v2",
            "kind": "CiliumLoadBalancerIPPool",
            "metadata": {"name": "a"},
            "spec": {"blocks": [{"cidr": "192.0.2.0/28"}]},
            **changes,
        }

    def define(self, name):
        Api.objects[f"/objects/CustomResourceDefinition//{name}"] = {}

    def test_resource_needs_its_definition(self):
        self.assertIn("ensure CRDs are installed first", self.apply(self.pool()))
        self.assertEqual(Api.objects, {})
        self.define("ciliumloadbalancerippools.cilium.io")
        self.assertEqual(self.apply(self.pool()), "")
        self.assertEqual(self.apply(self.pool()), "", "apply may be repeated")

    def test_resource_of_another_version_field_or_name_is_refused(self):
        self.define("ciliumloadbalancerippools.cilium.io")
        for changes, words in (
            ({"apiVersion": "cilium.io/v2alpha1"}, "no matches for kind"),
            ({"kind": "CiliumPool"}, "no matches for kind"),
            ({"spec": {"cidrs": []}}, "unknown field"),
            ({"metadata": {"name": "A_b"}}, "metadata.name"),
        ):
            self.assertIn(words, self.apply(self.pool(**changes)))
        known = {"apiVersion": "v1", "kind": "List", "items": [self.pool(), self.pool(kind="X")]}
        self.assertIn("no matches", self.apply(known))
        self.assertEqual(len(Api.objects), 1, "nothing is stored of a list with a fault")

    def test_definition_is_awaited_by_name(self):
        words = ("wait", "--for=condition=Established", "crd/gateways.gateway.networking.k8s.io")
        self.assertIn("not found", self.run_one("kubectl", *words, "--timeout", "5s")[1])
        self.assertEqual(self.apply_definitions(), "")
        self.assertEqual(self.run_one("kubectl", *words, "--timeout", "5s")[1], "")

    def apply_definitions(self):
        text = builder().DEFINITIONS
        words = ("apply", "--server-side", "--filename", "-")
        return self.run_one("kubectl", *words, text=text)[1]

    def secret(self, keys):
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "cilium-ipsec-keys", "namespace": "kube-system"},
            "stringData": {"keys": keys},
        }

    def test_secret_is_created_once(self):
        secret = self.secret("3+ rfc4106(gcm(aes)) " + "0" * 40 + " 128")
        self.assertEqual(self.apply(secret, "create"), "")
        self.assertIn("AlreadyExists", self.apply(secret, "create"))
        found = self.run_one(
            "kubectl", "--namespace", "kube-system", "get", "secret", "cilium-ipsec-keys",
            "--ignore-not-found", "--output", "name",
        )  # fmt: skip
        self.assertEqual(found, ("secret/cilium-ipsec-keys\n", ""))

    def install(self, **values):
        chart = self.home / "Chart.yaml"
        chart.write_text("version: 1.20.3\n")
        common = {"kubeProxyReplacement": "true", "k8sServiceHost": "h", "k8sServicePort": 1}
        file = self.home / "values"
        file.write_text(json.dumps({**common, **values}))
        return self.run_one(
            "cilium", "install", "--version", "1.20.3", "--chart-directory", str(self.home),
            "--values", str(file),
        )[1]  # fmt: skip

    def upgrade(self, values, *words):
        file = self.home / "values"
        file.write_text(json.dumps(values))
        return self.run_one(
            "cilium", "upgrade", "--version", "1.20.3", "--chart-directory", str(self.home),
            "--values", str(file), *words,
        )[1]  # fmt: skip

    def test_upgrade_keeps_former_values_unless_told_otherwise(self):
        east = {"cluster": {"name": "east", "id": 1}}
        self.assertEqual(self.install(**east), "")
        west = {"west": {"ips": ["192.0.2.1"], "port": 32379}}
        mesh = {
            "clustermesh": {"useAPIServer": True, "config": {"enabled": True, "clusters": west}}
        }
        self.assertEqual(self.upgrade(mesh), "")
        kept = Api.objects["/cilium"]["values"]
        self.assertEqual(
            (kept["cluster"], kept["clustermesh"]), (east["cluster"], mesh["clustermesh"])
        )
        self.assertIn("kubeProxyReplacement", self.upgrade(mesh, "--reset-values"))
        gone = {**kept, "clustermesh": {}}
        self.assertEqual(self.upgrade(gone, "--reset-values"), "")
        self.assertEqual(Api.objects["/cilium"]["values"], gone)
        self.assertEqual(Api.objects["/cilium"]["revision"], 3)

    def test_values_of_a_mesh_that_the_chart_refuses(self):
        def clusters(**west):
            config = {"enabled": True, "clusters": {"west": west}}
            return {"useAPIServer": True, "config": config}

        for values, words in (
            ({"cluster": {"name": "East", "id": 1}}, "cluster name is invalid"),
            ({"cluster": {"id": 1}}, "cannot use default value"),
            ({"cluster": {"name": "a", "id": 256}}, "maxConnectedClusters 255"),
            ({"clustermesh": clusters(port=1)}, "west has no address"),
            ({"clustermesh": clusters(ips=["192.0.2.1"], port=1, host="x")}, "unknown ['host']"),
            ({"tls": {"caBundle": {"enabled": True}}}, "caBundle.content"),
        ):
            self.assertIn(words, self.install(**values))
        self.assertNotIn("/cilium", Api.objects)

    def test_cilium_wants_key_and_definitions_before_it_is_installed(self):
        ipsec = {"encryption": {"enabled": True, "type": "ipsec"}}
        self.assertIn('secret "cilium-ipsec-keys" not found', self.install(**ipsec))
        self.apply(self.secret("3 rfc4106(gcm(aes)) 00 128"), "create")
        self.assertIn("not of the form", self.install(**ipsec))
        self.apply(self.secret("3+ rfc4106(gcm(aes)) " + "0" * 40 + " 128"))
        gateway = {**ipsec, "gatewayAPI": {"enabled": True}}
        self.assertIn("GatewayAPI", self.install(**gateway))
        self.apply_definitions()
        self.assertEqual(self.install(**gateway), "")

    def test_exactly_one_serves_services(self):
        self.assertIn("kube-proxy", self.install(kubeProxyReplacement="false"))
        Api.objects["/objects/DaemonSet/kube-system/kube-proxy"] = {}
        self.assertIn("kube-proxy", self.install())
        self.assertEqual(self.install(kubeProxyReplacement="false"), "")


if __name__ == "__main__":
    unittest.main()
