#!/usr/bin/env python3
"""Tell whether the parser that Tacker 16 installs accepts packages.

Usage: tosca_accepts.py PACKAGE.zip...
With tacker importable, its own loader (what onboarding runs) reads each package too.
Exit code 1 names the packages that are refused and why.
"""

import sys
import uuid

from toscaparser.tosca_template import ToscaTemplate

try:
    from tacker import context
    from tacker.common import csar_utils
except ImportError:
    csar_utils = None


def check(path):
    ToscaTemplate(path, None, True)
    if csar_utils is None:
        return "tosca-parser"
    vnf, flavours, _artifacts = csar_utils.load_csar_data(
        context.get_admin_context(), str(uuid.uuid4()), path
    )
    missing = [
        key
        for key in ("descriptor_id", "provider", "product_name", "software_version")
        if not vnf.get(key)
    ]
    if missing or not flavours:
        raise ValueError(f"{path}: no flavours, or the VNFD lacks {missing}")
    names = ", ".join(flavour["flavour_id"] for flavour in flavours)
    return f"tosca-parser and tacker, flavours {names}"


def main():
    refused = False
    for path in sys.argv[1:]:
        try:
            print(f"{path}: accepted by {check(path)}")
        except Exception as error:  # Whatever it raises, onboarding would fail.
            refused = True
            print(f"{path}: refused: {type(error).__name__}: {error}", file=sys.stderr)
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
