import numpy as np
from scipy import stats

from lineage_stats.detectors._many_cells import ManyCells, many_cells_statistic


def test_many_cells_alarm_is_honest_for_a_common_cause():
    rng = np.random.default_rng(0)

    def p(n):
        common = rng.normal(size=(n, 1))
        return 2 * stats.norm.sf(np.abs(np.sqrt(0.5) * (common + rng.normal(size=(n, 60)))))

    alarm = ManyCells.fit(many_cells_statistic(p(2000)))
    flagged = alarm.p_values(many_cells_statistic(p(4000)))
    assert 0.03 < (flagged < 0.05).mean() < 0.075
    left_out = ManyCells.fit(many_cells_statistic(few_p := p(60))).left_out_p_values(
        many_cells_statistic(few_p)
    )
    assert 0 < (left_out < 0.2).mean() < 0.4


def test_few_runs_leave_the_tail_uncertain():
    """Averaged over samples of ten, the p-values of further runs are uniform in the tail."""
    rng = np.random.default_rng(1)
    p = np.concatenate(
        [
            ManyCells.fit(rng.exponential(size=10)).p_values(rng.exponential(size=40))
            for _ in range(2000)
        ]
    )
    assert 0.03 < (p < 0.05).mean() < 0.07
    assert 0.0005 < (p < 0.001).mean() < 0.002
