"""Whether an anomaly can have reached the metric: widest paths along columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from lineage_stats.attribution._scoring import ROW_TRANSMISSION
from lineage_stats.features import FeatureName

# Where paths end: what enters a model or a metric bears on the metric.
TERMINAL_KINDS = frozenset({"fit", "predict", "metric"})
# Labels beside those of columns: the number of rows, the names of the columns, all the rest.
ROWS, WIDTH, WHOLE = "\0rows", "\0width", "\0whole"
HIDDEN = 1.0  # widest path by which column a step selects rows or makes another: nobody knows
DERIVED = 0.5  # the same where a step makes all columns anew
Node = tuple[str, int, str]  # operation, port, column or label
Child = tuple[str, int]  # operation, slot


def group_label(name: FeatureName) -> str:
    """Return the column or label that a feature of an output belongs to."""
    if name.column is not None:
        return name.column
    if name.statistic == "rows_out":
        return ROWS
    return WIDTH if name.statistic in ("columns_out", "null_share") else WHOLE


class Reach:
    """Widest path from every (operation, port, column) to a model or to the metric.

    The width of a path is the smallest anomaly along it: where a later step removed the anomaly,
    nothing arrived. A column leads to the same column of the next operation, to the columns that
    appear there for the first time, and to the number of rows; rows lead to rows, and to all
    columns of an aggregation.

    Parameters
    ----------
    order : sequence of str
        Operations that lead to the metric, in topological order.
    kinds : mapping of str to str
        Kind of each operation.
    children : mapping of (operation, port) to iterable of (operation, slot)
        Who reads an output.
    columns : mapping of str to mapping of int to set of str
        Columns of each output of an operation, by port.
    inherited : mapping of str to set of str
        Columns that an operation received.
    anomaly : mapping of (operation, port, column) to float
        How unusual each node is; a node without a number does not narrow a path.
    columns_to_rows : float, default=1.0
        Widest path from a column to the number of rows.
    with_nulls : collection of (operation, port, column)
        Columns of unusually many missing values: these do cost rows, and that limit is not theirs.
    full : float, default=inf
        Width of the way into a model.
    ends : collection of str
        Operations whose outputs count as read by a model.
    made_of : mapping of (operation, port, column) to collection of such
        Columns that are known to be made of the values of each, whatever they are called.
    """

    def __init__(
        self,
        order: Sequence[str],
        kinds: Mapping[str, str],
        children: Mapping[tuple[str, int], Iterable[Child]],
        columns: Mapping[str, Mapping[int, set[str]]],
        inherited: Mapping[str, set[str]],
        anomaly: Mapping[Node, float],
        *,
        columns_to_rows: float = HIDDEN,
        with_nulls: Collection[Node] = (),
        full: float = float("inf"),
        ends: Collection[str] = (),
        made_of: Mapping[Node, Collection[Node]] = MappingProxyType({}),
    ) -> None:
        self._ends, self._made_of = frozenset(ends), made_of
        self._full = full
        self._columns_to_rows, self._with_nulls = columns_to_rows, frozenset(with_nulls)
        self._kinds, self._children, self._columns = kinds, children, columns
        self._inherited, self._anomaly = inherited, anomaly
        self._width: dict[Node, float] = {}
        self._live = set(order)
        for key in reversed(order):
            for port, names in columns.get(key, {}).items():
                for name in (*names, ROWS, WHOLE):
                    node = (key, port, name)
                    own = anomaly.get(node, float("inf"))
                    self._width[node] = min(own, self._onward(node))

    def column(self, operation: str, port: int, column: str) -> float:
        """Return the width of the widest path from a column."""
        return self._width.get((operation, port, column), 0.0)

    def rows(self, operation: str, port: int) -> float:
        """Return the same for a number of rows, discounted."""
        return ROW_TRANSMISSION * self._width.get((operation, port, ROWS), 0.0)

    def operation(self, operation: str) -> float:
        """Return the widest of all paths from an operation."""
        ports = self._columns.get(operation, {})
        widths = [self.column(operation, port, name) for port in ports for name in ports[port]]
        widths += [self.rows(operation, port) for port in ports]
        widths += [self.column(operation, port, WHOLE) for port in ports if not ports[port]]
        return max(widths, default=0.0)

    def _onward(self, node: Node) -> float:
        """Width behind a node: the best of what its readers pass on."""
        key, port, _ = node
        widest = self._full if key in self._ends else 0.0
        for child, _slot in self._children.get((key, port), ()):
            if child in self._live:
                widest = max(widest, self._through(child, node))
        return max([widest, *(self._width.get(n, 0.0) for n in self._made_of.get(node, ()))])

    def _through(self, child: str, node: Node) -> float:
        if self._kinds.get(child) in TERMINAL_KINDS:
            return self._full
        outputs = self._columns.get(child, {})
        if not outputs:
            return 0.0
        return max(self._through_output(child, port, node) for port in outputs)

    def _derived(self, child: str, port: int, name: str, column: str) -> float:
        """Width behind a new column that may or may not be made of this one."""
        width = self._width[child, port, name]
        if column in name:
            return width
        handed_on = self._inherited.get(child, set()) & self._columns[child][port]
        return min(DERIVED * width, HIDDEN) if handed_on else DERIVED * width

    def _through_output(self, child: str, port: int, node: Node) -> float:
        names, column = self._columns[child][port], node[2]
        rows = self._width.get((child, port, ROWS), 0.0)
        if column == ROWS:
            if self._kinds.get(child) != "aggregation":
                return rows
            # Sums and counts follow the number of rows, which does not show in their own number.
            made = (self._width.get((child, port, name), 0.0) for name in (*names, WHOLE))
            return max(rows, *made)
        as_rows = ROW_TRANSMISSION * min(rows, 1e300)
        if node not in self._with_nulls:
            as_rows = min(as_rows, self._columns_to_rows)
        if column in names:
            return max(self._width[child, port, column], as_rows)
        if names:
            derived = (n for n in names if n not in self._inherited.get(child, ()))
            passed = max((self._derived(child, port, n, column) for n in derived), default=0.0)
        else:
            passed = self._width[child, port, WHOLE]
        return max(passed, as_rows)
