"""Failures as the operator reads them in the operation's error detail."""


class Fault(Exception):
    """One failure: phase, where (node or resource), cause, what to do, and the end of the log."""

    def __init__(self, phase, where, cause, hint, log=""):
        super().__init__(phase, where, cause)
        self.phase = phase
        self.where = where
        self.cause = cause
        self.hint = hint
        self.log = log

    def __str__(self):
        text = f"{self.phase} of {self.where} failed: {self.cause}"
        if self.hint:
            text += f"; {self.hint}"
        if self.log:
            text += f"\n--- last lines of {self.where}'s log\n{self.log}"
        return text


def combine(faults):
    """One fault for several nodes: the first in full, the others named with their causes."""
    if len(faults) == 1:
        return faults[0]
    first = faults[0]
    others = "; ".join(f"{fault.where}: {fault.phase}: {fault.cause}" for fault in faults[1:])
    return Fault(
        first.phase,
        first.where,
        f"{first.cause} (and {len(faults) - 1} more: {others})",
        first.hint,
        first.log,
    )
