"""An instance of everything that can be plugged in; the contract suites run over these."""

from __future__ import annotations

from lineage_stats.hooks import HookProvider
from lineage_stats.hooks._pandas import PandasProvider
from lineage_stats.hooks._sklearn import SklearnProvider

HOOK_PROVIDERS: list[HookProvider] = [PandasProvider(), SklearnProvider()]
