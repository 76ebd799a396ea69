"""The command ``mal``: table and JSON, and its refusal where there is no MAL."""

from __future__ import annotations

import json
from pathlib import Path

from fem_lumbar.cli.main import main

SCENARIOS = Path(__file__).parents[2] / "scenarios"
TEST = ("--density", "test", "--quiet")


def test_json_has_every_insertion_with_its_hand_calculation(capsys):
    assert main(["mal", str(SCENARIOS / "mal_type3_L5_left.yaml"), *TEST, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["insertions"]) == 3 * 2 * 5
    bone = [one for one in told["insertions"] if one["state"] == "absent"]
    assert all(one["bridge_by_hand_N_per_mm"] is None for one in bone)
    arches = [one for one in told["insertions"] if one["state"] == "fibrous"]
    assert all(one["share_mammillary"] + one["share_accessory"] == 1.0 for one in arches)
    assert all(one["share_mammillary"] is None for one in bone)
    assert all(abs(one["bridge_N_per_mm"] / one["bridge_by_hand_N_per_mm"] - 1.0) < 0.01 for one in arches)


def test_segment_without_mal_is_refused(capsys):
    assert main(["mal", str(SCENARIOS / "disc_only_L4-L5.yaml"), *TEST]) == 2
    assert "no posterior elements" in capsys.readouterr().err


def test_table_names_units(capsys):
    assert main(["mal", str(SCENARIOS / "baseline.yaml"), *TEST]) == 0
    told = capsys.readouterr().out
    assert "N/mm" in told
    assert "type III" in told
    assert "No modulus of the MAL has been published" in " ".join(told.split())
