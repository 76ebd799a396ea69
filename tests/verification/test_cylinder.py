"""Benchmark cylinder: the displacement form reproduces three codes, the mixed form lies where the truth must."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("cylinder", Path(__file__).parent / "cylinder.py")
cylinder = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(cylinder)


def test_displacement_form_agrees_with_three_codes():
    """FEBio 4, CalculiX 2.20 and FElupe 11.3 give these digits."""
    compressed, sheared, moment = cylinder.reactions(mixed=False)
    assert compressed[2] == pytest.approx(-826.58825, rel=2e-8)
    assert sheared[0] == pytest.approx(54.832737, rel=2e-8)
    assert sheared[2] == pytest.approx(-825.86538, rel=2e-8)
    assert moment[1] == pytest.approx(-1529.2474, rel=1e-7)


def test_mixed_form_lies_between_displacement_and_three_field_answers():
    compressed, _, _ = cylinder.reactions(mixed=True)
    assert -826.58825 < compressed[2] < -537.46292


def test_scipy_solver_gives_the_same_answer():
    compressed, _, _ = cylinder.reactions(mixed=False, solver="scipy")
    assert compressed[2] == pytest.approx(-826.58825, rel=2e-8)
