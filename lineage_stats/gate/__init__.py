"""The gate: audits of one run, the comparison with healthy runs, and how CI systems are told."""

from lineage_stats.gate._alerts import Alert, Alerts, alerts_of
from lineage_stats.gate._audit import audit_trace
from lineage_stats.gate._check import CheckedRun, CheckResult, check_run, check_runs
from lineage_stats.gate._finding import AUDITS, LEVELS, RULES, STATISTICS, Finding, Rule
from lineage_stats.gate._github import github_annotations, github_summary
from lineage_stats.gate._junit import junit_xml
from lineage_stats.gate._sarif import sarif_log
from lineage_stats.gate._webhook import webhook

__all__ = [
    "AUDITS",
    "LEVELS",
    "RULES",
    "STATISTICS",
    "Alert",
    "Alerts",
    "CheckResult",
    "CheckedRun",
    "Finding",
    "Rule",
    "alerts_of",
    "audit_trace",
    "check_run",
    "check_runs",
    "github_annotations",
    "github_summary",
    "junit_xml",
    "sarif_log",
    "webhook",
]
