"""Content and order of a page of results, and its conversion to one HTML file that needs no network."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from fem_lumbar.documents.tables import Document, Table, right_aligned
from fem_lumbar.web_page.chart import Chart

LARGEST_MB = 25.0
"""Largest size of a page."""
_LONGEST_NAME = 12
_CELLS = {
    "passed": ("resolved", "supported", "visible"),
    "failed": ("NO", "FAILED", "contradicted"),
    "open": ("not resolved", "negligible", "not visible", "not tested", "not computed", "errors not known"),
}
"""CSS class of table cells whose text begins, up to a comma or colon, with one of these."""


@dataclass(frozen=True)
class Mark:
    """A coloured word in the head of a page, such as the status of a run: passed or failed."""

    text: str
    passed: bool


@dataclass(frozen=True)
class Folded:
    """A section of a page that is opened by a click.

    Attributes
    ----------
    title : str
        Visible text while it is closed.
    document : Document
        Tables and text.
    charts : sequence of Chart
        Charts, drawn when it is first opened.
    inner : sequence of Folded
        Subsections.
    opened : bool
        Whether it is initially open.
    printed : bool
        Whether it is opened for printing; otherwise it is printed as displayed.
    """

    title: str
    document: Document = field(default_factory=list)
    charts: Sequence[Chart] = ()
    inner: Sequence[Folded] = ()
    opened: bool = False
    printed: bool = True


@dataclass(frozen=True)
class Space:
    """The three-dimensional scene, and still pictures that replace it in print.

    Attributes
    ----------
    head : dict or None
        Content of the scene (see :func:`fem_lumbar.web_page.scene.scene`); None without stored fields.
    blocks : dict of str
        Its packed arrays.
    note : str
        Description of the content.
    pictures : sequence of dict
        ``name`` and PNG ``data`` in base64.
    """

    head: dict[str, Any] | None
    blocks: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    pictures: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page: question and answer first, followed by their basis.

    Attributes
    ----------
    title : str
    marks : sequence of Mark
        Status of the runs.
    made : str
        Mesh, program version, date.
    asked, answer : Document
        The question with its loads, and the results with the claims they support.
    charts : sequence of Chart
    space : Space or None
        None without a scene.
    results : sequence of Folded
        All results.
    methods : Document
    methods_note : str
    assumptions, not_established : sequence of str
    """

    title: str
    marks: Sequence[Mark]
    made: str
    asked: Document
    answer: Document
    charts: Sequence[Chart]
    results: Sequence[Folded]
    methods: Document
    assumptions: Sequence[str]
    not_established: Sequence[str]
    space: Space | None = None
    methods_note: str = ""


def page_text(page: Page) -> str:
    """The page as HTML."""
    charts = [*page.charts, *(chart for one in page.results for chart in _charts_in(one))]
    drawn = bool(charts or (page.space and page.space.head))
    return _environment().get_template("page.html").render(page=page, charts=charts, drawn=drawn)


def plain_page(title: str, body: str) -> str:
    """A page from given HTML, in the same style; it needs no script."""
    return _environment().get_template("plain.html").render(title=title, body=Markup(body))


def weight_of_scripts() -> int:
    """Size of an empty page in bytes."""
    return len(_plotly())


def _charts_in(folded: Folded) -> list[Chart]:
    return [*folded.charts, *(chart for one in folded.inner for chart in _charts_in(one))]


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("fem_lumbar.web_page", "data"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False, "separators": (",", ":")}
    environment.filters["right_aligned"] = right_aligned
    environment.filters["cell_class"] = _cell_class
    environment.filters["is_name"] = _is_name
    environment.tests["table"] = lambda part: isinstance(part, Table)
    environment.globals["source"] = lambda name: Markup(_source(name))
    environment.globals["plotly"] = lambda: Markup(_plotly())
    return environment


def _cell_class(text: str) -> str:
    """CSS class of a cell whose text is a verdict or a name; empty for others."""
    words = re.split("[:,]", text)[0]
    verdict = next((name for name, verdicts in _CELLS.items() if words in verdicts), "")
    return verdict or ("name" if _is_name(text) else "")


def _is_name(text: str) -> bool:
    """Whether a text is one short word, such as the name of a joint, that must not be broken at its hyphen."""
    return "-" in text and len(text) <= _LONGEST_NAME and not re.search(r"\s", text)


def _source(name: str) -> str:
    """Text of a file of this package that is included in the page unchanged."""
    return (files("fem_lumbar.web_page") / "data" / name).read_text(encoding="utf-8")


def _plotly() -> str:
    """The JavaScript of plotly, from its own package."""
    return (files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
