"""What every page of results holds, in which order, and how it becomes one HTML file that needs no network."""

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
"""What a page may weigh."""
_LONGEST_NAME = 12
_CELLS = {
    "passed": ("resolved", "supported", "visible"),
    "failed": ("NO", "FAILED", "contradicted"),
    "open": ("not resolved", "negligible", "not visible", "not tested", "not computed", "errors not known"),
}
"""Class of the cells of tables whose first words, up to a comma or colon, are these."""


@dataclass(frozen=True)
class Mark:
    """A word in the head of a page, such as the status of a run, in the colour of a pass or a failure."""

    text: str
    passed: bool


@dataclass(frozen=True)
class Folded:
    """A part of a page that opens on a click.

    Attributes
    ----------
    title : str
        What is seen while it is closed.
    document : Document
        Tables and text.
    charts : sequence of Chart
        Drawn when it is first opened.
    inner : sequence of Folded
        Parts inside it.
    opened : bool
        Whether it is open from the beginning.
    printed : bool
        Whether it is opened for printing; otherwise it is printed as it is seen.
    """

    title: str
    document: Document = field(default_factory=list)
    charts: Sequence[Chart] = ()
    inner: Sequence[Folded] = ()
    opened: bool = False
    printed: bool = True


@dataclass(frozen=True)
class Space:
    """The scene in three dimensions, and still pictures that stand for it on paper.

    Attributes
    ----------
    head : dict or None
        What the scene holds (see :func:`fem_lumbar.web_page.scene.scene`); None without stored fields.
    blocks : dict of str
        Its packed arrays.
    note : str
        What is shown.
    pictures : sequence of dict
        ``name`` and PNG ``data`` in base64.
    """

    head: dict[str, Any] | None
    blocks: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    pictures: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page: what was asked and the answer first, then what they stand on.

    Attributes
    ----------
    title : str
    marks : sequence of Mark
        Status of what is reported.
    made : str
        Mesh, program, date.
    asked, answer : Document
        The question with its loads, and what came out, with what may be claimed of it.
    charts : sequence of Chart
    space : Space or None
        None where there is nothing to show in space.
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
    """A page of HTML that is there already, in the same style; it needs no script."""
    return _environment().get_template("plain.html").render(title=title, body=Markup(body))


def weight_of_scripts() -> int:
    """Bytes of a page before anything is in it."""
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
    """Class of a cell whose text is a verdict or a name; empty for others."""
    words = re.split("[:,]", text)[0]
    verdict = next((name for name, verdicts in _CELLS.items() if words in verdicts), "")
    return verdict or ("name" if _is_name(text) else "")


def _is_name(text: str) -> bool:
    """Whether a text is one short word, as the name of a joint: not to be broken at its hyphen."""
    return "-" in text and len(text) <= _LONGEST_NAME and not re.search(r"\s", text)


def _source(name: str) -> str:
    """Text of a file of this package that goes into the page as it is."""
    return (files("fem_lumbar.web_page") / "data" / name).read_text(encoding="utf-8")


def _plotly() -> str:
    """The JavaScript of plotly, out of its own package."""
    return (files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
