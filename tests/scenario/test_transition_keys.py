"""A transitional lumbosacral anatomy in scenarios: which sides have what, what is refused, what stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from fem_lumbar.anatomy.transition import LumbosacralTransition
from fem_lumbar.measures.quantities import mirrored_data
from fem_lumbar.questions.mal.library import mirror_pairs, read_library
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.problems import ScenarioError

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def scenario(*sets: str):
    """Keys with a point in them are those of the scenario, others those of ``anatomy.lumbosacral``."""
    full = [one if "." in one.partition("=")[0] else f"anatomy.lumbosacral.{one}" for one in sets]
    return load_scenario(SCENARIOS / "lumbosacral_L3-S1.yaml", full)


@pytest.mark.parametrize(
    ("castellvi", "side", "left", "right"),
    [
        ("Ia", "left", "I", None),
        ("IIa", "right", None, "II"),
        ("IIIb", None, "III", "III"),
        ("IV", "left", "II", "III"),
        (None, None, None, None),
    ],
)
def test_sides_of_each_type(castellvi, side, left, right):
    transition = LumbosacralTransition(castellvi=castellvi, side=side)
    assert (transition.kind("left"), transition.kind("right")) == (left, right)
    assert (transition.mirrored.kind("right"), transition.mirrored.kind("left")) == (left, right)


@pytest.mark.parametrize(
    ("sets", "words"),
    [
        (["castellvi=Ia", "segment.bodies=[L4, L5]"], ["anatomy.lumbosacral: segment.bodies is L4, L5", "down to S1"]),
        (["castellvi=IIa"], ["type IIa needs the side", "left, right"]),
        (["castellvi=IV"], ["type IV needs the side", "the other side is bone"]),
        (["castellvi=IIb", "side=left"], ["type IIb is two-sided", "did you mean IIa?"]),
        (["side=left"], ["castellvi gives no type"]),
        (["castellvi=IIc"], ["anatomy.lumbosacral.castellvi", "IIc"]),
        (["castellvi=IIIb", "joint_modulus_MPa=5"], ["type IIIb has no such tissue", "a type with II"]),
        (["castellvi=IIIb", "iliolumbar={left: ruptured}"], ["iliolumbar.left: ruptured, but bone joins"]),
        (["castellvi=IIb", "weakened_fraction=0.2"], ["weakened_fraction: 0.2, but no IL is weakened"]),
        (["iliolumbar={left: absent}", "ossification.L5-S1.IL.left.fraction=0.5"],
         ["ossification.L5-S1.IL.left: the ligament is absent", "nothing of it is there to ossify"]),
        (["iliolumbar={left: absent, right: ruptured}", "ossification.L5-S1.IL.fraction=0.5"],
         ["ossification.L5-S1.IL: the ligament is", "absent", "ruptured"]),
        (["iliolumbar={left: weakened}", "structures.ligaments=[ALL]"], ["structures.ligaments has no IL"]),
    ],
)  # fmt: skip
def test_refusals(sets, words):
    with pytest.raises(ScenarioError) as caught:
        scenario(*sets)
    message = str(caught.value)
    assert "1 problem in" in message and all(word in message for word in words), message


def test_what_is_left_of_a_ligament_can_be_weak_and_ossify():
    one_left = scenario(
        "iliolumbar={left: absent, right: weakened}", "weakened_fraction=0.2", "ossification.L5-S1.IL.fraction=0.5"
    )
    assert one_left.anatomy.lumbosacral.iliolumbar_fraction("right") == 0.2


def test_a_normal_anatomy_says_nothing_of_it():
    normal, named = scenario(), scenario("castellvi=IIa", "side=left")
    assert "lumbosacral" not in normal.resolved()["anatomy"]
    assert named.resolved()["anatomy"]["lumbosacral"]["castellvi"] == "IIa" and named.sha256 != normal.sha256
    assumed = {one["name"] for one in named.assumed_values}
    assert "anatomy.lumbosacral.joint_modulus_MPa" in assumed
    assert not any(name.startswith("anatomy.lumbosacral") for name in (one["name"] for one in normal.assumed_values))
    assert scenario("castellvi=IIa", "side=right").resolved()["anatomy"] == mirrored_data(named.resolved()["anatomy"])


def test_the_library_is_complete():
    entries = read_library(SCENARIOS / "transitional")
    types = {entry.scenario.anatomy.lumbosacral.castellvi for entry in entries}
    assert types == {None, "Ia", "Ib", "IIa", "IIb", "IIIa", "IIIb", "IV"}
    assert ["type_IIa_left", "type_IIa_right"] in [sorted(one.name for one in pair) for pair in mirror_pairs(entries)]
