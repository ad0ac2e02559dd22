"""Prints the container images that Cilium's chart runs with a package's values, one a line.

usage: cilium_images.py VALUES CLUSTER
VALUES is values.yaml of the chart, CLUSTER the package's cluster.json. A chart is rendered by Helm
alone, which asks a living cluster; so this knows which value turns which of its images on, and ends
with status 1 when the chart names none for a part that is on.
"""

import json
import sys

try:
    import yaml
except ImportError:
    sys.exit("python3-yaml is missing; images with cloud-init have it")


def merged(base, over):
    """Helm's way: maps are merged, everything else is replaced."""
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    return {**base, **{key: merged(base.get(key), value) for key, value in over.items()}}


def at(values, path):
    """The value at a dotted path, or None."""
    for key in path.split("."):
        values = values.get(key) if isinstance(values, dict) else None
    return values


def running(values):
    """Paths of the images that pods of the chart run with these values."""

    def on(*paths):
        return all(at(values, path) for path in paths)

    def jobs(tls):
        return on(f"{tls}.auto.enabled") and at(values, f"{tls}.auto.method") == "cronJob"

    hubble, mesh = on("hubble.enabled"), on("clustermesh.useAPIServer")
    envoy = on("l7Proxy") and at(values, "envoy.enabled") is not False
    spire = "authentication.mutual.spire"
    install = f"{spire}.install"
    mutual = on("authentication.enabled", f"{spire}.enabled", f"{install}.enabled")
    certificates = (hubble and on("hubble.tls.enabled") and jobs("hubble.tls")) or (
        mesh and jobs("clustermesh.apiserver.tls")
    )
    parts = {
        "image": True,
        "operator.image": True,
        "envoy.image": envoy,
        "certgen.image": certificates,
        "hubble.relay.image": hubble and on("hubble.relay.enabled"),
        "hubble.ui.backend.image": hubble and on("hubble.ui.enabled"),
        "hubble.ui.frontend.image": hubble and on("hubble.ui.enabled"),
        "clustermesh.apiserver.image": mesh,
        f"{install}.initImage": mutual,
        f"{install}.agent.image": mutual,
        f"{install}.server.image": mutual,
        "nodeinit.image": on("nodeinit.enabled"),
        "standaloneDnsProxy.image": on("standaloneDnsProxy.enabled"),
    }
    return [path for path, runs in parts.items() if runs]


def name(values, path):
    """The image's whole name, as the chart's pods have it."""
    image = at(values, path)
    if not isinstance(image, dict):
        sys.exit(f"the chart has no {path}, though it is turned on")
    if image.get("pullPolicy") == "Always":
        sys.exit(f"{path}.pullPolicy is Always: nodes would ask the registry at each start")
    if image.get("override"):
        return image["override"]
    repository, digest = image["repository"], "digest"
    if path == "operator.image":  # one for each cloud; the generic one is for all others
        repository, digest = f"{repository}-generic{image.get('suffix') or ''}", "genericDigest"
    pin = f"@{image[digest]}" if image.get("useDigest") else ""
    return f"{repository}:{image['tag']}{pin}"


def main():
    """Process entry."""
    chart, cluster = sys.argv[1:3]
    with open(chart, encoding="utf-8") as source:
        values = yaml.safe_load(source)
    with open(cluster, encoding="utf-8") as source:
        own = json.load(source)["cilium"].get("values") or {}
    values = merged(values, own)
    print("\n".join(sorted({name(values, path) for path in running(values)})))


if __name__ == "__main__":
    main()
