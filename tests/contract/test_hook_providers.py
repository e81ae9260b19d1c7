"""Every hook provider keeps the promises of all of them."""

from __future__ import annotations

import pytest

from lineage_stats.hooks import available_providers, hook_provider_checks
from tests.registry import HOOK_PROVIDERS

CHECKS = dict(hook_provider_checks())


def test_the_suite_covers_every_provider_that_is_built_in():
    assert len(CHECKS) >= 7
    assert len(HOOK_PROVIDERS) >= 2
    available = {type(p) for p in available_providers() if "lineage_stats" in type(p).__module__}
    assert available == {type(p) for p in HOOK_PROVIDERS}


@pytest.mark.parametrize(
    "provider",
    [pytest.param(p, marks=[pytest.mark.slow] * (p.name == "pyspark")) for p in HOOK_PROVIDERS],
    ids=lambda p: p.name,
)
@pytest.mark.parametrize("check", CHECKS)
def test_provider_passes(provider, check):
    CHECKS[check](provider)
