"""Commands that the pages print: the parser takes them, and files, load cases, keys and folders in them exist."""

from __future__ import annotations

import argparse
import importlib.util
import re
import shlex
from itertools import dropwhile
from pathlib import Path

import pytest
import yaml

from fem_lumbar.cli.main import _unknown_options, _with_command, command_line
from fem_lumbar.foundation.errors import FemLumbarError
from fem_lumbar.scenario.loader import load_scenario
from tests.docs.pages import DOCS, PAGES, ROOT, Block, blocks

OTHERS = {"make", "python", "python3", "pip", ".", "git", "cd", "dask", "sbatch", "qsub", "eval", "ccx", "cp"}
"""Commands of other programs; only the files of the repository in them are checked."""
IN_REPOSITORY = re.compile(r"(?:\.\./)?((?:scenarios|studies|scripts|benchmarks|docs|tests)/[\w./-]*)")
BLOCKS = list(blocks("sh"))


def commands(block: Block) -> list[list[str]]:
    """Words of each command of a block, without settings of the environment before it."""
    lines = block.text.replace("\\\n", " ").splitlines()
    words = [shlex.split(line, comments=True) for line in lines]
    return [list(dropwhile(lambda word: re.fullmatch(r"[A-Z_]+=.*", word), one)) for one in words if one]


def names_of_runs(page: Path) -> set[str]:
    """Folders below ``results/`` that exist once the commands of a reader have run: names of scenarios and studies."""
    files = [*ROOT.glob("scenarios/**/*.yaml"), *ROOT.glob("studies/*.yaml")]
    heads = (yaml.safe_load(file.read_text(encoding="utf-8")) for file in files)
    names = {str(head.get("name", file.stem)) for file, head in zip(files, heads, strict=True)}
    text = page.read_text(encoding="utf-8")
    written = r"fem-lumbar init (\w+)\.yaml|^ *name: (\w+)|--out results/([\w-]+)"
    return names | {name for found in re.findall(written, text, re.MULTILINE) for name in found if name}


RUNS = {page: names_of_runs(page) for page in PAGES}


def check_files(words: list[str], page: Path) -> None:
    for word in words:
        for name in IN_REPOSITORY.findall(word):
            assert (ROOT / name).exists(), f"there is no {name}"
        for name in re.findall(r"(?<![\w/])results/([\w-]+)", word):
            run = re.sub(r"-\d$", "", name)
            of_own = "--out" in words and words[words.index("--out") + 1] == f"results/{name}"
            assert run in RUNS[page] or of_own or name.endswith(("-test", "_anatomy")), f"nothing writes results/{name}"


def parsed(words: list[str]) -> argparse.Namespace | None:
    """Options of a command; None where it only asks for help."""
    parser, arguments = command_line(), _with_command(words)
    assert _unknown_options(parser, arguments) == []
    if "--help" in arguments:
        return None
    options, left = parser.parse_known_args(arguments)
    assert left == [] and options.command is not None
    return options


def check_scenario(options: argparse.Namespace) -> None:
    """A shipped scenario that is named takes the load cases, density and values that the command gives."""
    given = [getattr(options, name, None) for name in ("file", "files", "source", "what", "scenario")]
    files = [Path(one) for item in given for one in (item if isinstance(item, list) else [item]) if one is not None]
    for file in files:
        if file.suffix == ".yaml" and file.parts[0] == "scenarios" and "calibration" not in file.parts:
            cases = getattr(options, "cases", None)
            cases = cases.split(",") if isinstance(cases, str) else cases
            sets = getattr(options, "set", None) or getattr(options, "sets", None) or []
            scenario = load_scenario(ROOT / file, sets, cases, getattr(options, "density", None))
            case = getattr(options, "case", None)
            assert case is None or case in scenario.load_cases


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_commands_are_those_of_the_program(block):
    found = commands(block)
    assert found
    for words in found:
        check_files(words, block.page)
        if words[0] == "fem-lumbar" or words[:2] == ["python", "run_scenario.py"]:
            options = parsed(words[1 if words[0] == "fem-lumbar" else 2 :])
            if options is not None:
                check_scenario(options)
        elif words[:2] == ["python", "-m"]:
            assert importlib.util.find_spec(words[2]) is not None
        elif words[0] == "make":
            makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
            targets = [word for word in words[1:] if "=" not in word]
            assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)
        else:
            assert words[0] in OTHERS or words[0].startswith("--"), f"'{words[0]}' is no command that a reader has"


def test_commands_in_sentences_are_those_of_the_program():
    """``fem-lumbar COMMAND`` between backticks: command, action and options exist."""
    wrong = []
    parser = command_line()
    for page in PAGES:
        for code in re.findall(r"`fem-lumbar ([^`]+)`", page.read_text(encoding="utf-8").replace("\n", " ")):
            words = code.split()
            try:
                arguments = _with_command(words)
                bad = _unknown_options(parser, arguments)
            except FemLumbarError as error:
                bad = [str(error)]
            if bad and not words[0].isupper():
                wrong.append(f"{page.name}: {code}: {bad}")
    assert wrong == []


def test_a_block_of_the_shell_is_marked_as_one():
    """Commands in a block without a language would not be checked."""
    wrong = [str(one) for one in blocks("") if "fem-lumbar" in one.text]
    assert wrong == []


@pytest.mark.parametrize(
    "line",
    [
        "fem-lumbar fly scenarios/baseline.yaml",
        "fem-lumbar run scenarios/baseline.yaml --densty test",
        "fem-lumbar run scenarios/no_such.yaml",
        "fem-lumbar run scenarios/baseline.yaml --cases no_such",
        "fem-lumbar compare results/no_such results/baseline",
        "make nothing",
        "frobnicate now",
    ],
)
def test_what_is_wrong_is_found(line):
    block = Block(DOCS / "solver.md", 1, "sh", line, None, None)
    with pytest.raises(Exception):  # noqa: B017  # any: of the parser, of the scenario or of the check
        test_commands_are_those_of_the_program(block)
