"""The measures in the data file of the template are those of its shape."""

from pathlib import Path

import fem_lumbar.anatomy
from fem_lumbar.anatomy import Anatomy, default_anatomy_values
from fem_lumbar.anatomy.parameters import TEMPLATE, published_quantities
from fem_lumbar.anatomy.placement import lordosis_deg
from fem_lumbar.foundation.parameters import read_data, values
from fem_lumbar.shape.measured import measured_values


def close(one, other):
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(close(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(close, one, other))
    return abs(one - other) <= 2e-3 * max(1.0, abs(one))


def test_data_file_is_up_to_date():
    stored = read_data(Path(fem_lumbar.anatomy.__file__).parent / "data" / "template.yaml")
    assert close(stored, measured_values())


def test_lordosis_and_mean_disc_heights_are_those_asked_for():
    published, chosen = {"source": TEMPLATE, **values(published_quantities())}, default_anatomy_values()
    for joint, angle in lordosis_deg(Anatomy.model_validate(published)).items():
        assert abs(lordosis_deg(Anatomy.model_validate(chosen))[joint] - angle) < 0.01
        keys = ("disc_height_anterior_mm", "disc_height_posterior_mm")
        heights = [sum(of["joints"][joint][key] for key in keys) for of in (published, chosen)]
        assert abs(heights[0] - heights[1]) < 0.01
