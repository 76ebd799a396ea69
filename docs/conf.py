"""Sphinx configuration of the documentation: ``make docs`` builds it, with warnings as errors."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

from fem_lumbar import __version__

project = "fem-lumbar"
author = "the authors of fem-lumbar"
version = release = __version__
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "mathml"]
exclude_patterns = ["_build"]

# The pages are plain Markdown that GitHub shows too: headings are anchors, as there, and $ begins an equation.
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4

html_theme = "furo"
html_title = f"fem-lumbar {version}"
html_math_renderer = "mathml"
html_show_copyright = False
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["page.css"]

autodoc_typehints = "none"  # argument types are in the docstrings
autodoc_member_order = "bysource"

# Addresses of other sites: one that does not answer twice within this time, in s, is broken.
linkcheck_timeout = 15
linkcheck_retries = 2

# Types in docstrings are prose ("(n,) N"), and nothing is fetched from the documentation of other projects.
nitpick_ignore_regex = [("py:.*", ".*")]
