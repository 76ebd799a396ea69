"""Errors shown to the user; each has an exit code of the command line."""


class FemLumbarError(Exception):
    """Base of all expected errors: the message is what the user reads, without a traceback."""

    exit_code = 1


class InputError(FemLumbarError):
    """The input is wrong: a scenario, an option, a file, or an anatomy that cannot be built."""

    exit_code = 2


class AnatomyError(InputError):
    """An anatomy that cannot be built or meshed; the message names the clash."""


class PhysicsError(FemLumbarError):
    """The physics failed: no convergence, or a check out of tolerance."""
