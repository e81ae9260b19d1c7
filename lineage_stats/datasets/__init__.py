"""Runs to learn from and to test on: recorded and simulated, in scikit-learn's manner.

``load_*`` functions read runs, ``make_*`` and ``write_*`` functions simulate them from a
`random_state`. Most return a dict-like `Bunch` that holds the traces, the truth about them, and a
description.
"""

if __name__ != "lineage_stats.datasets":
    raise ImportError("This folder is a door for readers: import lineage_stats.datasets instead.")

from lineage_stats.datasets._bunch import Bunch
from lineage_stats.datasets._corpus import load_corpus, load_faulty_pipelines
from lineage_stats.datasets._fault import FAULT_KINDS, FAULTS, STORED_FAULT_KINDS, Fault
from lineage_stats.datasets._injection import possible_faults
from lineage_stats.datasets._make_runs import make_runs
from lineage_stats.datasets._petshop import load_petshop
from lineage_stats.datasets._planted import Change, RecordedFault
from lineage_stats.datasets._rcaeval import load_rcaeval
from lineage_stats.datasets._rcd import load_rcd
from lineage_stats.datasets._run_folder import RunBlock, RunFolder
from lineage_stats.datasets._write_runs import write_runs

__all__ = [
    "FAULTS",
    "FAULT_KINDS",
    "STORED_FAULT_KINDS",
    "Bunch",
    "Change",
    "Fault",
    "RecordedFault",
    "RunBlock",
    "RunFolder",
    "load_corpus",
    "load_faulty_pipelines",
    "load_petshop",
    "load_rcaeval",
    "load_rcd",
    "make_runs",
    "possible_faults",
    "write_runs",
]
