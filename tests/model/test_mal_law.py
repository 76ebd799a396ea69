"""The ossified part of an arch: how much of it is bone, from which end, and with which moduli."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.anatomy.spine import LEVELS
from fem_lumbar.materials.ossification import part_below
from fem_lumbar.model.tissues import arch_span, mal_law, mal_ossification
from fem_lumbar.scenario.sections import MalSettings


def test_part_of_a_tetrahedron_below_a_plane():
    corner = np.array([[1.0, 0.0, 0.0, 0.0]])  # above x = h of the unit tetrahedron lies (1 - h)^3 of its volume
    for height in (0.2, 0.5, 0.9):
        assert part_below(corner, height) == pytest.approx(1.0 - (1.0 - height) ** 3, abs=1e-3)
    rng = np.random.default_rng(1)
    values = rng.uniform(-0.2, 1.2, (30, 4))
    values[10:20, 2] = values[10:20, 1]
    values[20:, 1:] = values[20:, :1]
    sampled = (values @ rng.dirichlet(np.ones(4), 200_000).T < 0.6).mean(axis=1)
    np.testing.assert_allclose(part_below(values, 0.6), sampled, atol=5e-3)


@pytest.mark.parametrize("level", LEVELS)
def test_ossified_volume_follows_the_fraction(runs, level):
    """Continuously, from either end, the same left and right; the section is even, so volume goes with the span."""
    segment, tissue = runs.simulation().segment, runs.simulation().scenario.materials.mal
    for fraction in (0.3, 0.5, 0.75):
        found = {}
        for side in ("left", "right"):
            region = f"{level}.mal.{side}"
            volume = segment.solids[region][0].weights.sum(axis=1)
            for end in ("mammillary", "accessory"):
                settings = MalSettings(state="type_I", ossified_fraction=fraction, ossified_from=end)
                bony = mal_ossification(settings, tissue).part(arch_span(segment.mesh, region))
                found[end, side] = bony @ volume / volume.sum()
                assert found[end, side] == pytest.approx(fraction, abs=0.06)
        for end in ("mammillary", "accessory"):
            assert found[end, "left"] == pytest.approx(found[end, "right"], rel=1e-9)
        other = MalSettings(state="type_I", ossified_fraction=1.0 - fraction)
        rest = mal_ossification(other, tissue).part(arch_span(segment.mesh, region)) @ volume / volume.sum()
        assert found["accessory", "right"] + rest == pytest.approx(1.0, abs=1e-9)


def test_explicit_moduli_go_to_their_parts(runs):
    segment, tissue = runs.simulation().segment, runs.simulation().scenario.materials.mal
    span = arch_span(segment.mesh, "L4.mal.left")

    def shear_moduli(**settings) -> np.ndarray:
        law = mal_law(MalSettings(**settings), tissue, span)
        return np.sort(np.unique(np.round(2.0 * law.parameters[:, :2].sum(axis=1), 9)))

    bone = shear_moduli(state="type_III", bone_modulus_MPa=500.0)
    assert bone == pytest.approx(500.0 / 2.0 / (1.0 + tissue.ossified_poisson_ratio))
    mixed = shear_moduli(state="type_I", fibrous_modulus_MPa=50.0, bone_modulus_MPa=800.0)
    assert mixed[0] == pytest.approx(50.0 / 2.0 / (1.0 + tissue.fibrous_poisson_ratio))
    assert mixed[-1] == pytest.approx(800.0 / 2.0 / (1.0 + tissue.ossified_poisson_ratio))
    assert np.all((mixed >= mixed[0]) & (mixed <= mixed[-1]))
    fibrous = shear_moduli(state="fibrous")
    assert fibrous == pytest.approx(tissue.fibrous_modulus_MPa / 2.0 / (1.0 + tissue.fibrous_poisson_ratio))
