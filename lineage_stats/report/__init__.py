"""Reports: from results to a plain dictionary with a schema, and from that to text or a page."""

from lineage_stats.report._build import build_report
from lineage_stats.report._html import render_html
from lineage_stats.report._save import save_report
from lineage_stats.report._schema import REPORT_SCHEMA, REPORT_VERSION
from lineage_stats.report._text import render_text

__all__ = [
    "REPORT_SCHEMA",
    "REPORT_VERSION",
    "build_report",
    "render_html",
    "render_text",
    "save_report",
]
