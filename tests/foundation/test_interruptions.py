"""Ctrl-C inside compiled code stays an interruption; other errors stay what they are."""

import pytest

from fem_lumbar.foundation.interruptions import interruptions_as_such


def test_interruption_handed_on_by_a_library():
    with pytest.raises(KeyboardInterrupt), interruptions_as_such():
        raise SystemError("returned a result with an exception set") from KeyboardInterrupt()


def test_an_interruption_is_one_however_often_it_was_wrapped():
    inner = SystemError("<function _numba_unpickle> returned a result with an exception set")
    inner.__cause__ = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt), interruptions_as_such():
        raise SystemError("CPUDispatcher(...) returned a result with an exception set") from inner


def test_other_errors_pass():
    with pytest.raises(SystemError, match="something else"), interruptions_as_such():
        raise SystemError("something else")
