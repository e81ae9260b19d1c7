"""The provider for joblib: models and data that are written to files and read again.

`pickle` itself is written in C and cannot be watched; what it reads appears from nowhere.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from types import FunctionType

from lineage_stats.hooks._files import with_file
from lineage_stats.hooks._provider import Call, HookProvider, OperationSpec, PublicName, Target

_CONTROL = """cpu_count effective_n_jobs hash register_compressor register_parallel_backend
    register_store_backend wrap_non_picklable_objects delayed parallel_config parallel_backend
    expires_after memory"""


class JoblibProvider(HookProvider):
    """Watches what is written to files and read from them."""

    name = "joblib"
    library = "joblib"
    requires = ">=1.2"
    calls_back = True
    frame_sensitive = ("joblib.func_inspect", "joblib.memory")  # by code it knows what it cached

    def targets(self) -> Iterator[Target]:
        """Yield what is watched in joblib."""
        yield Target("joblib.numpy_pickle", "load", "source", describe=with_file(_loaded))
        yield Target(
            "joblib.numpy_pickle", "dump", "sink", describe=with_file(_dumped, written=True)
        )

    def public_names(self) -> Iterator[PublicName]:
        """Yield what programs call in joblib."""
        joblib = importlib.import_module("joblib")
        for name in sorted(joblib.__all__):
            if isinstance(getattr(joblib, name, None), FunctionType):
                reason = "control" if name in _CONTROL.split() else None
                yield PublicName(name, joblib, name, reason)


def _loaded(call: Call) -> OperationSpec:
    return OperationSpec(name="joblib.load")


def _dumped(call: Call) -> OperationSpec:
    return OperationSpec(name="joblib.dump", outputs=())
