"""The page of a comparison: answer, charts with the numbers and errors of the comparison, both runs in space."""

import json
import re
import shutil

import numpy as np
import pytest

from fem_lumbar.cli.main import main
from fem_lumbar.comparison.difference_bars import DifferenceBars
from fem_lumbar.comparison.differences import RESOLVED_AT
from fem_lumbar.documents.comparison_text import claim, compare_runs
from fem_lumbar.report_page.comparison_page import comparison_page
from fem_lumbar.runs.run import load_run
from fem_lumbar.web_page.page import LARGEST_MB, page_text
from tests.report_page.browser import CHROMIUM, show
from tests.report_page.reading import charts_of, check, own, trace
from tests.synthetic_bars import bars_of_cases
from tests.synthetic_run import synthetic_entry, write_run

CASES = ("flexion", "axial_rotation_left")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Two runs on one mesh: with an ossified MAL the left facet of L4-L5 carries 6 N instead of 5 N in flexion."""
    place = tmp_path_factory.mktemp("runs")
    write_run(place, "before", {case: synthetic_entry(case) for case in CASES}, description="with <b>fibrous</b> MAL")
    entries = {case: synthetic_entry(case) for case in CASES}
    entries["flexion"]["facet_force_N"]["L4-L5"]["left"] = 6.0
    write_run(place, "after", entries, mal__L5__left__state="type_III")
    return place


@pytest.fixture
def known(monkeypatch):
    """Discretisation errors of all values are known and small; of differences none are stored."""
    monkeypatch.setattr("fem_lumbar.documents.comparison_text.stored_bars", lambda: bars_of_cases(CASES))
    monkeypatch.setattr("fem_lumbar.documents.comparison_text.stored_differences", DifferenceBars)


def compared(place):
    runs = [load_run(place / name) for name in ("before", "after")]
    return runs, compare_runs(*runs)


def test_page_says_what_was_asked_what_came_out_and_on_what_it_stands(place, known):
    runs, found = compared(place)
    text = page_text(comparison_page(runs, [found]))
    check(text)
    assert len(text.encode()) < LARGEST_MB * 1e6
    mine = own(text)
    parts = ("asked", "figures", "in-space", "results", "methods", "assumptions")
    order = [mine.index(f'id="{name}"') for name in parts]
    assert order == sorted(order)
    assert "with &lt;b&gt;fibrous&lt;/b&gt; MAL" in mine
    assert "<td>mal.L5.left.state</td><td>fibrous</td><td>type_III</td>" in mine
    answered = mine[mine.index("The answer") : mine.index('id="figures"')]
    assert claim(found)[:60] in answered
    for told in ("Discretisation error of the differences", "Solution", "What this does not establish"):
        assert told in mine
    folded = mine[mine.index('id="results"') : mine.index('id="methods"')]
    assert folded.count('class="as-seen"') == len(runs[0].summary["load_cases"])  # unlike the answers, not on paper
    head = json.loads(re.search(r'id="scene-head">(.*?)</script>', text, re.DOTALL).group(1))
    assert [run["name"] for run in head["runs"]] == ["before", "after"]
    assert len(head["bodies"]) == 1  # so that the difference can be shown


def test_charts_hold_the_differences_and_their_errors(place, known):
    runs, found = compared(place)
    charts = charts_of(page_text(comparison_page(runs, [found])))
    bars = trace(charts["facets"], "L4-L5 left")
    at = dict(zip(bars["x"], range(len(CASES)), strict=True))["flexion"]
    path = ("facet_force_N", "L4-L5", "left")
    (item,) = [one for one in found.differences if (one.case, one.path) == ("flexion", path)]
    assert bars["y"][at] == pytest.approx(1.0)
    assert bars["error_y"]["array"][at] == pytest.approx(RESOLVED_AT * item.error, rel=1e-3)
    assert item.resolved and bars["marker"]["opacity"][at] == 1.0
    assert bars["y"][1 - at] == 0.0 and bars["marker"]["opacity"][1 - at] < 1.0  # equal: not resolved
    assert [one["name"] for one in charts["facets"]["data"]] == ["L4-L5 left"]  # the others do not change at all
    sides = trace(charts["left_minus_right"], "L4-L5")
    assert dict(zip(sides["x"], sides["y"], strict=True))["flexion"] == pytest.approx(1.0)
    sizes = trace(charts["effects"], "after")
    seen = [text.startswith("facet force L4-L5 left, flexion") for text in sizes["text"]].index(True)
    assert sizes["x"][seen] == pytest.approx(20.0)
    assert sizes["marker"]["symbol"][seen] == "triangle-right"
    assert {"L4-L5, before", "L4-L5, after"} <= {one["name"] for one in charts["moment_rotation_flexion"]["data"]}


def test_an_error_that_is_not_known_is_no_error_of_zero(place):
    runs, found = compared(place)
    charts = charts_of(page_text(comparison_page(runs, [found])))
    bars = trace(charts["facets"], "L4-L5 left")
    at = bars["x"].index("flexion")
    assert bars["marker"]["opacity"][at] < 1.0
    assert "mesh error not known" in bars["text"][at]


def test_several_runs_have_a_colour_each(place, known, tmp_path):
    runs, found = compared(place)
    third = load_run(write_run(tmp_path, "third", {case: synthetic_entry(case) for case in CASES}))
    text = page_text(comparison_page([*runs, third], [found, compare_runs(runs[0], third)]))
    check(text)
    charts = charts_of(text)
    assert {one["name"] for one in charts["facets"]["data"]} >= {"after: L4-L5 left", "third: L4-L5 left"}
    colours = {one["name"].split(":")[0]: one["marker"]["color"] for one in charts["facets"]["data"]}
    assert colours["after"] != colours["third"]
    assert "Not shown: third" in own(text)


def test_compare_writes_the_page_and_report_writes_it_again(place, tmp_path, capsys, monkeypatch):
    for name in ("before", "after"):
        shutil.copytree(place / name, tmp_path / "results" / name)
    monkeypatch.chdir(tmp_path)
    assert main(["compare", "results/before", "results/after"]) == 0
    page = tmp_path / "results/comparisons/after_against_before/comparison.html"
    first = page.read_text(encoding="utf-8")
    assert "comparison.html" in capsys.readouterr().out and str(tmp_path) not in first
    page.unlink()
    shutil.move("results", "moved")
    assert main(["report", "moved/comparisons/after_against_before"]) == 0
    again = tmp_path / "moved/comparisons/after_against_before/comparison.html"
    assert again.read_text(encoding="utf-8") == first
    data = again.with_name("comparison.json")
    stored = json.loads(data.read_text(encoding="utf-8"))
    data.write_text(json.dumps(stored | {"measured_at": ["test", "coarse"]}), encoding="utf-8")
    capsys.readouterr()
    assert main(["report", str(again.parent)]) == 2
    assert "--with-mesh-error" in capsys.readouterr().err
    data.write_text("[1]", encoding="utf-8")
    assert main(["report", str(again.parent)]) == 2
    assert "is not what compare writes" in capsys.readouterr().err


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here to open the page in")
def test_browser_draws_the_charts_and_the_difference_in_space(place, known, tmp_path):
    runs, found = compared(place)
    text = page_text(comparison_page(runs, [found]))
    page = tmp_path / "page.html"
    hidden = "header, section:not(#figures, #in-space), figure:not(:has(#chart-facets)) { display: none }</style>"
    page.write_text(text.replace("</style>", hidden, 1), encoding="utf-8")
    shown = show(page, "run=both&field=displacement", tmp_path)
    assert shown.console == []
    assert shown.has_hue(-0.3) > 0.01  # displacement of both runs
    left = np.abs(shown.pixels[:420] - np.array([0.0, 0.62, 0.45])).max(axis=2) < 0.03  # the colour of the left side
    assert left.mean() > 0.005
