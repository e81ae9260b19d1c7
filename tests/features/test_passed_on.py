"""Differences that operations only hand on."""

from lineage_stats.features._passed_on import PassedOn


def test_what_grows_on_its_way_is_told_again():
    found = PassedOn[str]()
    for i, share in enumerate((0.8, 0.7, 0.6, 0.5)):
        found.add(f"{share}", f"o{i}", [f"o{i - 1}"], "rows", lambda o, s=share: abs(o - s) < 0.15,
                  share)  # fmt: skip
    assert [(root.change, root.n_after) for root in found.roots] == [("0.8", 1), ("0.6", 1)]


def test_only_the_same_difference_of_a_parent_is_handed_on():
    found = PassedOn[str]()
    found.add("one", "a", (), "rows", (0.5).__eq__, 0.5)
    found.add("two", "b", ["a"], "rows", (0.5).__eq__, 0.5)
    found.add("three", "c", ["b"], "rows", (0.5).__eq__, 0.5)
    found.add("other number", "d", ["c"], "rows", (0.2).__eq__, 0.2)
    found.add("other thing", "e", ["c"], "schema", (0.5).__eq__, 0.5)
    found.add("no child", "f", ["x"], "rows", (0.5).__eq__, 0.5)
    assert [(root.change, root.n_after) for root in found.roots] == [
        ("one", 2), ("other number", 0), ("other thing", 0), ("no child", 0),
    ]  # fmt: skip
