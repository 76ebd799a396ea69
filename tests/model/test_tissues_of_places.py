"""Every item of a joint or body has the tissue of its place: laws by hand calculation, and a run that shows it."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.anatomy.attachment_sites import attachment_values
from fem_lumbar.anatomy.spine import joint_levels
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.model.segment import Segment, build_segment, kept_mesh
from tests.model.conftest import scenario

JOINTS = ("L3-L4", "L4-L5")
BODIES = ("L3", "L4", "L5")
C10 = {"L3-L4": 0.2, "L4-L5": 0.4}
NUCLEUS = {"L3-L4": 0.06, "L4-L5": 0.18}
CARTILAGE = {"L3-L4": 10.0, "L4-L5": 40.0}
RATIO = attachment_values()["ligaments"]["CL"]["rest_length_ratio"]
CAPSULE = {"L3-L4": 0.02, "L4-L5": 0.06}
CORE = {"L3": 60.0, "L4": 120.0, "L5": 240.0}
ENDPLATE = {"L3": 600.0, "L4": 1200.0, "L5": 2400.0}
STRETCH = 1.1
DILATION = 0.01


def sets() -> list[str]:
    """Another value at each joint and body; the annulus without fibres, so that its ground substance is seen alone."""
    fibres = [f"fibre_k1_{layer}_{side}_MPa=0" for layer in ("outer", "inner") for side in ("anterior", "posterior")]
    return [
        *(
            f"materials.joints.{joint}.annulus.{text}"
            for joint in JOINTS
            for text in (f"c10_MPa={C10[joint]}", *fibres)
        ),
        *(f"materials.joints.{joint}.nucleus.c10_MPa={value}" for joint, value in NUCLEUS.items()),
        *(f"materials.joints.{joint}.facet_cartilage.modulus_MPa={value}" for joint, value in CARTILAGE.items()),
        *(f"materials.joints.{joint}.ligaments.CL.prestrain={value}" for joint, value in CAPSULE.items()),
        *(f"materials.bodies.{body}.cancellous.modulus_MPa={value}" for body, value in CORE.items()),
        *(f"materials.bodies.{body}.endplate.modulus_MPa={value}" for body, value in ENDPLATE.items()),
    ]


@pytest.fixture(scope="module")
def materials():
    return scenario("baseline.yaml", *sets()).materials


@pytest.fixture(scope="module")
def segment(runs) -> Segment:
    wanted = scenario("baseline.yaml", *sets())
    return build_segment(wanted, kept_mesh(wanted, runs.mesh()))


def energy(segment: Segment, region: str, cauchy_green: np.ndarray) -> np.ndarray:
    """Energy density of the law of each cell of a region at one state of strain."""
    (item, *_) = segment.solids[region]
    n_cells = len(item.law.parameters)
    return item.law.response(np.broadcast_to(cauchy_green, (n_cells, 1, 3, 3)))[0]


@pytest.mark.parametrize("joint", JOINTS)
def test_disc_stretched_without_change_of_volume(segment, materials, joint):
    """Mooney-Rivlin: W = c10 (I1 - 3) + c01 (I2 - 3), I1 = l^2 + 2/l and I2 = 2 l + 1/l^2."""
    strain = np.diag([STRETCH**2, 1 / STRETCH, 1 / STRETCH])
    first, second = STRETCH**2 + 2 / STRETCH - 3, 2 * STRETCH + STRETCH**-2 - 3
    c01 = {"annulus": materials.annulus.c01_MPa, "nucleus": materials.nucleus.c01_MPa}
    for tissue, c10 in (("annulus", C10[joint]), ("nucleus", NUCLEUS[joint])):
        expected = c10 * first + c01[tissue] * second
        assert energy(segment, f"{joint}.{tissue}", strain) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("joint", JOINTS)
@pytest.mark.parametrize("side", SIDES)
def test_cartilage_sheared_and_in_contact(segment, materials, joint, side):
    """Simple shear g keeps the volume and has I1 - 3 = g^2: W = mu/2 g^2; contact is as stiff as E over thickness."""
    upper, lower = joint_levels(joint)
    shear = np.array([[1, 0.1, 0], [0, 1, 0], [0, 0, 1]])
    expected = CARTILAGE[joint] / (4 * (1 + materials.facet_cartilage.poisson_ratio)) * 0.1**2
    for region in (f"{upper}.facet_cartilage.inferior.{side}", f"{lower}.facet_cartilage.superior.{side}"):
        assert energy(segment, region, shear.T @ shear) == pytest.approx(expected, rel=1e-10)
    thickness = scenario().anatomy.on(side).joints[joint].facet_cartilage_thickness_mm
    stiffness = materials.contact.penalty_factor * CARTILAGE[joint] / thickness
    assert segment.contacts[joint, side].penalty.stiffness == pytest.approx(stiffness, rel=1e-12)


@pytest.mark.parametrize("joint", JOINTS)
def test_capsule_in_the_unloaded_posture(segment, materials, joint):
    """Well within its toe a bundle carries area times toe modulus times prestrain; over the recesses it is slack."""
    capsule, strands = np.char.startswith(segment.strand_names[joint], "CL"), segment.ligaments[joint]
    unloaded = np.zeros(segment.n_dofs)
    tissue, ratio = materials.ligaments["CL"], np.tile(RATIO, 2)
    assert CAPSULE[joint] > 0.05 * tissue.transition_strain  # half the width of the onset
    wanted = tissue.area_mm2 / len(ratio) * tissue.toe_modulus_MPa * CAPSULE[joint]
    assert strands.tension(unloaded)[capsule] == pytest.approx(np.where(ratio == 1.0, wanted, 0.0), rel=1e-9)
    assert strands.strain(unloaded)[capsule] == pytest.approx((1 + CAPSULE[joint]) / ratio - 1, rel=1e-9)


@pytest.mark.parametrize("body", BODIES)
def test_bone_of_each_body(segment, materials, body):
    """St Venant-Kirchhoff at one strain component e: W = (lambda/2 + mu) e^2."""
    ratio, e = materials.cancellous.poisson_ratio, 1e-3
    modulus = CORE[body] * (1 - ratio) / ((1 + ratio) * (1 - 2 * ratio))
    strain = np.diag([1 + 2 * e, 1, 1])
    assert energy(segment, f"{body}.cancellous", strain) == pytest.approx(modulus / 2 * e**2, rel=1e-9)


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("face", ["superior", "inferior"])
def test_endplate_dilated(segment, materials, body, face):
    """A surface swollen evenly has the same strain e in every direction of its plane: t A E/(1 - nu) e^2 of energy."""
    (membrane,) = [item for item in segment.others if item.name == f"{body}.endplate.{face}"]
    x = np.zeros(segment.n_dofs)
    x[: 3 * segment.space.n_nodes] = DILATION * segment.space.nodes.ravel()
    corners = segment.mesh.points[segment.mesh.surfaces[membrane.name]]
    area = 0.5 * np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum()
    strain, tissue = DILATION + DILATION**2 / 2, materials.endplate
    expected = tissue.thickness_mm * area * ENDPLATE[body] / (1 - tissue.poisson_ratio) * strain**2
    assert membrane.forces(x, 1.0)[0] == pytest.approx(expected, rel=1e-9)


def test_another_annulus_at_each_joint_moves_the_motion_there(runs):
    """Stiffer ground substance at L4-L5 only: less flexion there, about the same above it, checks within tolerance."""
    plain = runs.case("flexion").summary
    stiffer = runs.case(
        "flexion",
        "baseline.yaml",
        "materials.joints.L3-L4.annulus.c10_MPa=0.12",
        "materials.joints.L4-L5.annulus.c10_MPa=0.6",
    ).summary
    assert stiffer["status"] == "converged"
    assert all(check["passed"] for check in stiffer["checks"].values())
    turned, before = ({j: one["rotation_deg"][j]["flexion"] for j in JOINTS} for one in (stiffer, plain))
    assert turned["L4-L5"] < 0.9 * before["L4-L5"]
    assert turned["L3-L4"] > before["L3-L4"]  # 0.12 MPa is softer than the set's 0.1351
