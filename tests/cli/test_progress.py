"""What is shown while a run goes on."""

from __future__ import annotations

import io
import math
import sys

import pytest
from rich.cells import cell_len

from fem_lumbar.cli import progress as shown_by
from fem_lumbar.cli.live import live_lines, shortened, shortened_name
from fem_lumbar.cli.progress import Lines, Live, Quiet, progress
from fem_lumbar.cli.tally import Tally
from fem_lumbar.solver.events import BalanceEvent, CaseEvent, StageEvent, StepEvent, labelled

LONG = "nucleus.c10_MPa=0.1,annulus.c10_MPa=0.05,L5.left.state=type_III-0123abcd"


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    def isatty(self):
        return True


EVENTS = [
    "reading the mesh",
    StepEvent("flexion", 1, 1, 0.25, 1e-3, "iteration"),
    StepEvent("flexion", 1, 4, 0.25, 1e-11, "accepted"),
    StepEvent("flexion", 1, 0, 0.75, math.nan, "step cut back: the residual stalls"),
    StepEvent("flexion", 2, 5, 1.0, 2e-11, "accepted"),
]
MODES = StageEvent("", "condensation", "deformation modes of L4 (2 of 3)", expected_s=40.0)
BALANCE = BalanceEvent("upright", 0.4, 2, 10, 0.1302, "L4-L5", "axial_rotation")


@pytest.fixture
def now(monkeypatch):
    """The clock of the display; ``now[0] += 5`` lets five seconds pass."""
    seconds = [100.0]
    monkeypatch.setattr("fem_lumbar.cli.tally.time.monotonic", lambda: seconds[0])
    return seconds


def open_terminal(monkeypatch, width: int = 120) -> Terminal:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(width))
    return terminal


def lines(capsys) -> list[str]:
    return [line.split("] ", 1)[1] for line in capsys.readouterr().err.splitlines()]


def tally(*events, expected: int = 0) -> Tally:
    found = Tally(expected)
    for event in events:
        found.take(event)
    return found


def test_choice(monkeypatch):
    open_terminal(monkeypatch)
    assert type(progress(quiet=True)) is Quiet
    assert type(progress(quiet=False)) is Live
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert type(progress(quiet=False)) is Lines


def test_lines_tell_stages_and_decisions(capsys):
    with Lines() as show:
        for event in EVENTS:
            show(event)
    assert lines(capsys) == [
        "reading the mesh",
        "flexion: load 0.250, step 1, iteration 4, residual 1.0e-11",
        "flexion: load 0.750: step cut back: the residual stalls",
        "flexion: load 1.000, step 2, iteration 5, residual 2.0e-11",
    ]


def test_lines_tell_corrections_of_muscles(capsys):
    with Lines() as show:
        show(BALANCE)
    assert lines(capsys) == [
        "upright: load 0.400: muscle balance, correction 2 of at most 10: 0.13 N·m left (L4-L5 axial rotation)"
    ]


def test_lines_tell_how_long_a_stage_should_take_where_it_is_and_what_it_took(capsys, now):
    compiling = StageEvent("", "compilation", "compiling kernels", "number 1, a", expected_s=150.0)
    with Lines() as show:
        show(compiling)
        now[0] += shown_by.EVERY_S - 1
        show(StageEvent("", "compilation", "compiling kernels", "number 7, b", expected_s=150.0))
        now[0] += 2
        show(StageEvent("", "compilation", "compiling kernels", "number 9, c", expected_s=150.0))
        show(StageEvent("", "compilation", "compiling kernels", spent_s=61.2))
        show(MODES)
        show(MODES)  # the same in another process
        show(StageEvent("", "condensation", MODES.text, spent_s=12.0))
        show(StageEvent("", "condensation", MODES.text, spent_s=12.5))
    assert lines(capsys) == [
        "compiling kernels: about 2:30 min",
        "compiling kernels: number 9, c",
        "compiling kernels: took 1:01 min",
        "deformation modes of L4 (2 of 3): about 40 s",
        "deformation modes of L4 (2 of 3): took 12 s",
    ]


