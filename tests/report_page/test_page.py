"""The page of a run: everything in one file, valid charts, values that survive packing, one clear screen otherwise."""

from __future__ import annotations

import json
import re
import shutil
import urllib.error
import urllib.request
from dataclasses import replace
from threading import Thread

import numpy as np
import plotly.graph_objects
import pytest
from scipy.spatial.transform import Rotation

from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.cli.main import main
from fem_lumbar.documents.rotation_centre import rotation_centre
from fem_lumbar.documents.tables import Table
from fem_lumbar.experiments.validation.protocols import protocol_scenario
from fem_lumbar.report_page.centre_chart import rotation_centres
from fem_lumbar.report_page.charts import charts
from fem_lumbar.report_page.published import published_bands
from fem_lumbar.report_page.run_page import run_page
from fem_lumbar.runs.run import load_run
from fem_lumbar.web_page import page
from fem_lumbar.web_page.chart import Chart, layout
from fem_lumbar.web_page.drawn_body import DrawnBody
from fem_lumbar.web_page.packing import MISSING, Packed
from fem_lumbar.web_page.page import LARGEST_MB, Page, page_text
from fem_lumbar.web_page.scene import LEVELS_SHOWN, Kept
from fem_lumbar.web_page.serve import PageServer
from tests.report_page.browser import CHROMIUM, show
from tests.report_page.reading import check
from tests.synthetic_run import store_unloaded, synthetic_entry, write_run

