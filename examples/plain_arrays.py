"""Detectors on a plain array, as with scikit-learn: rows are runs, columns are measurements.

With sixty columns, three-sigma limits flag a healthy row whenever *any* column strays. A detector
has a false alarm rate per row, and still finds the faulty ones.
"""

import numpy as np

from lineage_stats.detectors import RobustMADDetector, ZScoreDetector

rng = np.random.default_rng(0)
centre, scale = rng.normal(50, 20, 60), rng.lognormal(0, 1, 60)


def draw(n_rows):
    """Return healthy rows."""
    return rng.normal(centre, scale, size=(n_rows, 60))


healthy, later, faulty = draw(40), draw(500), draw(500)
faulty[:, 7] += 6 * scale[7]


def show(name, is_flagged):
    """Print how many healthy and how many faulty rows are flagged."""
    print(f"{name:42s} {is_flagged(later).mean():14.1%} {is_flagged(faulty).mean():14.1%}")


print(f"{'':42s} healthy flagged   faulty found")
centres, scales = healthy.mean(axis=0), healthy.std(axis=0, ddof=1)
show("three sigma in any column", lambda X: (abs(X - centres) > 3 * scales).any(axis=1))
for rate in (0.01, 0.05):
    for detector in (
        RobustMADDetector(false_alarm_rate=rate),
        ZScoreDetector(false_alarm_rate=rate),
    ):
        detector.fit(healthy)
        show(str(detector), lambda X, fitted=detector: fitted.predict(X) == -1)

score = detector.score(faulty[:1])[0]
print(f"\nThe first faulty row scores {score:.1f}: one healthy row in {10**score:,.0f} gets there.")
