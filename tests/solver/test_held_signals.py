"""Ctrl-C while kernels are compiled: it is neither lost nor turned into another error."""

import signal

import pytest

from fem_lumbar.solver.held_signals import HeldSignals


def test_ctrl_c_waits_until_it_is_released():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        held, passed = HeldSignals(), []
        held.hold()
        signal.raise_signal(signal.SIGINT)
        passed.append("went on")
        with pytest.raises(KeyboardInterrupt):
            held.release()
        assert passed and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_what_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        held = HeldSignals()
        held.hold()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        held.release()
    finally:
        signal.signal(signal.SIGINT, before)


def test_without_a_signal_nothing_happens():
    held, before = HeldSignals(), signal.getsignal(signal.SIGINT)
    held.hold()
    held.release()
    assert signal.getsignal(signal.SIGINT) is before
