"""The ligament laws of shipped sets against the points that their sources give."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from fem_lumbar.materials.ligament import BilinearLigament
from fem_lumbar.materials.parameters import default_material_values
from fem_lumbar.materials.records import Ligament
from fem_lumbar.materials.tissues import Materials
from fem_lumbar.mechanics.lines import WeightedPoint
from fem_lumbar.mechanics.strands import LigamentStrands

PUBLISHED = yaml.safe_load((Path(__file__).parent / "published_ligaments.yaml").read_text(encoding="utf-8"))
REMUS_IN_DEFAULT = ("LF", "ISL", "SSL")
"""Ligaments whose law the default set has from Remus 2021; that of the others is Goel's."""
SPAN_MM = 10.0


def tissue(name: str, set_name: str) -> Ligament:
    return Materials.model_validate(default_material_values(set_name)).ligaments[name]


def law(ligament: Ligament) -> BilinearLigament:
    return BilinearLigament([ligament.toe_modulus_MPa], [ligament.modulus_MPa], [ligament.transition_strain])


def force(ligament: Ligament, stretch: float) -> float:
    """Tension (N) of one strand with the whole cross-section at a length over that in the geometry as built."""
    ends = [WeightedPoint(np.array([i]), np.ones(1), np.array([0.0, 0.0, SPAN_MM * i])) for i in (0, 1)]
    area, prestrain = np.array([ligament.area_mm2]), np.array([ligament.prestrain])
    strand = LigamentStrands("strand", ends[:1], ends[1:], area, prestrain, law(ligament))
    return float(strand.tension(np.array([0, 0, 0, 0, 0, SPAN_MM * (stretch - 1.0)]))[0])


GOEL = [("literature", name) for name in PUBLISHED["goel"]]
GOEL += [("default", name) for name in PUBLISHED["goel"] if name not in REMUS_IN_DEFAULT]


@pytest.mark.parametrize(("set_name", "name"), GOEL)
def test_bilinear_law_is_that_of_the_table(set_name, name):
    """Away from its rounded onset and corner, which are a tenth of the transition strain wide."""
    (toe, linear), corner = PUBLISHED["goel"][name]["moduli_MPa"], PUBLISHED["goel"][name]["transition"]
    strain = corner * np.array([-0.5, 0.1, 0.5, 0.94, 1.06, 2.0, 3.0])
    stress = toe * np.clip(strain, 0.0, corner) + linear * np.maximum(strain - corner, 0.0)
    assert law(tissue(name, set_name)).response(strain)[1] == pytest.approx(stress, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", PUBLISHED["linear"])
def test_linear_law_has_the_stiffness_of_the_table(name):
    ligament, source = tissue(name, "pmc7591979_ligaments"), PUBLISHED["linear"][name]
    length = source["length_mm"]
    stress = law(ligament).response(np.array([1.0 / length]))[1][0]  # one millimetre
    wanted = 3.8 if name == "SSL" else source["stiffness_N_per_mm"]
    assert ligament.area_mm2 * stress == pytest.approx(wanted, rel=0.04)


@pytest.mark.parametrize(
    ("set_name", "name"),
    [("remus_2021", name) for name in PUBLISHED["remus"]] + [("default", name) for name in REMUS_IN_DEFAULT],
)
def test_toe_and_prestrain_are_those_of_the_source(set_name, name):
    """Force from the geometry as built to well beyond the toe, against the source's law with the mean of both levels.

    Beyond the toe t both laws are one line; within it ours is the tangent from below, at most k t / 8 away.
    """
    source = PUBLISHED["remus"][name]
    ratio, toe, stiffness = source["rest"], np.mean(source["toe"]), np.mean(source["stiffness_N"])
    ligament = tissue(name, set_name)

    def published(strain: float) -> float:
        return 0.0 if strain <= 0 else stiffness * (strain**2 / (2 * toe) if strain < toe else strain - toe / 2)

    for stretch in (1.0, *(ratio * (1 + part * toe) for part in (0.25, 0.5, 0.75))):
        assert force(ligament, stretch) == pytest.approx(published(stretch / ratio - 1), abs=1.01 * stiffness * toe / 8)
    for part in (1.1, 2.0, 4.0):
        stretch = ratio * (1 + part * toe)
        assert force(ligament, stretch) == pytest.approx(published(stretch / ratio - 1), abs=1e-3 * stiffness * toe)
    assert ligament.prestrain == pytest.approx(1 / ratio - 1, abs=1e-3)


def test_capsule_rests_under_the_measured_tension():
    for set_name in ("literature", "default"):
        assert 0.04 <= tissue("CL", set_name).prestrain <= 0.05


def test_capsule_of_strips_is_within_a_standard_deviation_of_them():
    strips = {key: np.array(values) for key, values in PUBLISHED["strips"].items()}
    tangent = law(tissue("CL", "little_khalsa_2005")).response(strips["strain"])[2]
    assert np.all(np.abs(tangent - strips["tangent_MPa"]) <= strips["sd_MPa"])
