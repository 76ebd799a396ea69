"""Pages, links and generated pages: everything is listed once, leads somewhere, and is up to date."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

from fem_lumbar.cli.commands_page import commands_page
from fem_lumbar.documents.parameters_page import parameters_page
from tests.docs.pages import DOCS, PAGES, ROOT, prose

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
NOT_OF_NATURE = {
    "experiments/tissues/data/targets.yaml": "measurements that the model is compared with, in docs/validation.md",
    "experiments/validation/data/targets.yaml": "measurements that the model is compared with, in docs/validation.md",
    "anatomy/data/reference_landmarks.yaml": "measurements that the mesh is compared with",
}
"""Data files with quantities that are no parameters, and what they are."""


def listed() -> Counter[str]:
    """How often each page stands in a table of contents."""
    trees = re.findall(r"^```\{toctree\}\n(.*?)^```$", (DOCS / "index.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    lines = [line.strip() for tree in trees for line in tree.splitlines()]
    return Counter(line for line in lines if line and not line.startswith(":"))


def test_every_page_is_in_the_contents_once():
    pages = {page.stem for page in DOCS.glob("*.md")} - {"index"}
    assert sorted(pages - set(listed())) == [], "add a line to a toctree of docs/index.md"
    assert listed() == Counter(pages)


def anchor(heading: str) -> str:
    """Anchor of a heading, as GitHub and MyST make it."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


@cache
def anchors(page: Path) -> frozenset[str]:
    text = re.sub(r"^ *```.*?^ *```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return frozenset(anchor(heading) for heading in re.findall(r"^#{1,6} (.+)$", text, re.MULTILINE))


def broken(page: Path, link: str) -> bool:
    """Whether a link within the repository leads nowhere; addresses elsewhere are left to ``make linkcheck``."""
    if re.match(r"https?:|mailto:", link):
        return False
    name, _, place = unquote(link).partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return True
    return bool(place) and (target.suffix != ".md" or place not in anchors(target))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    assert [link for link in LINK.findall(prose(page.read_text("utf-8"))) if broken(page, link)] == []


@pytest.mark.parametrize("link", ["nowhere.md", "solver.md#nowhere", "#nowhere", "../../elsewhere"])
def test_broken_links_are_found(link):
    assert broken(DOCS / "solver.md", link)
    assert not broken(DOCS / "solver.md", "solver.md#equations")


def test_files_named_in_the_text_exist():
    wrong = []
    pattern = re.compile(r"`((?:fem_lumbar|scenarios|studies|tests|scripts|benchmarks|docs)/[\w./-]+?)/?`")
    for page in PAGES:
        wrong += [f"{page.name}: {name}" for name in pattern.findall(page.read_text("utf-8")) if not there(name)]
    assert wrong == []


def there(name: str) -> bool:
    return any((ROOT / f"{name}{ending}").exists() for ending in ("", ".py"))


def test_every_picture_is_in_the_gallery():
    shown = set(re.findall(r"pictures/([\w.-]+)\)", (DOCS / "gallery.md").read_text("utf-8")))
    assert shown == {picture.name for picture in (DOCS / "pictures").iterdir()}


@pytest.mark.parametrize(
    ("name", "text", "module"),
    [
        ("parameters.md", parameters_page, "fem_lumbar.documents.parameters_page"),
        ("commands.md", commands_page, "fem_lumbar.cli.commands_page"),
    ],
)
def test_generated_pages_are_up_to_date(name, text, module):
    assert (DOCS / name).read_text("utf-8") == text(), f"python -m {module} > docs/{name}"


def quantities(node: object) -> bool:
    if isinstance(node, dict):
        return {"value", "unit"} <= node.keys() or any(map(quantities, node.values()))
    return isinstance(node, list) and any(map(quantities, node))


def test_every_data_file_is_on_the_page_of_parameters():
    text, package = parameters_page(), ROOT / "fem_lumbar"
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    files = {path.relative_to(package).as_posix(): path for path in package.rglob("data/*.yaml")}
    held = {name for name, path in files.items() if quantities(yaml.load(path.read_text("utf-8"), loader))}
    sets = {name for name in held if name.startswith("materials/data/")}
    on_page = set(re.findall(r"^`fem_lumbar/(.+?)`", text, re.MULTILINE))
    assert sorted(held - sets - NOT_OF_NATURE.keys()) == sorted(on_page)
    assert NOT_OF_NATURE.keys() <= held
