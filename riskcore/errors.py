"""What riskcore raises when it cannot go on; the command line turns each into one line and an exit code."""


class InputError(ValueError):
    """The input is wrong (exit code 2). The message is one line: what, where, and what to do."""


class RunError(RuntimeError):
    """The input was right, yet the work could not be done (exit code 1), e.g. a full disk or a diverged loss."""
