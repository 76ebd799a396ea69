"""Attachment sites and element sizes come from the data files, with their sources."""

import numpy as np
import pytest
from pydantic import ValidationError

from fem_lumbar.anatomy import DENSITIES, MeshSettings, attachment_quantities, attachment_values, mesh_size_quantities
from fem_lumbar.foundation.parameters import Quantity


def leaves(tree, path=""):
    for key, item in tree.items():
        if isinstance(item, Quantity):
            yield f"{path}{key}", item
        else:
            yield from leaves(item, f"{path}{key}.")


def test_every_site_is_finite_and_has_a_source():
    found = dict(leaves(attachment_quantities()))
    assert "ligaments.LF.lateral_fraction" in found and "patches.radius_mm" in found
    for name, quantity in found.items():
        assert np.all(np.isfinite(quantity.value)), name
        assert quantity.source, name
        assert name.endswith(f"_{quantity.unit}") or quantity.unit == "1", name


def test_fractions_lie_on_their_structure():
    for name, quantity in leaves(attachment_quantities()):
        if name.endswith("_fraction") or name == "patches.arch_midspan":
            assert np.all((np.asarray(quantity.value) >= 0.0) & (np.asarray(quantity.value) <= 1.0)), name


def test_strands_off_the_midline_are_two_per_side_so_that_the_third_is_the_middle_one():
    ligaments = attachment_values()["ligaments"]
    assert len(ligaments["ALL"]["azimuth_deg"]) == len(ligaments["PLL"]["lateral_mm"]) == 2


@pytest.mark.parametrize("tissue", ["bone_mm", "disc_mm", "mal_mm", "facet_cartilage_mm"])
def test_given_sizes_keep_the_limits_of_the_data_file(tissue):
    limits = {mesh_size_quantities()[density][tissue].limits for density in DENSITIES}
    assert len(limits) == 1
    low, high = limits.pop()
    for size in (low, high):
        assert MeshSettings(**{tissue: size}).sizes_mm()[tissue] == size
    for size in (0.99 * low, 1.01 * high):
        with pytest.raises(ValidationError, match=tissue):
            MeshSettings(**{tissue: size})
