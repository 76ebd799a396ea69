"""Exported models and results: what is in the files, read back by other programs where they are there."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from vtkmodules.vtkCommonDataModel import vtkCompositeDataSet
from vtkmodules.vtkIOHDF import vtkHDFReader

from benchmarks.exported import answers, exportable, in_displacement_form, run_calculix, solved, without_membranes
from fem_lumbar.cli.main import main
from fem_lumbar.export.calculix import write_calculix
from fem_lumbar.export.calculix_materials import label
from fem_lumbar.export.febio import write_febio
from fem_lumbar.export.inventory import Inventory
from fem_lumbar.export.parts import on_fixture, pulls, springs, tell_left_out
from fem_lumbar.export.source import Source, source_of
from fem_lumbar.export.stl import write_stl
from fem_lumbar.export.vtkhdf import write_vtkhdf
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.runs.run import load_run
from fem_lumbar.scenario.loader import load_scenario
from tests.synthetic_run import write_run

SCENARIOS = Path(__file__).parents[2] / "scenarios"
DISC = SCENARIOS / "disc_only_L4-L5.yaml"


@pytest.fixture(scope="module")
def standing():
    """The baseline, standing: every kind of part but a moment."""
    return source_of(load_scenario(SCENARIOS / "baseline.yaml", [], None, "test"), "standing")


@pytest.fixture(scope="module")
def febio(standing, tmp_path_factory):
    path = tmp_path_factory.mktemp("febio") / "standing.feb"
    return write_febio(standing, path), ElementTree.parse(path).getroot(), path


def test_febio_carries_every_ligament_contact_and_load(standing, febio):
    _, root, _ = febio
    segment = standing.segment
    springs = [one.get("name") for one in root.findall("Discrete/discrete_material[@type='nonlinear spring']")]
    strands = sum(len(item.rest) for item in segment.ligaments.values())
    lines = sum(len(item.force) for item in standing.loads.lines)
    assert len(springs) == strands + lines
    assert len(root.findall("Contact/contact")) == len(segment.all_contacts) == 10
    cells = {one.get("name"): len(one) for one in root.findall("Mesh/Elements")}
    assert sum(cells[f"{level}.cancellous"] for level in segment.levels) > 5000
    pulled = root.findall("Discrete/discrete_material[@name='follower.follower.1']/scale")
    assert [(float(one.text), one.get("lc")) for one in pulled] == [(500.0, "1")]


def test_febio_curve_of_a_strand_is_that_of_the_model(standing, febio):
    _, root, _ = febio
    item = standing.segment.ligaments["L4-L5"]
    row = standing.segment.strand_names["L4-L5"].index("SSL")
    points = root.findall("Discrete/discrete_material[@name='L4-L5.SSL.1']/force/points/pt")
    table = np.array([[float(value) for value in one.text.split(",")] for one in points])
    length = np.linalg.norm(item.reference, axis=1)
    drawn = 1.13 * length
    force = np.interp(0.13 * length[row], *table.T)
    assert force == pytest.approx(item.law.response(drawn)[1][row], rel=1e-3)
    assert force > 1.0


def test_febio_numbers_meet(febio):
    _, root, _ = febio
    nodes = [int(one.get("id")) for one in root.findall("Mesh/Nodes/node")]
    assert nodes == sorted(set(nodes))
    known = set(nodes)
    for one in root.findall("Mesh/Elements/elem"):
        assert known.issuperset(map(int, one.text.split(",")))
    materials = {one.get("name") for one in root.findall("Material/material")}
    assert all(one.get("mat") in materials for one in root.find("MeshDomains"))
    followed = Counter(
        (one.findtext("node"), one.findtext("dof")) for one in root.iter("bc") if one.find("node") is not None
    )
    assert set(followed.values()) == {1}


def test_pyfebio_reads_the_file(febio):
    """Its records check names, types and limits.

    Left out here is what it does not know (linear constraints, axes by cell, tabulated and ramped springs) and what it
    writes but does not read again (switches of 0 or 1, and triangles with six nodes, which it takes for wedges).
    """
    model = pytest.importorskip("pyfebio.model")
    _, root, path = febio
    root = ElementTree.parse(path).getroot()
    boundary, data = root.find("Boundary"), root.find("MeshData")
    for one in [one for one in boundary if one.get("type") == "linear constraint"]:
        boundary.remove(one)
    for one in [one for one in data if one.get("type") == "mat_axis"]:
        data.remove(one)
    for force in root.findall("Discrete/discrete_material/force[@type='point']"):
        for part in list(force):
            force.remove(part)
        force.set("type", "math")
        ElementTree.SubElement(force, "math").text = "x"
    for scale in root.findall("Discrete/discrete_material/scale"):
        scale.attrib.pop("lc", None)
    for held in boundary:
        for switch in [one for one in held if one.tag.endswith("_dof")]:
            held.remove(switch)
    for rows in (*root.findall("Mesh/*"), *data):  # it takes minutes over all nodes and cells
        for one in list(rows)[0 if rows.get("type") == "tri6" else 3 :]:
            if one.tag not in ("primary", "secondary"):
                rows.remove(one)
    read = model.Model.from_xml(ElementTree.tostring(root))
    assert len(read.contact_.all_contact_interfaces) == 10
    assert len(read.discrete_.discrete_materials) == len(root.findall("Discrete/discrete_material"))
    assert len(read.material_.all_materials) == len(root.findall("Material/material"))


def test_what_is_lacking_is_in_the_file_and_told(standing, febio, tmp_path):
    inventory, _, path = febio
    assert "fibres have no toe" in path.read_text(encoding="utf-8")
    assert any("muscles" in part.name for part in inventory.of("approximately"))
    deck = tmp_path / "standing.inp"
    carried = write_calculix(standing, deck)
    text = deck.read_text(encoding="utf-8")
    assert all(f"** {line}" in text for line in carried.lines())
    assert "fibres are aligned" in text
    assert text.count("TYPE=SPRINGA") == 80 + sum(len(item.force) for item in standing.loads.lines)
    assert text.count("*CONTACT PAIR") == 10


def test_every_weight_acts_once(tmp_path):
    """CalculiX adds up what a step repeats, and a set of nodes has one name."""
    loaded = "load_cases.loaded={upper_body: {weight_N: 300, carried: {mass_kg: 10}}, abdominal_pressure_kPa: 1}"
    source = source_of(load_scenario(DISC, [loaded], ["loaded"], "test"), "loaded")
    write_calculix(source, tmp_path / "loaded.inp")
    lines = (tmp_path / "loaded.inp").read_text(encoding="utf-8").partition("*CLOAD")[2].splitlines()
    forces = [float(one.split(",")[2]) for one in lines if re.fullmatch(r"\d+, 3, \S+", one)]
    write_febio(source, tmp_path / "loaded.feb")
    root = ElementTree.parse(tmp_path / "loaded.feb").getroot()
    names = Counter(one.get("name") for one in root.findall("Mesh/NodeSet"))
    loads = [one.get("node_set") for one in root.findall("Loads/nodal_load")]
    assert forces == pytest.approx([-300.0, -98.0665, 24.0])
    assert len(set(loads)) == 3 and [names[one] for one in loads] == [1, 1, 1]


def test_short_range_stiffness_is_told(standing):
    muscles = standing.scenario.muscles.model_copy(update={"short_range_stiffness": 23.4})
    for scenario, told in (
        (standing.scenario, False),
        (standing.scenario.model_copy(update={"muscles": muscles}), True),
    ):
        inventory = Inventory()
        tell_left_out(replace(standing, scenario=scenario), inventory)
        missing = [part.name for part in inventory.of("not carried")]
        assert ("short-range stiffness of muscles" in missing) == told


def test_slack_of_fibres_is_told(tmp_path):
    slack = source_of(load_scenario(DISC, ["materials.annulus.fibre_slack=0.01"], ["flexion"], "test"), "flexion")
    for write in (write_calculix, write_febio):
        inventory = write(slack, tmp_path / "model")
        told = [line for line in inventory.lines() if "fibres are taut as built" in line]
        assert len(told) == 1 and "annulus" in told[0]


def test_calculix_begins_without_pretension(standing, tmp_path):
    """Strands are free of tension until their ends are warm; a first step warms them and loads nothing."""
    deck = tmp_path / "standing.inp"
    write_calculix(standing, deck)
    text = deck.read_text(encoding="utf-8")
    taut = set()
    for spring in springs(standing.segment):
        (own,) = re.findall(rf"ELSET={label(spring.name)}\n(.*)\n\*SPRING.*\n\n((?:[^*].*\n)+)", text)
        table = np.array([[float(word) for word in line.split(",")] for line in own[1].splitlines()])
        cold, warm = (table[table[:, 2] == temperature] for temperature in (0.0, 1.0))
        assert np.interp(0.0, cold[:, 1], cold[:, 0]) == pytest.approx(0.0, abs=1e-9)
        assert len(warm) <= 200  # all that CalculiX keeps
        assert warm[:, 0] == pytest.approx(spring.tension, rel=1e-9, abs=1e-9)
        assert cold[:, 0] == pytest.approx(spring.tension - spring.pretension, rel=1e-9, abs=1e-9)
        taut |= set(own[0].split(", ")[1:])
    assert max(spring.pretension for spring in springs(standing.segment)) > 1.0
    first, second = text.split("*STEP, ")[1:]
    warmed = re.findall(r"^(\d+), 1\.$", first, re.MULTILINE)
    assert set(warmed) == taut
    assert "*CLOAD" not in first
    assert not taut & set(re.findall(r"^(\d+), 1\.$", second, re.MULTILINE))


def test_stl_is_closed_and_has_the_volume_of_the_cells(mesh, tmp_path):
    write_stl(mesh, mesh.cells, mesh.points, tmp_path)
    name = "L4-L5.nucleus"
    rows = np.frombuffer(
        (tmp_path / f"{name}.stl").read_bytes()[84:], dtype=[("n", "<f4", 3), ("c", "<f4", (3, 3)), ("a", "<u2")]
    )
    a, b, c = np.moveaxis(rows["c"].astype(float), 1, 0)
    p, q, r, s = np.moveaxis(mesh.points[mesh.cells[mesh.region_cells(name)]], 1, 0)
    volume = np.einsum("ei,ei->", np.cross(q - p, r - p), s - p) / 6
    assert np.einsum("ei,ei->", np.cross(a, b), c) / 6 == pytest.approx(volume, rel=1e-4)
    assert len(list(tmp_path.iterdir())) == len(mesh.region_names)


def test_vtkhdf_is_read_back(tmp_path):
    run = load_run(write_run(tmp_path))
    case = run.cases_with_fields[0]
    path = tmp_path / "fields.vtkhdf"
    write_vtkhdf(run, case, path)
    reader = vtkHDFReader()
    reader.SetFileName(str(path))
    reader.Update()
    blocks = reader.GetOutputDataObject(0)
    names = [
        blocks.GetMetaData(place).Get(vtkCompositeDataSet.NAME())
        for place in range(blocks.GetNumberOfPartitionedDataSets())
    ]
    assert {f"region_{name.replace('.', '_')}" for name in run.mesh.region_names} <= set(names)
    assert {f"surface_{name.replace('.', '_')}" for name in run.mesh.surfaces} <= set(names)
    cells = blocks.GetPartition(0, 0).GetNumberOfCells()
    assert cells == np.sum(run.mesh.region == 0)


@pytest.mark.parametrize("file", ["flexion.vtu", "flexion.lines.vtp"])
def test_damaged_fields_are_told_without_noise_and_leave_no_file(tmp_path, capfd, file):
    folder = write_run(tmp_path)
    (folder / "fields" / file).write_bytes(b"<VTKFile type='PolyData'><PolyData><Piece")
    with pytest.raises((InputError, OSError), match=file):
        write_vtkhdf(load_run(folder), "flexion", tmp_path / "fields.vtkhdf")
    assert capfd.readouterr().err == ""
    assert not list(tmp_path.glob("*.vtkhdf"))


WRONG = {
    "format": (["--format", "febo"], "invalid choice"),
    "case": (["--format", "febio", "--case", "flexon"], "did you mean flexion?"),
    "needs a run": (["--format", "vtkhdf"], "fields come from a run"),
    "ending": (["--format", "febio", "--out", "model.txt"], "allowed: .feb"),
    "deformed": (["--format", "stl", "--deformed"], "only for --format stl of a run"),
}


@pytest.mark.parametrize("given", WRONG)
def test_wrong_use_is_told(given, capsys):
    arguments, told = WRONG[given]
    try:
        code = main(["export", str(DISC), *arguments])
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    assert told in capsys.readouterr().err


def test_command_writes_and_tells(tmp_path, capsys):
    assert main(["export", str(DISC), "--format", "stl", "--density", "test", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "materials, ligaments, loads, fields: STL holds triangles alone" in out
    assert len(list((tmp_path / "disc_only_L4-L5-flexion").glob("*.stl"))) == 6


WITH_LIGAMENTS = ["structures.ligaments=[ALL,PLL]", "materials.ligaments.ALL.prestrain=0.03"]


@pytest.mark.skipif(shutil.which("ccx") is None, reason="CalculiX (calculix-ccx) is not installed")
@pytest.mark.parametrize("membranes", [False, True])
def test_calculix_agrees_with_the_model_in_its_form(membranes, tmp_path):
    """A small load in one increment, once with membranes and taut ligaments. More: python -m benchmarks.exported."""
    sets = ["load_cases.compression.follower_N=20", *(WITH_LIGAMENTS if membranes else [])]
    source = exportable(DISC, "compression", sets)
    if not membranes:
        without_membranes(source)
    agrees(source, tmp_path)


THORACIC = ("longissimus_thoracis.medial", "longissimus_thoracis.lateral", "iliocostalis_thoracis")
ERECTORS = (
    "segment.bodies=[L4, L5]",
    "structures.facet_contact=false",
    "structures.bone_contact=false",
    "structures.ligaments=[]",
    "muscles.groups=[erector_spinae_thoracis]",
    *(f"muscles.fascicles.{name}.{side}.force_N=0.3" for name in THORACIC for side in SIDES),
    "load_cases.standing={upper_body: {weight_N: 2, lever_arm_mm: 28}, muscle_activation: 0}",
)


@pytest.mark.skipif(shutil.which("ccx") is None, reason="CalculiX (calculix-ccx) is not installed")
def test_calculix_agrees_where_muscles_from_above_pull_on_the_fixture(tmp_path):
    source = exportable(SCENARIOS / "baseline.yaml", "standing", list(ERECTORS))
    assert sum(on_fixture(source.segment, pull.upper) for pull in pulls(source)) == 6
    without_membranes(source)
    agrees(source, tmp_path)


def agrees(source: Source, folder: Path) -> None:
    """CalculiX, in one increment, finds the state that this program finds in its form."""
    found = answers(source, run_calculix(source, folder, one_increment=True))
    in_displacement_form(source)
    expected = answers(source, solved(source))
    for name in ("L4-L5 shortening (mm)", "L4-L5 pressure (MPa)", "L4-L5 flexion (deg)"):
        assert found[name] == pytest.approx(expected[name], rel=1e-3)
