// Columns and what they come from. A column is numbered data piece * WIDE + place.
const WIDE = 65536;
const VALUES = 3; // the first relations are those of values, the others choose rows

const columns = data.data.map((piece) => {
  const schema = data.schemas[piece[SCHEMA]];
  const found = [];
  for (let i = 0; i < schema.length; i += 2) found.push([text(schema[i]), text(schema[i + 1])]);
  return found;
});
const places = columns.map(() => null);
function placeOf(piece, name) {
  if (!places[piece]) places[piece] = new Map(columns[piece].map(([n], i) => [n, i]));
  return places[piece].get(name);
}

// The pieces of data that each operation made.
const made = data.nodes.map(() => []);
data.data.forEach((piece, i) => { if (piece[OP] >= 0) made[piece[OP]].push(i); });

const ownOf = data.data.map((piece) => {
  const found = new Map();
  for (let i = 0; i < piece[OWN].length; i += 2) found.set(piece[OWN][i], piece[OWN][i + 1]);
  return found;
});

// Four numbers per source: piece of data, place (-1 for all of it), relation, whether possible.
function sourcesOf(piece, place) {
  let own = ownOf[piece].get(place);
  if (!own) {
    const same = data.data[piece][SAME];
    const there = same < 0 ? undefined : placeOf(same, columns[piece][place][0]);
    own = there === undefined ? [] : [same, there, 0, 0];
  }
  return own.length ? own.concat(data.data[piece][SHARED]) : data.data[piece][SHARED];
}

// Relations over several steps as a set of bits: the strongest of values, else the last that
// chose rows; as Trace.upstream tells it.
function composed(first, then) {
  if (then >= VALUES) return then;
  if (first >= VALUES) return first;
  return Math.max(first, then);
}

function composedWith(relation, bits, upstream) {
  if (!bits) return 1 << relation;
  let found = 0;
  for (let r = 0; r < data.relations.length; r++) {
    if (bits & (1 << r)) found |= 1 << (upstream ? composed(relation, r) : composed(r, relation));
  }
  return found;
}

// All that a column comes from, or all that comes from it: column -> relations as bits.
function follow(piece, place, upstream) {
  const start = piece * WIDE + place;
  const found = new Map([[start, 0]]);
  const order = [...columns.keys()];
  if (upstream) order.reverse();
  for (let changed = true; changed;) {
    changed = false;
    for (const here of order) {
      for (let p = 0; p < columns[here].length; p++) {
        const own = here * WIDE + p;
        if (upstream && !found.has(own)) continue;
        const sources = sourcesOf(here, p);
        for (let i = 0; i < sources.length; i += 4) {
          const all = sources[i + 1] < 0;
          const last = all ? columns[sources[i]].length : sources[i + 1] + 1;
          for (let q = all ? 0 : sources[i + 1]; q < last; q++) {
            const other = sources[i] * WIDE + q;
            const from = upstream ? own : other, to = upstream ? other : own;
            if (to === start || !found.has(from)) continue;
            const before = found.get(to) || 0;
            const now = before | composedWith(sources[i + 2], found.get(from), upstream);
            if (now !== before) { found.set(to, now); changed = true; }
          }
        }
      }
    }
  }
  found.delete(start);
  return found;
}

const relationsOf = (bits) => data.relations.filter((_, r) => bits & (1 << r));

function columnName(piece, place) {
  return columns[piece][place][0] || text(data.data[piece][WHAT]);
}

function dataName(piece) {
  const op = data.data[piece][OP];
  return op < 0 ? "data from outside" : text(data.nodes[op][KEY]);
}
