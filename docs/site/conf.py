"""How Sphinx makes the site. Sources are put together by docs/site/build.py."""

from __future__ import annotations

from pathlib import Path

SITE = Path(__file__).parent

project = "payrelay"
html_title = "payrelay"
extensions = ["myst_parser"]
myst_heading_anchors = 4
"""As deep as links to sections go; the anchors are those of GitHub, where the same documents are read."""
smartquotes = False
"""What is generated stands as it is generated."""

html_theme = "furo"
html_static_path = [str(SITE / "site.css")]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_show_search_summary = True
html_use_index = False
html_domain_indices = False
html_theme_options = {"navigation_with_keys": True}
html_permalinks_icon = "#"
