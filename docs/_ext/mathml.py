"""Formulas as MathML, which browsers draw themselves: no script, no network."""

from html import escape

from docutils.nodes import SkipNode
from latex2mathml.converter import convert


def visit_math(self, node):
    """Write a formula in a line of text."""
    self.body.append(convert(node.astext()))
    raise SkipNode


def visit_displaymath(self, node):
    """Write a formula of its own."""
    self.body.append(f'<div class="math" role="math" aria-label="{escape(node.astext())}">')
    self.body.append(convert(node.astext(), display="block"))
    self.body.append("</div>\n")
    raise SkipNode


def setup(app):
    """Tell Sphinx that there is one more way to write formulas."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_displaymath, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
