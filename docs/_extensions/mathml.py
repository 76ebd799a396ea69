"""Equations as MathML, written when the pages are built: no script, no font and no network is needed to read them.

MathJax and KaTeX come from a network or bring megabytes of scripts; images of equations need LaTeX. Every current
browser draws MathML itself, and docutils, which Sphinx is built on, translates LaTeX into it. What it does not know is
a warning of the build.
"""

from __future__ import annotations

from typing import Any

from docutils.nodes import Element, SkipNode
from docutils.utils.math import MathError, latex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging

_log = logging.getLogger(__name__)


def _mathml(tex: str, node: Element, as_block: bool) -> str:
    try:
        return str(latex2mathml.tex2mathml(tex, as_block=as_block))
    except MathError as error:
        _log.warning("equation not understood: %s: %s", error, tex, location=node)
        return ""


def _inline(writer: Any, node: Element) -> None:
    writer.body.append(_mathml(node.astext(), node, as_block=False))
    raise SkipNode


def _display(writer: Any, node: Element) -> None:
    writer.body.append(f'<div class="math">{_mathml(node.astext(), node, as_block=True)}</div>\n')
    raise SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the renderer under the name ``mathml``."""
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
