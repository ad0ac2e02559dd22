#!/usr/bin/env python3
"""Print the types of resources that Heat knows, with what their properties may hold.

A line with the type's name; below it, indented by one space, a line with what `get_attr` may ask
it for, which begins with `=`; and a line for each property:

    NAME[MARKS] KIND [BOUNDS]

Marks: a property that must be given has `!`, one whose change has the resource replaced `*`, one
that Heat hides `-`. Kinds: String, Integer, Number, Boolean, List, Map, Any. Bounds: `in=` with the
values between `|`, `range=`, `length=` and `step=` with two numbers between `..`, and, last,
`pattern=`. What a list's items and a map's keys may hold stands below it, one space further in; the
item of a list is called `.`. `?` stands for properties, or attributes, of which nothing is known
before the type runs. Run it with the Python of heat-engine.
"""

import logging
import warnings

from heat.engine import constraints, resource, resources, support
from oslo_config import cfg

# Deeper is nothing but types that hold themselves.
DEEPEST = 6


def marks(schema, is_top):
    """Return what is to be known of a property beside its kind."""
    # What Heat itself fills in is as good as given.
    required = "!" if schema.required and schema.default is None else ""
    replacing = "*" if is_top and not schema.update_allowed else ""
    # Those are turned into the ones that took their place, and fill in for them.
    hidden = "-" if schema.support_status.status == support.HIDDEN else ""
    return required + replacing + hidden


def span(low, high):
    """Return two bounds, either of which may be missing."""
    return "..".join("" if bound is None else str(bound) for bound in (low, high))


def bounds(schema):
    """Return what a value must fulfil; what only a cloud can tell is left out."""
    words, last = [], []
    for one in schema.constraints:
        if isinstance(one, constraints.AllowedValues):
            words.append("in=" + "|".join(str(value) for value in one.allowed))
        elif isinstance(one, constraints.Length):
            words.append("length=" + span(one.min, one.max))
        elif isinstance(one, constraints.Range):
            words.append("range=" + span(one.min, one.max))
        elif isinstance(one, constraints.Modulo):
            words.append("step=" + span(one.step, one.offset))
        elif isinstance(one, constraints.AllowedPattern):
            last.append("pattern=" + one.pattern)
    return sorted(words) + last


def put(name, schema, depth):
    """Print a property and what it holds."""
    words = [name + marks(schema, depth == 1), schema.type, *bounds(schema)]
    print(" " * depth + " ".join(words))
    if schema.schema is None or depth > DEEPEST:
        return
    if schema.type == schema.LIST:
        put(".", schema.schema["*"], depth + 1)
        return
    for key, value in sorted(schema.schema.items()):
        put(key, value, depth + 1)


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
        if not name.startswith("OS::") or name.endswith("*"):
            continue
        kind = environment.get_class(name)
        print(name)
        print(" =" + " ".join(attributes(kind)))
        for key, value in sorted(kind.properties_schema.items()):
            put(key, value, 1)
        # A type that reads its definition its own way takes what it likes.
        if kind.reparse is not resource.Resource.reparse:
            print(" ? Any")


if __name__ == "__main__":
    main()
