"""Spelling: British throughout. Misspelt words are found by ``codespell`` in ``make lint``."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

import pytest

from tests.docs.pages import PAGES, prose

ALSO_BRITISH = {
    "analog", "meter", "meters", "practice", "practices", "practiced", "program", "programs", "check", "checks",
    "story", "license", "licenses", "disk", "disks", "draft", "curb", "tire", "cozy", "ton", "tons", "gray", "plow",
}  # fmt: skip
"""Words that have another spelling in one sense only, such as a computer program."""


@cache
def american() -> dict[str, str]:
    """British spelling of American words, from the dictionary that codespell brings."""
    text = (resources.files("codespell_lib") / "data" / "dictionary_en-GB_to_en-US.txt").read_text("utf-8")
    pairs = (line.split("->") for line in text.splitlines() if "->" in line)
    found = {us.strip(" ,"): british for british, us in pairs if us.strip(" ,") not in ALSO_BRITISH}
    return found | {"fiber": "fibre", "fibers": "fibres"}


def found(text: str) -> dict[str, str]:
    """American words of a text with their British spelling; addresses and titles in quotation marks are left out."""
    plain = re.sub(r"https?://\S+|\([^()]*\d{4}[^()]*\)", "", prose(text))
    words = {word.lower() for word in re.findall(r"[A-Za-z]+", plain)}
    return {word: american()[word] for word in words if word in american()}


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "parameters.md"], ids=lambda page: page.name)
def test_pages_are_in_british_english(page):
    assert found(page.read_text("utf-8")) == {}


def test_american_words_are_found():
    assert found("The color of a fiber of the `center`.") == {"color": "colour", "fiber": "fibre"}
