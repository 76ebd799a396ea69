"""YAML that the pages print: scenarios, studies and calibrations, read by the program as it reads those of a user."""

from __future__ import annotations

import pytest
import yaml

from fem_lumbar.cli.main import main
from fem_lumbar.experiments.calibration.reading import load_calibration
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.studies.reading import load_study
from tests.docs.pages import DOCS, ROOT, Block, blocks

BLOCKS = list(blocks("yaml"))
IMAGES = ("L3.stl", "L4.stl", "L5.stl", "spine.nii.gz")


@pytest.fixture
def folder(tmp_path):
    """A folder with all shipped scenarios and the files of the reader that pages name."""
    for file in (ROOT / "scenarios").iterdir():
        (tmp_path / file.name).symlink_to(file)
    for name in IMAGES:
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "my_disc_test.yaml").write_text("extends: calibration/disc_protocol.yaml\n", encoding="utf-8")
    (tmp_path / "my_disc.yaml").write_text("materials: {annulus: {c10_MPa: 0.06}}\n", encoding="utf-8")
    assert main(["init", str(tmp_path / "my_case.yaml")]) == 0
    return tmp_path


def read(block: Block, folder) -> None:
    """Read a block; what it leaves out comes from the file that the comment before it names, or from the baseline."""
    data = yaml.safe_load(block.text)
    if data is None:  # a comment alone, such as the line that names the schema
        assert block.text.startswith("# yaml-language-server: $schema=scenario.schema.json")
        return
    file = folder / "of_the_page.yaml"
    if block.what is not None and block.what.startswith("studies/"):
        whole = yaml.safe_load((ROOT / block.what).read_text(encoding="utf-8"))
        whole["scenario"] = str(ROOT / "studies" / whole["scenario"])
        file.write_text(yaml.safe_dump(whole | data), encoding="utf-8")
        load_study(file)
    elif block.what == "calibration":
        file.write_text(block.text, encoding="utf-8")
        load_calibration(file)
    elif block.what == "study":
        file.write_text(block.text, encoding="utf-8")
        load_study(file)
    else:
        base = [] if "extends" in data else [f"extends: {block.what or 'baseline.yaml'}\n"]
        file.write_text("".join([*base, block.text]), encoding="utf-8")
        load_scenario(file)


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_files_are_accepted(block, folder):
    read(block, folder)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("mal: {L5: {left: {state: type_9}}}\n", None),
        ("materialz: {}\n", None),
        ("exclude:\n  - {no_such_factor: 1}\n", "studies/disc_L4_L5.yaml"),
    ],
)
def test_what_is_wrong_is_found(text, what, folder):
    with pytest.raises(InputError):
        read(Block(DOCS / "solver.md", 1, "yaml", text, None, what), folder)
