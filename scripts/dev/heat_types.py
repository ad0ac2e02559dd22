#!/usr/bin/env python3
"""Print the types of resources that Heat knows, one a line: type, properties, attributes.

Three columns between tabs. A property that must be given ends with `!`, one whose change has the
resource replaced with `*`, one that Heat hides with `-`. `?` stands for properties, or attributes,
of which nothing is known before the type runs. Run it with the Python of heat-engine.
"""

import logging
import warnings

from heat.engine import resource, resources, support
from oslo_config import cfg


def properties(kind):
    """Return the names of a type's properties, each with its marks."""
    names = []
    for name, schema in kind.properties_schema.items():
        # What Heat itself fills in is as good as given.
        required = "!" if schema.required and schema.default is None else ""
        replacing = "" if schema.update_allowed else "*"
        # Those are turned into the ones that took their place, and fill in for them.
        hidden = "-" if schema.support_status.status == support.HIDDEN else ""
        names.append(name + required + replacing + hidden)
    # A type that reads its definition its own way takes what it likes.
    if kind.reparse is not resource.Resource.reparse:
        names.append("?")
    return sorted(names)


def attributes(kind):
    """Return the names that `get_attr` may ask a type for."""
    names = {*kind.attributes_schema, *kind.base_attributes_schema}
    # Heat checks names only where it is not the type that answers (`GetAttThenSelect.validate`).
    if kind.get_attribute is not resource.Resource.get_attribute:
        names.add("?")
    return sorted(names)


def main():
    """Print the types."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    cfg.CONF([], project="heat", default_config_files=[])
    resources.initialise()
    environment = resources.global_env()
    for name in sorted(environment.registry._registry):
        # Other types are those of AWS, and groups of names that an operator maps.
        if name.startswith("OS::") and not name.endswith("*"):
            kind = environment.get_class(name)
            print(name, " ".join(properties(kind)), " ".join(attributes(kind)), sep="\t")


if __name__ == "__main__":
    main()
