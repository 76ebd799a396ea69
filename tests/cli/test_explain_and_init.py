"""What a key means, a scenario to start from, and completion in the shell."""

import os
import subprocess
import sys

import pytest

from fem_lumbar.cli.main import main
from fem_lumbar.scenario.loader import load_scenario


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("materials.nucleus.c10_MPa", ["unit: MPa", "default: 0.01", "at least 0.001 and at most 10", "Iatridis"]),
        ("mal.L5.left.state", ["absent, fibrous, type_I, type_II, type_III", "default: fibrous"]),
        ("load_cases.flexion.moment_Nm", ["load_cases.<name>.moment_Nm", "usual: 0.5 to 10"]),
        ("idp_MPa", ["load_cases.<case>.idp_MPa.<joint>", "unit: MPa", "+ compression"]),
        ("load_cases.flexion.rotation_deg.L4-L5.flexion", ["output", "+ flexion, − extension"]),
    ],
)
def test_keys_and_outputs_are_explained(name, told, capsys):
    assert main(["explain", name]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert [one for one in told if one not in text] == []


def test_wrong_name_gives_the_nearest(capsys):
    for wrong, right in (("nucleus.c01_MPA", "c01_MPa"), ("facet_force", "facet_force_N"), ("moment_NM", "moment_Nm")):
        assert main(["explain", wrong]) == 2
        assert "did you mean" in (told := capsys.readouterr().err) and right in told


def test_started_scenario_is_valid_and_nothing_is_replaced(tmp_path, capsys):
    file = tmp_path / "my case.yaml"
    assert main(["init", str(file)]) == 0
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=scenario.schema.json\n")
    assert (tmp_path / "scenario.schema.json").is_file()
    scenario = load_scenario(file)
    assert scenario.name == "my_case"
    assert list(scenario.load_cases) == ["flexion", "standing"]
    assert main(["init", str(file)]) == 2
    assert "nothing was written" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == text


def test_examples_of_the_started_scenario_are_valid(tmp_path):
    file = tmp_path / "all.yaml"
    assert main(["init", str(file)]) == 0
    lines = file.read_text(encoding="utf-8").splitlines()
    keys = (
        "materials:",
        "  nucleus:",
        "  joints:",
        "anatomy:",
        "  size",
        "  left:",
        "muscles:",
        "degen",
        "ossif",
        "struct",
    )
    shown = [line[2:] if line.startswith(tuple(f"# {key}" for key in keys)) else line for line in lines]
    file.write_text("\n".join(shown), encoding="utf-8")
    assert load_scenario(file).degeneration["L4-L5"].disc.grade == 2


@pytest.mark.skipif(os.name == "nt", reason="a shell that passes file descriptors")
def test_shell_completes_names(tmp_path):
    line = "fem-lumbar export --format fe"
    asked = {"_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line)), "COMP_TYPE": "9"}
    asked["_ARGCOMPLETE_STDOUT_FILENAME"] = str(tmp_path / "names")
    command = [sys.executable, "-m", "fem_lumbar.cli.main"]
    subprocess.run(command, env={**os.environ, **asked}, check=True, timeout=60, capture_output=True)
    assert "febio" in (tmp_path / "names").read_text()