CASES = ("flexion", "axial_rotation_left", "compression")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run with structures and loads of the protocols of experiments at 7.5 N·m."""
    protocol = protocol_scenario("intact_7.5Nm").resolved()
    changes = {key: protocol[key] for key in ("segment", "structures", "anatomy", "load_cases")}
    entries = {case: synthetic_entry(case) for case in CASES}
    return write_run(
        tmp_path_factory.mktemp("runs"), entries=entries, description="bends & turns <b>both</b>", **changes
    )


@pytest.fixture(scope="module")
def text(folder):
    return page_text(run_page(load_run(folder)))


def test_everything_is_in_one_file_that_asks_no_network(text):
    assert len(text.encode()) < LARGEST_MB * 1e6
    check(text)
    own = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert "bends &amp; turns &lt;b&gt;both&lt;/b&gt;" in own
    order = [
        own.index(f'id="{name}"') for name in ("asked", "figures", "in-space", "results", "methods", "assumptions")
    ]
    assert order == sorted(order)
    for part in ("Model", "Mesh", "Materials", "Loads and boundary conditions", "Solution", "Verification"):
        assert f"<h3>{part}</h3>" in own or f"<summary>{part}</summary>" in own, part
    for part in ("Validation", "Discretisation error", "What this does not establish"):
        assert part in own, part


def test_pictures_take_only_the_room_that_is_left(folder, text, monkeypatch):
    plain = len(text.encode())
    figures = folder / "figures"
    figures.mkdir(exist_ok=True)
    for number in range(3):
        (figures / f"von_mises_{number}.png").write_bytes(bytes(600_000))
    try:
        monkeypatch.setattr(page, "LARGEST_MB", plain / 1e6 + 2.0)
        shown = page_text(run_page(load_run(folder)))
    finally:
        for picture in figures.glob("von_mises_?.png"):
            picture.unlink()
    assert shown.count("data:image/png") in (1, 2)
    assert len(shown.encode()) < plain + 2.0e6


def test_answer_holds_the_numbers_of_the_run(folder, text):
    entry = load_run(folder).cases["flexion"]
    answered = text[text.index("The answer") : text.index('id="figures"')]
    rotation = entry["rotation_deg"]["L4-L5"]["flexion"]
    assert re.search(rf">{rotation:.3g}( [?±][^<]*)?<", answered)
    assert "CL left: 12 N" in answered or "ALL: 12 N" in answered


def test_charts_are_valid_and_hold_the_results(folder):
    run = load_run(folder)
    found = {chart.name: chart for chart in charts(run, published_bands(run))}
    assert {"moment_rotation_flexion", "facet_force", "disc_pressure", "load_path_axial_N", "mal"} <= set(found)
    for chart in found.values():
        plotly.graph_objects.Figure(json.loads(json.dumps(chart.figure)))  # refuses what plotly does not know
    bars = next(trace for trace in found["facet_force"].data if trace["name"] == "L4-L5 right")
    assert dict(zip(bars["x"], bars["y"], strict=True))["axial rotation left"] == 45.0
    longest = max(len(chart.figure["layout"]["yaxis"]["title"]["text"]) for chart in found.values())
    assert longest <= 40  # what has room along an axis
    stack = [trace for trace in found["load_path_axial_N"].data if trace["type"] == "bar"]
    total = found["load_path_axial_N"].data[-1]
    assert np.allclose(np.sum([trace["y"] for trace in stack], axis=0), total["y"], atol=1e-6)


def test_legend_of_many_entries_makes_its_chart_higher():
    low, *_ = drawn = [
        Chart(
            "c",
            "",
            "",
            [{"name": str(i)} for i in range(count)] + [{"name": "no", "showlegend": False}],
            layout("", ""),
        )
        for count in (3, 30)
    ]
    assert low.height == low.layout["height"]
    assert drawn[1].height == drawn[1].figure["layout"]["height"] > 30 * 1.3 * drawn[1].layout["legend"]["font"]["size"]


def test_names_of_joints_are_not_broken_and_other_cells_are():
    table = Table("t", ("L3-L4", "what"), [("L4-L5", "a hyphen-ated text"), ("left", "1.0")])
    nothing = dict.fromkeys(("marks", "answer", "charts", "results", "methods", "assumptions", "not_established"), ())
    html = page_text(Page(title="t", made="", asked=[table], **nothing))
    assert '<th scope="col" class="name">L3-L4</th><th scope="col">what</th>' in html
    assert '<td class="name">L4-L5</td><td>a hyphen-ated text</td>' in html


def test_published_bands_are_those_of_the_same_structures_and_load(folder):
    run = load_run(folder)
    bands = {(band.target.id, band.case): band for band in published_bands(run)}
    assert bands["YAM_L4L5_FLEX", "flexion"].value is None  # measured at 10 N·m
    assert bands["YAM_L4L5_FLEX", "flexion"].moment_Nm == 10.0
    turned = bands["JAU_FJF_AR_CONTRA@L4L5", "axial_rotation_left"]
    assert turned.value == 45.0
    assert turned.inside is True
    assert bands["FLEXION_NEAR_ZERO@L4L5", "flexion"].value == 5.0
    run.resolved["structures"]["ligaments"] = ["ALL"]
    assert published_bands(run) == []


def test_centre_of_rotation_is_that_of_a_motion_about_a_known_point(tmp_path):
    run = load_run(write_run(tmp_path))
    fields = run.field_arrays("flexion")
    assert rotation_centres(run, "flexion") is None  # the unloaded equilibrium is not known
    store_unloaded(run, fields, fields.reference)
    centre = np.array([-6.0, 0.0, 33.0])

    def turned(degrees: float, about: np.ndarray) -> np.ndarray:
        turn = Rotation.from_euler("y", degrees, degrees=True)
        return about + turn.apply(fields.reference - about)

    below = fields.reference[:, 2] < 33.0
    tilt = Rotation.from_euler("xyz", (4, 3, 20), degrees=True)  # the whole segment moves along, which changes nothing
    moved = tilt.apply(np.where(below[:, None], fields.reference, turned(5.0, centre))) + (3.0, -2.0, 1.0)
    found = rotation_centre(run, "flexion", replace(fields, points=moved), "L4-L5", "flexion")
    assert np.allclose(found[[0, 2]], centre[[0, 2]], atol=1e-6)
    still = np.where(below[:, None], fields.reference, turned(0.2, centre))
    assert rotation_centre(run, "flexion", replace(fields, points=still), "L4-L5", "flexion") is None
    chart = rotation_centres(run, "flexion")
    assert any(trace["name"] == "L4-L5, flexion" for trace in chart.data)
    plotly.graph_objects.Figure(chart.figure)


def test_centre_of_rotation_counts_from_the_unloaded_equilibrium(tmp_path):
    """Taut ligaments turn the anatomy given before any load: that motion is none of the load."""
    run = load_run(write_run(tmp_path, entries={"flexion": synthetic_entry("flexion")}))
    fields = run.field_arrays("flexion")
    upper = fields.reference[:, 2] > 33.0

    def turned(places: np.ndarray, degrees: float, about: np.ndarray) -> np.ndarray:
        turn = Rotation.from_euler("y", degrees, degrees=True)
        return np.where(upper[:, None], about + turn.apply(places - about), places)

    settled = turned(fields.reference, -2.0, np.array([20.0, 0.0, 40.0]))
    centre = np.array([-6.0, 0.0, 33.0])
    store_unloaded(run, fields, settled)
    loaded = replace(fields, points=turned(settled, 5.0, centre))
    found = rotation_centre(run, "flexion", loaded, "L4-L5", "flexion")
    assert np.allclose(found[[0, 2]], centre[[0, 2]], atol=1e-4)
    assert rotation_centre(run, "flexion", replace(fields, points=settled), "L4-L5", "flexion") is None


def test_fields_survive_packing():
    values = np.array([3.0, np.nan, -1.0, 2.25, np.inf])
    packed = Packed()
    packed.add(np.array([1, 2, 300]))
    place = packed.add_field(values)
    code = np.frombuffer(b"".join(packed._bytes), "<i2", place["length"], place["start"])
    assert list(code == MISSING) == [False, True, False, False, True]
    assert np.allclose((place["zero"] + place["step"] * code)[[0, 2, 3]], values[[0, 2, 3]], atol=place["step"])


def test_levels_go_before_fields_where_room_is_short():
    wide, narrow, least = (Kept.within(values, 14.0) for values in (1_000, 430_000, 5_000_000))
    assert wide.levels == LEVELS_SHOWN
    assert 0 < narrow.levels < LEVELS_SHOWN
    assert narrow.fields == wide.fields
    assert least.levels == 0
    assert least.fields == ("von_mises", "displacement", "pressure")


def test_drawn_body_is_closed_and_knows_its_mirror_image(folder):
    run = load_run(folder)
    fields = run.field_arrays("flexion")
    regions = run.legend["regions"]
    body = DrawnBody(fields, tuple(PartName(regions[str(tag)]) for tag in range(len(regions))))
    place = fields.reference[body.nodes]
    a, b, c = np.moveaxis(place[body.triangles], 1, 0)
    enclosed = np.bincount(body.triangle_parts[:, 0], np.einsum("ij,ij->i", a, np.cross(b, c)) / 6, len(body.parts))
    corners = place[body.cells]
    volume = np.linalg.det(corners[:, 1:] - corners[:, :1]) / 6
    assert np.allclose(enclosed, np.bincount(body.part_of_region[body.region], volume, len(body.parts)))
    assert np.allclose(place[body.mirror()] * (1, -1, 1), place)
    assert np.allclose(body.of_cells(np.ones(len(body.region))), 1.0)


def test_loopback_alone_is_served_and_only_the_page():
    with PageServer("<p>page</p>") as server:
        Thread(target=server.serve_forever, daemon=True).start()
        assert server.server_address[0] == "127.0.0.1"
        assert urllib.request.urlopen(server.address).read() == b"<p>page</p>"
        for path, host, code in (("etc/passwd", None, 404), ("", "elsewhere.example", 403)):
            request = urllib.request.Request(server.address + path, headers={"Host": host} if host else {})
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(request)
            assert refused.value.code == code
            refused.value.close()
        server.shutdown()


def test_view_in_a_browser_tells_the_address(folder, monkeypatch, capsys):
    def interrupted(server):
        assert server.server_address[0] == "127.0.0.1"
        assert b"scene-head" in server.page
        raise KeyboardInterrupt

    monkeypatch.setattr(PageServer, "serve_forever", interrupted)
    assert main(["view", str(folder), "--web"]) == 0
    assert capsys.readouterr().out.startswith("http://127.0.0.1:")


def test_report_writes_the_page_of_a_run_and_of_two(folder, tmp_path, capsys):
    first = shutil.copytree(folder, tmp_path / "first")
    other = write_run(tmp_path, "other", {"flexion": synthetic_entry("flexion")})
    assert main(["report", str(first)]) == 0
    assert "report.html" in capsys.readouterr().out
    assert (first / "report.html").stat().st_size > 4e6
    assert main(["report", str(first), str(other), "--page", str(tmp_path / "both.html")]) == 0
    both = (tmp_path / "both.html").read_text(encoding="utf-8")
    assert "other against first" in both
    assert '"name":"other"' in both


def test_what_is_no_finished_run_is_told_on_one_screen(tmp_path, capsys):
    unfinished = write_run(tmp_path, entries={})
    refused = {
        ("report", str(unfinished)): "no finished load case",
        ("report", str(unfinished), str(tmp_path / "nowhere")): "is not a run folder",
        ("report", str(unfinished), "--page", str(tmp_path / "page.pdf")): ".pdf",
        ("view", str(unfinished), "--web"): "no stored fields",
        ("view", str(tmp_path), "--web"): "is not a run folder",
        ("view", str(unfinished), "--web", "--screenshot", "a.png"): "choose one",
    }
    for arguments, told in refused.items():
        assert main(list(arguments)) == 2, arguments
        assert told in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.html"))


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here to open the page in")
def test_browser_shows_the_scene_and_choices_change_it(text, tmp_path):
    page = tmp_path / "page.html"
    hidden = "header, section:not(#in-space) { display: none }</style>"
    page.write_text(text.replace("</style>", hidden, 1), encoding="utf-8")
    flexion = show(page, "case=flexion&field=von_mises", tmp_path)
    page.write_text(re.sub(r'(id="chart-data">)[^<]*', r"\1[]", page.read_text(encoding="utf-8")), encoding="utf-8")
    turned = show(page, "case=axial_rotation_left&field=displacement", tmp_path)
    cut = show(page, "case=flexion&field=von_mises&cut=y-&camera=left", tmp_path)
    symmetric = show(page, "case=flexion&field=displacement&run=mirror", tmp_path)
    assert flexion.console == turned.console == cut.console == symmetric.console == []
    assert flexion.has_hue(0.15) > 0.02  # bone in the colours of its stress
    assert 0.75 * 720 < flexion.height_of_hue(0.15) < 720  # the segment fills its frame
    assert turned.has_hue(-0.15) > 0.02  # displacement in those of everything
    assert symmetric.has_hue(-0.15) < 0.01  # left and right are the same
    assert flexion.differs(turned) > 0.02
    assert flexion.differs(cut) > 0.02
