"""What is shown while a run goes on."""

from __future__ import annotations

import io
import math
import sys

from fem_lumbar.cli.progress import MOST_BARS, Bars, Lines, Quiet, progress
from fem_lumbar.solver.events import StepEvent


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    def isatty(self):
        return True


EVENTS = [
    "reading the mesh",
    StepEvent("flexion", 1, 1, 0.25, 1e-3, "iteration"),
    StepEvent("flexion", 1, 4, 0.25, 1e-11, "accepted"),
    StepEvent("flexion", 1, 0, 0.75, math.nan, "cut back: the residual stalls"),
    StepEvent("flexion", 2, 5, 1.0, 2e-11, "accepted"),
]


def open_terminal(monkeypatch) -> Terminal:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    return terminal


def test_choice(monkeypatch):
    open_terminal(monkeypatch)
    assert type(progress(quiet=True)) is Quiet
    assert type(progress(quiet=False)) is Bars
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert type(progress(quiet=False)) is Lines


def test_lines_tell_stages_and_decisions(capsys):
    with Lines() as show:
        for event in EVENTS:
            show(event)
    lines = [line.split("] ")[1] for line in capsys.readouterr().err.splitlines()]
    assert lines == [
        "reading the mesh",
        "flexion: load 0.250, step 1, iteration 4, residual 1.0e-11",
        "flexion: load 0.750: cut back: the residual stalls",
        "flexion: load 1.000, step 2, iteration 5, residual 2.0e-11",
    ]


def test_bars_show_load_step_and_residual(monkeypatch):
    terminal = open_terminal(monkeypatch)
    with Bars() as show:
        for event in EVENTS:
            show(event)
    shown = terminal.getvalue()
    for part in ("reading the mesh", "flexion", "100 %", "step 2, iteration 5, residual 2.0e-11", "residual stalls"):
        assert part in shown


def test_bars_make_room_for_new_ones(monkeypatch):
    open_terminal(monkeypatch)
    with Bars() as show:
        for i in range(40):
            show(StepEvent(f"point {i}", 1, 4, 1.0, 1e-11, "accepted"))
        assert len(show._bars.tasks) == MOST_BARS
