"""How these pages are built: ``make docs``, or ``sphinx-build -W docs build/docs``."""

from __future__ import annotations

from enum import Enum

from click import Context
from pydantic import BaseModel
from sphinx.application import Sphinx

import lemtrada_triage.author.commands  # noqa: F401  # before autodoc rewrites annotations of pydantic's base class
from lemtrada_triage import __version__

project = "lemtrada-triage"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_click"]
exclude_patterns = ["schema"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

# Pages name what programs import; where a module of it lies is no business of theirs.
add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
autodoc_default_options = {"undoc-members": True, "exclude-members": "model_config, trusted"}
toc_object_entries = False

smartquotes = False  # what stands in a docstring is what a reader sees, and can look for

html_theme = "furo"
html_favicon = "static/icon.svg"
html_title = "lemtrada-triage"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False


def without_signature(_app: Sphinx, what: str, _name: str, found: object, *_: object) -> tuple[str, None] | None:
    """Results and enumerations are not made by hand: their fields stand below, once."""
    made_for = isinstance(found, type) and issubclass(found, (BaseModel, Enum))
    return ("", None) if what == "class" and made_for else None


def as_it_stands(_app: Sphinx, _context: Context, lines: list[str]) -> None:
    """The help of a command is plain text: a star in it (``*.csv``) stands for itself."""
    lines[:] = [line.replace("*", r"\*") for line in lines]


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-process-signature", without_signature)
    app.connect("sphinx-click-process-description", as_it_stands)
