"""Tissue samples at a material point: closed forms, what is scored, and what the shipped sets give."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pydantic import ValidationError

from fem_lumbar.cli.main import main
from fem_lumbar.experiments.tissues.material_point import MaterialPoint
from fem_lumbar.experiments.tissues.targets import TissueTarget, judge_tissues, tissue_targets
from fem_lumbar.materials.fibre_reinforced import FibreReinforced
from fem_lumbar.materials.mooney_rivlin import MooneyRivlin
from fem_lumbar.materials.parameters import default_material_values
from fem_lumbar.materials.tissues import Materials
from fem_lumbar.verification.homogeneous import Material
from tests.report_page.reading import check

STIFF = 1e5


def test_moduli_of_an_incompressible_mooney_rivlin_solid():
    c10, c01, stretch = 0.1, 0.03, 1.2
    point = MaterialPoint(MooneyRivlin(c10, c01, 0.0, 1), STIFF)
    uniaxial = 2 * c10 * (1 + 2 * stretch**-3) + 6 * c01 * stretch**-4
    assert point.tangent_modulus([0], stretch - 1, 0) == pytest.approx(uniaxial, rel=1e-4)
    assert point.lateral_ratio(0, 2, 0.0) == pytest.approx(0.5, rel=1e-4)
    assert point.shear_modulus((0, 1), 0.05) == pytest.approx(2 * (c10 + c01), rel=1e-6)


@pytest.mark.parametrize("axes", [[0], [1], [0, 1]])
def test_annulus_against_principal_derivatives_of_the_energy(axes):
    exact = Material(0.13, 0.04, 150.0, 2.0, 5.0, 0.07, np.radians(30))
    law = FibreReinforced(exact.c10, exact.c01, exact.k1, exact.k2, exact.kappa, exact.directions[None])
    point = MaterialPoint(law, exact.bulk)
    expected = exact.principal_stress(point.stretched(axes, 1.1))
    free = [axis for axis in range(3) if axis not in axes]
    assert np.abs(expected[free]).max() < 1e-9
    assert point.nominal_stress(axes, 0.1) == pytest.approx(expected, abs=1e-9)


def test_rows_from_memory_are_never_scored():
    row = tissue_targets().tests[0].model_dump()
    with pytest.raises(ValidationError, match="from memory is shown, not scored"):
        TissueTarget.model_validate(row | {"confidence": "recalled, high"})
    assert not TissueTarget.model_validate(row | {"confidence": "recalled, high", "shown_only": "memory"}).scored
    assert {row.source for row in tissue_targets().tests} <= tissue_targets().sources.keys()


def test_default_set_is_in_every_band_and_models_of_the_literature_are_not():
    def out(name):
        findings = judge_tissues(Materials.model_validate(default_material_values(name)))
        return {one.target.id for one in findings if one.target.scored and not one.inside}

    assert out("default") == set()
    assert out("literature") == {"FUJ_RADIAL", "IAT_NUCLEUS_SHEAR"}


def test_cartilaginous_endplate_answers_with_its_own_modulus():
    row = next(row for row in tissue_targets().tests if row.tissue == "cartilaginous endplate")
    values = default_material_values("default")
    values["cartilage_endplate"]["modulus_MPa"] = 12.0
    materials = Materials.model_validate(values)
    assert row.answer(materials) == pytest.approx(12, rel=1e-4)
    assert not row.holds(row.answer(materials))


def test_command_tells_rows_and_exit_code(tmp_path, capsys):
    command = ["validate", "--tissues", "--out", str(tmp_path)]
    assert main([*command, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["passed"] and {row["id"] for row in told["rows"] if row["scored"]} > {"FUJ_RADIAL"}
    page = (tmp_path / "tissues.html").read_text(encoding="utf-8")
    check(page)
    assert "data:image/svg" in page
    assert main([*command, "--set", "materials.nucleus.c10_MPa=0.12"]) == 1
    assert "OUT" in capsys.readouterr().out
    assert main([*command, "--density", "test"]) == 2
    assert "--density: not with --tissues" in capsys.readouterr().err
