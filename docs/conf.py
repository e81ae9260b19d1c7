"""How Sphinx builds the site: ``python -m sphinx -W --keep-going docs docs/_build``."""

import os
import sys
import tempfile
import warnings
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_ext")]
os.environ.setdefault("MPLBACKEND", "agg")
# What examples record is no part of the documentation.
os.environ["LINEAGE_STATS_DIR"] = tempfile.mkdtemp(prefix="lineage_docs_")

import lineage_stats  # noqa: E402  # after its settings

project = "lineage_stats"
author = "The lineage_stats developers"
copyright = author  # noqa: A001  # Sphinx's name for it
release = version = lineage_stats.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_parser",
    "sphinx_gallery.gen_gallery",
    "sphinx_design",
    "figures",
    "mathml",
    "reference",
]
exclude_patterns = ["_build", "_ext", "_templates", "README.md", "**/*.py"]
root_doc = "index"
default_role = "py:obj"
add_module_names = False
templates_path = ["_templates"]

myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3

autosummary_generate = True
autodoc_typehints = "none"  # numpydoc says the types, with shapes and units
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
html_math_renderer = "mathml"

sphinx_gallery_conf = {
    "examples_dirs": ["../examples/gallery"],
    "gallery_dirs": ["gallery"],
    "within_subsection_order": "FileNameSortKey",
    "filename_pattern": r"plot_.*\.py",
    "image_scrapers": ("matplotlib",),
    "write_computation_times": False,
    "show_memory": False,
    "show_signature": False,
    "download_all_examples": False,
    "abort_on_example_error": True,
    "plot_gallery": "True",
}
warnings.filterwarnings("error", category=DeprecationWarning, module="__main__")

html_theme = "pydata_sphinx_theme"
html_title = "lineage_stats"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "lineage_stats"},
    "navbar_end": ["theme-switcher"],
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "navigation_with_keys": False,
    "show_toc_level": 2,
}
html_sidebars = {"index": [], "peers": [], "coverage": []}
