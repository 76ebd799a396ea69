"""A fitted set as the shipped default."""

from __future__ import annotations

import pytest
import yaml

from fem_lumbar.experiments.calibration.ship import shipped
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.materials import parameters
from fem_lumbar.materials.parameters import material_quantities
from tests.experiments.calibration.synthetic_engine import CALIBRATION
from tests.experiments.calibration.test_fit import calibrate


def test_values_of_one_joint_are_no_set_to_ship(tmp_path):
    key = "materials.joints.L4-L5.annulus.c10_MPa"
    calibrate(tmp_path, CALIBRATION.replace("materials.annulus.c10_MPa", key))
    with pytest.raises(InputError, match="not those of one joint"):
        shipped(tmp_path / "out" / "found.yaml")


def test_fitted_values_stand_in_the_set_with_their_calibration(tmp_path, monkeypatch):
    result = calibrate(tmp_path)
    text, others = shipped(tmp_path / "out" / "found.yaml")
    assert others == {}
    data = yaml.safe_load(text)
    entry = data["annulus"]["c10_MPa"]
    assert entry["value"] == result.end.numbers[0] and entry["confidence"] == "calibrated"
    assert entry["source"].startswith(f"calibration calibration.yaml ({result.calibration.sha256[:12]}), test mesh")
    (tmp_path / "set.yaml").write_text(text)
    read = parameters.read_data
    monkeypatch.setattr(
        parameters, "read_data", lambda path: read(tmp_path / "set.yaml" if path.stem == "default" else path)
    )
    quantity = material_quantities.__wrapped__("default")["annulus"]["c10_MPa"]
    assert quantity.value == pytest.approx(0.2, rel=2e-3) and quantity.unit == "MPa"
