"""How these pages are built: ``make docs``, or ``sphinx-build -W docs build/docs``."""

from __future__ import annotations

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
autodoc_default_options = {"members": True, "undoc-members": True, "exclude-members": "model_config, trusted"}

html_theme = "furo"
html_title = "lemtrada-triage"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_last_updated_fmt = None
