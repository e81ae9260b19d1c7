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
    """
    if pa.types.is_map(kind):
        keys = build_array(list(chain.from_iterable(values)), kind.key_type)
        items = build_array([v for value in values for v in value.values()], kind.item_type)
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
        texts = [b"" if v is None else v.encode("utf-8", "replace") for v in values]
        buffers = [present, _offsets(map(len, texts)), pa.py_buffer(b"".join(texts))]
        return _from_buffers(kind, values, buffers)
    data = array(_CODES[kind], [0 if v is None else v for v in values])
    return _from_buffers(kind, values, [present, pa.py_buffer(data.tobytes())])


def _from_buffers(
    kind: pa.DataType,
    values: Sequence[Any],
    buffers: list[pa.Buffer | None],
    children: list[pa.Array] | None = None,
) -> pa.Array:
    return pa.Array.from_buffers(kind, len(values), buffers, children=children)


def _offsets(lengths: Iterable[int]) -> pa.Buffer:
    return pa.py_buffer(array("i", accumulate(lengths, initial=0)).tobytes())


def _bitmap(values: Sequence[Any]) -> pa.Buffer | None:
    """Return which values are there, one bit each; None if all are."""
    if None not in values:
        return None
    bits = bytearray((len(values) + 7) // 8)
    for i, value in enumerate(values):
        bits[i >> 3] |= (value is not None) << (i & 7)
    return pa.py_buffer(bytes(bits))