def test_lines_count_load_cases_and_tell_the_time_left(capsys, now):
    with Lines() as show:
        for case in ("flexion", "extension", "standing"):
            show(CaseEvent(case, "waiting", expected_s=1000.0))
        show(StepEvent("flexion", 1, 1, 0.25, 1e-3, "iteration"))
        now[0] += 30
        show(CaseEvent("flexion", "converged", 30.0))
        show(CaseEvent("extension", "failed", 10.0, reason="no equilibrium"))
    assert lines(capsys) == [
        "flexion: converged after 30 s (1 of 3 load cases, 30 s, about 1:00 min left)",
        "extension: failed after 10 s: no equilibrium (2 of 3 load cases, 30 s, about 20 s left)",
    ]


def test_time_left_shares_load_cases_among_those_at_work(now):
    found = tally(CaseEvent("a", "waiting", expected_s=60.0), expected=6)
    assert found.left_s() == pytest.approx(6 * 60.0)
    for case in "ab":
        found.take(StepEvent(case, 1, 1, 0.1, 1.0, "iteration"))
    now[0] += 20
    assert found.left_s() == pytest.approx((4 * 60.0 + 2 * 40.0) / 2)
    found.take(MODES)
    assert found.left_s() == pytest.approx((4 * 60.0 + 2 * 40.0) / 2 + 40.0)


def test_balance_is_told_between_its_corrections(now):
    found = tally(StepEvent("upright", 0, 9, 0.0, 1e-3, "iteration"), BALANCE)
    (_, told) = live_lines(found, 200)
    assert "40% of load  balancing muscles, correction 2 of at most 10: 0.13 N·m left (L4-L5 axial rotation)" in told
    found.take(StepEvent("upright", 0, 3, 0.4, 1e-3, "iteration"))
    assert "iteration 3, balancing muscles, correction 2" in live_lines(found, 200)[1]
    found.take(StepEvent("upright", 1, 3, 0.1, 1e-3, "accepted"))
    assert "10% of load  step 1, iteration 3, residual 1.0e-03" in live_lines(found, 200)[1]


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_moving_lines_fit_and_say_the_essential(width, now):
    found = tally(
        CaseEvent(f"{LONG}: axial_rotation_left", "waiting", expected_s=100.0),
        CaseEvent("flexion", "converged", 30.0),
        StageEvent("", "compilation", "compiling kernels for this processor, once", "number 12, contact_pairs", 90.0),
        StepEvent(f"{LONG}: axial_rotation_left", 3, 4, 0.45, 1.2e-3, "iteration"),
        expected=8,
    )
    now[0] += 12
    shown = live_lines(found, width)
    assert all(cell_len(line) <= width for line in shown)
    *count, stage, case = shown
    assert " ".join(count) == "1 of 8 load cases, 12 s, about 4:36 min left"
    assert stage.endswith(": 12 s of about 1:30 min")
    assert ": axial_rotation_left " in case
    assert (" 45% of load " if width >= 60 else " 45% ") in case and case.endswith("  12 s")
    bar = sum(case.count(mark) for mark in "━─")
    assert bar == 0 or bar >= 8


def test_what_is_left_out_is_in_the_middle():
    assert shortened("modulus_MPa=20-0123abcd: flexion", 15) == "modulus…flexion"
    assert shortened("flexion", 7) == "flexion"
    assert shortened_name("modulus_MPa=20-0123abcd: flexion", 20) == "modul…3abcd: flexion"


def test_live_display_prints_what_has_ended_and_moves_the_rest(monkeypatch):
    terminal = open_terminal(monkeypatch)
    with Live() as show:
        for event in EVENTS:
            show(event)
        show._live.refresh()
        assert "100% of load" in terminal.getvalue() and "step 2, iteration 5" in terminal.getvalue()
        show(CaseEvent("flexion", "converged", 61.0))
        assert "flexion" not in "\n".join(live_lines(show._tally, 120))
    shown = terminal.getvalue()
    for part in ("reading the mesh", "residual stalls", "flexion: converged after 1:01 min"):
        assert part in shown


def test_forty_ended_cases_are_no_moving_lines():
    found = tally(*(CaseEvent(f"point {i}: flexion", "converged", 3.0) for i in range(40)))
    assert len(live_lines(found, 80)) == 1


def test_events_of_one_run_among_several_carry_its_name():
    assert labelled("a", "text") == "a: text"
    assert labelled("a", MODES).case == "a"
    assert labelled("a", BALANCE).case == "a: upright"
