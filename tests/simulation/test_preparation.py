"""What happens before the first load case: told, timed by phase, forecast."""

from __future__ import annotations

import time

import numba
import pytest

from fem_lumbar.meshing.cache import CACHE_VARIABLE
from fem_lumbar.simulation.expected_times import SHIPPED, expected_s, keep_time
from fem_lumbar.simulation.preparation import (
    COMPILATION,
    COMPILING,
    CONDENSATION,
    SETUP,
    Preparation,
    compilation_reported,
)
from fem_lumbar.solver.clock import Clock
from fem_lumbar.solver.events import StageEvent

CELLS = 19008


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))


def compile_something() -> None:
    """Compile a kernel that no cache holds."""

    @numba.njit
    def inner(x):
        return x * 2.0

    @numba.njit
    def _doubled(x):
        return inner(x) + 1.0

    assert _doubled(3.0) == 7.0


def test_seconds_of_nested_stages_add_up():
    told: list[StageEvent] = []
    prepared = Preparation(told.append, CELLS)
    started = time.perf_counter()
    with prepared(SETUP, "outer"):
        time.sleep(0.05)
        with prepared(CONDENSATION, "inner", 3.0):
            time.sleep(0.1)
            compile_something()
    elapsed = time.perf_counter() - started
    seconds = prepared.seconds()
    assert sum(seconds.values()) == pytest.approx(elapsed, abs=0.05)  # twice counted would be 0.1 more
    assert seconds[SETUP] >= 0.05
    assert seconds[CONDENSATION] >= 0.1
    assert seconds[COMPILATION] > 0.0 and prepared.has_compiled
    stages = [(event.text, event.spent_s is None) for event in told if event.phase != COMPILATION]
    assert stages == [("outer", True), ("inner", True), ("inner", False), ("outer", False)]
    assert next(event.expected_s for event in told if event.text == "inner") == 3.0


def test_kernels_are_told_by_name_and_number():
    told: list[StageEvent] = []
    with compilation_reported(told.append, 90.0):
        compile_something()
    begun = [event for event in told if event.spent_s is None]
    assert [event.text for event in told] == [COMPILING] * len(told)
    assert begun[0].detail == "number 1, doubled" and begun[0].expected_s == 90.0
    assert any(event.detail.endswith(", inner") for event in begun)
    assert told[-1].spent_s > 0.0


def test_nothing_is_told_where_nothing_is_compiled():
    told: list[StageEvent] = []
    with compilation_reported(told.append):
        time.sleep(0.01)
    assert told == []
    prepared = Preparation(told.append, CELLS)
    with prepared(SETUP, "quick"):
        pass
    assert not prepared.has_compiled and COMPILATION not in {event.phase for event in told}


def test_clock_of_a_solve_leaves_compilation_out():
    clock = Clock()
    with clock("assembly"):
        time.sleep(0.02)
        started = time.perf_counter()
        compile_something()
        compiling = time.perf_counter() - started
    assert 0.02 <= clock.seconds()["assembly"] < 0.02 + 0.5 * compiling


def test_forecast_is_what_it_took_here_else_what_is_shipped():
    shipped = expected_s(CONDENSATION, CELLS)
    assert SHIPPED.is_file() and shipped > 0.0
    assert expected_s(CONDENSATION, 2 * CELLS) == pytest.approx(2 * shipped)
    keep_time(CONDENSATION, 8.0, CELLS)
    assert expected_s(CONDENSATION, CELLS // 2) == pytest.approx(4.0)
    keep_time(COMPILATION, 77.0, None)
    assert expected_s(COMPILATION, 5 * CELLS) == 77.0
    assert expected_s("something else", CELLS) is None


@pytest.mark.parametrize("content", ["", "[]", '{"condensation": 3}', '{"condensation": {"seconds": "x"}}'])
def test_a_damaged_forecast_costs_nothing(tmp_path, content):
    (tmp_path / "expected_times.json").write_text(content)
    assert expected_s(CONDENSATION, CELLS) is None or expected_s(CONDENSATION, CELLS) > 0.0
    keep_time(CONDENSATION, 2.0, CELLS)
    assert expected_s(CONDENSATION, CELLS) == 2.0
