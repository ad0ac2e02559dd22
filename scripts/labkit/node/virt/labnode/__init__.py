"""Nova's servers as system containers. nova-compute finds the driver as `nova.virt.labnode.NodeDriver`."""


def __getattr__(name):
    # Late, so that the parts that know nothing of Nova can be tested where Nova is not installed.
    if name == "NodeDriver":
        from .driver import NodeDriver

        return NodeDriver
    raise AttributeError(name)
