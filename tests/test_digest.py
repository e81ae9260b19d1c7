"""Digests of text."""

from hashlib import blake2b

from hypothesis import given
from hypothesis import strategies as st

from lineage_stats._digest import text_digest


@given(st.text(), st.integers(1, 64))
def test_it_is_the_blake2b_of_the_text(text, size):
    assert text_digest(text, size) == blake2b(text.encode(), digest_size=size).hexdigest()


def test_half_a_surrogate_has_a_digest_of_its_own():
    assert len({text_digest("\udc80"), text_digest("\udc81"), text_digest("")}) == 3
