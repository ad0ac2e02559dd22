#!/usr/bin/env python3
"""Say of Heat templates whether Heat refuses them, without a cloud.

Reads JSON objects from stdin, one a line: {"name": ..., "template": text, "files": {name: text}}.
Prints for each {"name": ..., "refused": null or why}. This is what heat-engine does before it makes
anything (`heat.engine.stack.Stack.validate`), but for what only a cloud can tell: whether flavors,
images and networks exist. What functions come to is not known before the stack is made, and passes.
Run it with the Python of heat-engine.
"""

import json
import logging
import sys
import warnings

from heat.common import context, template_format
from heat.engine import (
    constraints,
    environment,
    function,
    properties,
    resource,
    resources,
    stack,
    template,
)
from heat.engine.hot import functions
from oslo_config import cfg


class Unknown:
    """Stands for what a function comes to."""


UNKNOWN = Unknown()
# Functions that need the stack, or what it was given.
OPEN = (
    functions.GetParam,
    functions.GetResource,
    functions.GetAttThenSelect,
    functions.ResourceFacade,
    functions.Yaql,
    function.Macro,
)


def is_known(snippet):
    """Tell whether nothing is left open in what a function is given."""
    if isinstance(snippet, dict):
        return all(map(is_known, snippet.values()))
    if isinstance(snippet, list):
        return all(map(is_known, snippet))
    return snippet is not UNKNOWN


def resolve(snippet, nullable=False):
    """Return a snippet whose functions are called, where what they come to stands in it."""
    if isinstance(snippet, function.Function):
        given = resolve(snippet.args)
        if isinstance(snippet, functions.GetParam) and isinstance(given, dict):
            raise TypeError("Argument to get_param must be string or list")
        if isinstance(snippet, OPEN) or not is_known(given):
            return UNKNOWN
        snippet.result()
        return UNKNOWN
    if isinstance(snippet, dict):
        return {key: resolve(value) for key, value in snippet.items()}
    if isinstance(snippet, list):
        return [resolve(value) for value in snippet]
    return snippet


def without_cloud():
    """Have Heat judge without asking anybody."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    cfg.CONF([], project="heat", default_config_files=[])
    resources.initialise()
    resource.Resource.is_service_available = classmethod(lambda _kind, _context: (True, None))
    resource.Resource.translation_rules = lambda _self, _properties: []
    constraints.CustomConstraint.validate = lambda *_args, **_words: None
    start = properties.Properties.__init__

    def init(self, schema, data, resolver=None, **words):
        # Properties alone: conditions are decided by what parameters have as their defaults.
        if resolver is not None:
            words["resolver"] = resolve if resolver is function.resolve else resolver
        start(self, schema, data, **words)

    properties.Properties.__init__ = init
    known = properties.Property.get_value

    def get_value(self, value, validate=False, translation=None):
        if value is UNKNOWN:
            return value
        return known(self, value, validate, translation)

    properties.Property.get_value = get_value


def judge(case):
    """Return why Heat refuses a template, or nothing."""
    try:
        parsed = template_format.parse(case["template"])
        it = template.Template(parsed, files=case.get("files", {}), env=environment.Environment())
        who = context.RequestContext(project_id="project", user_id="user")
        one = stack.Stack(who, "stack", it, strict_validate=True)
        one.strict_validate = True
        # The values of parameters come with the request; their defaults are there.
        for parameter in one.parameters.params.values():
            parameter.validate(validate_value=parameter.has_value())
        one.parameters.validate = lambda *_args, **_words: None
        one.validate(validate_res_tmpl_only=True)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def main():
    """Judge what stands on stdin."""
    without_cloud()
    for line in sys.stdin:
        case = json.loads(line)
        print(json.dumps({"name": case["name"], "refused": judge(case)}), flush=True)


if __name__ == "__main__":
    main()
