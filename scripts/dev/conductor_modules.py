#!/usr/bin/env python3
"""Print the modules that a script finds in Tacker's conductor, one a line.

They are those of Python itself and of what Tacker needs, with what that needs in turn: a machine
may have others, and a package must not count on them. Run it with a Python that has Tacker.
"""

import re
import sys
from importlib import metadata

NAME = re.compile(r"[A-Za-z0-9._-]+")


def normal(name):
    """Return a distribution's name as all spell it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def needed(first):
    """Return the distributions that one needs, itself among them."""
    found, open_ = set(), [first]
    while open_:
        name = normal(open_.pop())
        if name in found:
            continue
        try:
            requires = metadata.distribution(name).requires or []
        except metadata.PackageNotFoundError:
            # What only other platforms or releases of Python need.
            continue
        found.add(name)
        # What follows `extra ==` is wanted by those who ask for it.
        wanted = [one for one in requires if "extra ==" not in one]
        open_.extend(NAME.match(one).group() for one in wanted)
    return found


def main():
    """Print the names."""
    distributions = needed("tacker")
    modules = {
        module
        for module, owners in metadata.packages_distributions().items()
        if distributions & {normal(owner) for owner in owners}
    }
    names = {one for one in modules | sys.stdlib_module_names if one.isidentifier()}
    print("\n".join(sorted(names)))


if __name__ == "__main__":
    main()
