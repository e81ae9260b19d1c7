"""Arrow arrays from Python values, straight from buffers.

``pyarrow.array`` imports pandas to see whether it was handed a Series. A process that has not
loaded pandas would load it at its very end, where the import fails: when the interpreter shuts
down, modules that need threads can no longer be imported.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate, chain
from typing import Any

import pyarrow as pa

_CODES = {pa.int64(): "q", pa.float64(): "d"}


def build_array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Make an array of plain Python values; None is null.

    Parameters
    ----------
    values : sequence of length n
        str, int or float; for lists and maps sequences and mappings of these, never None; for
        structs mappings that have all fields, never None.
    kind : DataType
        Any of ``string``, ``int64``, ``double``, and ``list``, ``map`` and ``struct`` of these.

    Returns
    -------
    Array
        Array of length n. Half of a surrogate pair, which UTF-8 cannot hold, becomes ``?``.

    Raises
    ------
    ValueError
        If a key of a map is None.
    """
    if pa.types.is_map(kind):
        keys = build_array(list(chain.from_iterable(values)), kind.key_type)
        if keys.null_count:
            raise ValueError("A key of a map is None.")  # Arrow would end the process
        items = build_array(
            list(chain.from_iterable([value.values() for value in values])), kind.item_type
        )
        entries = pa.StructArray.from_arrays(
            [keys, items], fields=[kind.key_field, kind.item_field]
        )
        return _from_buffers(kind, values, [None, _offsets(map(len, values))], [entries])
    if pa.types.is_list(kind):
        flat = build_array(list(chain.from_iterable(values)), kind.value_type)
        return _from_buffers(kind, values, [None, _offsets(map(len, values))], [flat])
    if pa.types.is_struct(kind):
        fields = [build_array([value[f.name] for value in values], f.type) for f in kind]
        return _from_buffers(kind, values, [None], fields)
    present = _bitmap(values)
    if pa.types.is_string(kind):
        return _from_buffers(kind, values, [present, *_text_buffers(_filled(values, present, ""))])
    data = array(_CODES[kind], _filled(values, present, 0))
    return _from_buffers(kind, values, [present, pa.py_buffer(data.tobytes())])


def _from_buffers(
    kind: pa.DataType,
    values: Sequence[Any],
    buffers: list[pa.Buffer | None],
    children: list[pa.Array] | None = None,
) -> pa.Array:
    return pa.Array.from_buffers(kind, len(values), buffers, children=children)


def _filled(values: Sequence[Any], present: pa.Buffer | None, filling: Any) -> Sequence[Any]:
    return values if present is None else [filling if v is None else v for v in values]


def _text_buffers(texts: Sequence[str]) -> list[pa.Buffer]:
    """Return where each text begins, and all of them in UTF-8."""
    joined = "".join(texts)
    if joined.isascii():  # nearly always: a character is a byte
        return [_offsets(map(len, texts)), pa.py_buffer(joined.encode())]
    encoded = [_encoded(text) for text in texts]
    return [_offsets(map(len, encoded)), pa.py_buffer(b"".join(encoded))]


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:  # halves of surrogate pairs, some of which may be whole
        pairs = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        return pairs.encode("utf-8", "replace")


def _offsets(lengths: Iterable[int]) -> pa.Buffer:
    return pa.py_buffer(array("i", accumulate(lengths, initial=0)).tobytes())


def _bitmap(values: Sequence[Any]) -> pa.Buffer | None:
    """Return which values are there, one bit each; None if all are."""
    if None not in values:
        return None
    bits = "".join(["0" if value is None else "1" for value in reversed(values)])
    return pa.py_buffer(int(bits, 2).to_bytes((len(values) + 7) // 8, "little"))
