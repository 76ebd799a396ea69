"""``fem-lumbar validate``: exit codes, the table, and a page that is whole."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from fem_lumbar.cli.main import main
from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.verification import suite
from fem_lumbar.verification.record import Chart, Field, Line, Outcome, Record
from tests.report_page.reading import check


def right() -> Outcome:
    """A right answer.

    Text with <angle> brackets.
    """
    x = np.linspace(1.0, 2.0, 5)
    chart = Chart("chart", "x", "y", (Line("line", x, x**2, points=True),), logarithmic=True)
    field = Field(
        "field",
        "p (MPa)",
        np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]),
        np.array([[0, 1, 2]]),
        np.array([1.0, 2.0, 3.0]),
    )
    return Outcome((Record("bar", "force", 1.001, 1.0, 0.01, "N", "by hand"),), (chart,), (field,))


def wrong() -> Outcome:
    """A wrong answer."""
    return Outcome((Record("bar", "force", 1.1, 1.0, 0.01, "N", "by hand"),))


def unsolved() -> Outcome:
    """No answer."""
    raise PhysicsError("no equilibrium at load 0.5")


def run(monkeypatch, folder, *topics, arguments=()):
    monkeypatch.setattr(suite, "TOPICS", topics)
    return main(["validate", "--verification", "--quiet", "--out", str(folder), *arguments])


def test_all_passed(monkeypatch, tmp_path, capsys):
    assert run(monkeypatch, tmp_path, right) == 0
    shown = capsys.readouterr().out
    assert "all 1 topics passed" in shown
    assert "1.001" in shown


@pytest.mark.parametrize(("topic", "told"), [(wrong, "1 of 2 topics failed"), (unsolved, "no equilibrium at load 0.5")])
def test_a_failure_is_exit_1_and_on_the_page(monkeypatch, tmp_path, capsys, topic, told):
    assert run(monkeypatch, tmp_path, right, topic) == 1
    assert told in capsys.readouterr().out
    page = (tmp_path / "verification.html").read_text(encoding="utf-8")
    assert "FAILED" in page
    assert "1 of 2 topics failed" in page


def test_the_page_is_self_contained(monkeypatch, tmp_path):
    run(monkeypatch, tmp_path, right)
    page = (tmp_path / "verification.html").read_text(encoding="utf-8")
    sources = re.findall(r'(?:src|href)="([^"]{0,40})', page)
    assert sources
    assert all(source.startswith(("data:image/svg+xml;base64,", "#")) for source in sources)
    check(page)
    assert page.count("<img") == 2
    assert "&lt;angle&gt;" in page
    assert page.rstrip().endswith("</html>")
    assert [path.name for path in tmp_path.iterdir()] == ["verification.html"]


def test_json(monkeypatch, tmp_path, capsys):
    run(monkeypatch, tmp_path, right, wrong, arguments=["--json"])
    topics = json.loads(capsys.readouterr().out)
    assert [topic["passed"] for topic in topics] == [True, False]
    assert topics[0]["records"][0]["unit"] == "N"


def test_options_of_experiments_are_refused(capsys):
    assert main(["validate", "--verification", "--density", "test", "--set", "a.b=1"]) == 2
    assert "--density, --set: not with --verification" in capsys.readouterr().err


def test_a_number_that_is_not_finite_never_passes():
    assert not Record("bar", "force", float("nan"), 1.0, 1.0, "N", "").passed
    assert not Outcome(()).passed
