"""The model: words, names and numbers, each encoded in its own way."""

from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

CHANNELS = ["web", "mail", "phone", "chat"]
CHANNEL_COLUMNS = [f"channel_{i}" for i in range(len(CHANNELS))]
NAMES = ["line", "plan"]
NUMBERS = ["invoice_beside_plan", "days_since_order", "at_night", "n_words", *CHANNEL_COLUMNS]


def make_model(strength: float, text: str) -> Pipeline:
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    columns = ColumnTransformer(
        [
            ("words", CountVectorizer(min_df=3, binary=True), text),
            ("names", OneHotEncoder(handle_unknown="ignore"), NAMES),
            ("numbers", numbers, NUMBERS),
        ]
    )
    classifier = LogisticRegression(
        C=strength, class_weight="balanced", max_iter=200, tol=0.001, random_state=0
    )
    return Pipeline([("columns", columns), ("classifier", classifier)])
