"""The closed list of fault kinds: what goes wrong, and in which family of operations.

A kind of the test part is never used in the development or validation part, neither to write a
method nor to look at one. Which kinds those are stands here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

FAMILIES = (
    "source",
    "selection",
    "projection",
    "join",
    "aggregation",
    "assignment",
    "missing values",
    "encoding",
    "split",
    "scaling",
    "fit",
    "predict",
    "metric",
    # Changes that hurt nothing and must not be blamed.
    "harmless",
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault: the family of the operation at fault, and one sentence."""

    name: str
    family: str
    about: str
    is_test_only: bool = False


def _kinds() -> dict[str, Kind]:
    found: dict[str, Kind] = {}
    for family, text in _TEXT.items():
        for line in text.strip().splitlines():
            name, _, about = line.partition(": ")
            test_only = name.endswith("*")
            name = name.strip().rstrip("*")
            if name in found:
                raise ValueError(f"Two kinds are called {name}.")
            found[name] = Kind(name, family, about.strip(), test_only)
    return found


# One line per kind, "name: sentence". A star marks the kinds of the test part.
_TEXT = {
    "source": """
rows_truncated: A source table ends early; the later rows are not there.
rows_stale: A source table is that of an earlier day, delivered again.
rows_sent_twice: Some or all rows of a source table are there several times.
rows_misaligned: Some columns of a source table are shuffled against the others, labels among them.
group_lost: All or most rows of one group (a region, a device, a class) are missing at the source.
nulls_injected: Values of some columns are missing at the source.
value_stuck: A column of the source has one and the same value in all or many rows.
unit_changed: A column arrives in another unit in all or some rows.
sign_flipped*: The values of a column arrive with the opposite sign in all or some rows.
decimal_comma*: Numbers arrive written with a decimal comma or with separators of thousands.
columns_exchanged: Two columns of a source arrive under each other's name.
category_renamed: A category arrives under another name than before.
category_new: Rows arrive with a category that was not there before.
text_mangled: Text arrives in another encoding, case or padding, so that values no longer match.
labels_noisy: Some labels of the source are wrong, at random; no marginal profile need change.
wrong_file: The program reads another file than it should.
""",
    "selection": """
filter_inverted: A filter keeps what it should drop.
filter_strict: A filter keeps far fewer rows than it should.
filter_off_by_one: A bound of a filter is one step off, or includes what it should exclude.
filter_missing: A filter that should be there is not.
deduplication_missing: Rows that were sent twice are no longer dropped, or on the wrong columns.
head_left_in: A head() or sample() from trying things out was left in.
""",
    "projection": """
column_dropped: A column that the model needs is no longer selected.
identifier_kept: An identifier or a row number is among the features.
target_leaked: A column known only after the outcome, or made from it, is among the features.
""",
    "join": """
join_wrong_key: A join matches rows on the wrong column.
join_wrong_how: A join keeps other rows than it should (left, right, outer, inner).
join_key_cast*: The keys of a join differ in type or form, so that rows do not match.
join_keys_duplicated: Keys of one side are not unique, so that a join multiplies rows.
join_by_position: Tables are put side by side by position instead of by key.
""",
    "aggregation": """
aggregation_other_function: An aggregation computes another statistic than it should.
aggregation_wrong_group: An aggregation groups by the wrong columns.
window_wrong: A rolling window, lag or resampling step has the wrong length or direction.
""",
    "assignment": """
factor_wrong: A computed column is off by a factor or an offset (unit, currency, percent).
ratio_inverted: Operands of a difference or ratio are exchanged.
time_zone_wrong*: Times are read in another time zone or off by hours, so that derived parts shift.
dtype_cast: A cast silently loses information (truncated decimals, overflow, float16).
clip_wrong: A column is clipped or binned at the wrong limits.
label_inverted: The label is computed the wrong way round, for all or some rows.
label_threshold_wrong: The limit by which the label is computed is wrong.
labels_shuffled: Labels are shuffled against the rows by the program.
labels_shifted*: Labels are shifted by one or more rows against their features.
""",
    "missing values": """
fill_constant: Missing values are filled by a constant far from the data.
fill_other_statistic: Missing values are filled by another statistic or the wrong column's.
dropped_eagerly: Rows or columns with any missing value are dropped where few should be.
""",
    "encoding": """
one_hot_moved*: One-hot columns stand in another order in one part of the data than in the other.
codes_reassigned: Ordinal codes or a category mapping differ from what they should be.
encoder_refitted: An encoder is fitted anew on the test data, so that codes differ.
rare_merged: Categories are thrown together that should be kept apart.
""",
    "split": """
split_wrong_share: The test share is far too large or too small.
split_unstratified: The split is not stratified, or not shuffled, where it should be.
split_overlapping*: Rows are in both train and test.
split_out_of_time: The split does not respect time or groups where it should.
""",
    "scaling": """
scaler_refitted: The scaler is fitted on the test data, or anew.
scaler_left_out: One part of the data, or all of it, is not scaled.
scaler_wrong_columns: The scaler is applied to other columns than it should be.
""",
    "fit": """
hyper_parameter_broken: A hyper-parameter has a value that spoils the model.
fitted_on_few: The model is fitted on a small or biased part of the training rows.
weights_wrong: Sample or class weights are wrong or inverted.
search_broken: The search over hyper-parameters has the wrong grid, scoring or folds.
features_permuted: Feature columns stand in another order when fitting than when predicting.
""",
    "predict": """
model_stale*: The predictions come from the wrong or an old model file.
threshold_changed: Probabilities are turned into classes at another threshold.
probability_of_other_class: Probabilities of the wrong class are used.
predictions_misaligned: Predictions are matched to the wrong rows.
""",
    "metric": """
metric_averaged_otherwise*: The metric is averaged or weighted otherwise than before.
metric_on_part: The metric is computed on other rows than it should be.
metric_arguments_exchanged: The arguments of the metric are exchanged or its positive class is.
""",
    "harmless": """
operation_inserted: An operation that changes nothing was inserted (a sort, a copy, a cast).
operation_renamed: A function or module was renamed or moved, and does what it did.
operation_reordered: Operations whose order does not matter were exchanged.
operation_rewritten: An operation was written in another way with the same result.
machine_slower: The machine was busy: all durations are longer.
verbosity_changed: An option that only changes printing, logging or parallelism was changed.
column_unused: A column was added that nothing uses.
harmless_change: An operation really works otherwise, but the metric does not depend on it.
""",
}

KINDS: dict[str, Kind] = _kinds()
