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
