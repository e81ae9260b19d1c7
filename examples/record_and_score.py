"""Record a pipeline of one's own, learn what is healthy, and let a bad run explain itself.

Every "day" draws other patients from the breast cancer data. On the last day a filter is wrong.
"""

import tempfile

from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import lineage_stats
from lineage_stats.detectors import RobustMADDetector

PATIENTS = load_breast_cancer(as_frame=True).frame


def pipeline(day, largest_radius=30):
    """Train and evaluate on the patients of one day."""
    patients = PATIENTS.sample(400, random_state=day)
    patients = patients.dropna()
    patients = patients[patients["mean radius"] < largest_radius]
    train, test = train_test_split(patients, test_size=0.4, random_state=day)
    columns = ["mean radius", "mean texture", "mean smoothness", "mean symmetry"]
    scaler = StandardScaler().fit(train[columns])
    model = LogisticRegression().fit(scaler.transform(train[columns]), train["target"] == 0)
    return f1_score(test["target"] == 0, model.predict(scaler.transform(test[columns])))


with tempfile.TemporaryDirectory() as folder:
    for day in range(30):
        with lineage_stats.record("screening", tags={"status": "healthy"}, directory=folder):
            pipeline(day)
    with lineage_stats.record("screening", directory=folder) as run:
        pipeline(30, largest_radius=15)

    healthy = lineage_stats.load_traces(folder, tags={"status": "healthy"})
    bad = run.trace()
    print(healthy)
    print(bad, "\n")

    detector = RobustMADDetector(false_alarm_rate=0.05).fit(healthy)
    print(detector.score(bad).summary(), "\n")
    print(lineage_stats.attribute_root_cause(bad, "f1_score", baseline=healthy).summary())
