// Finds steps by name, function, kind or file, and columns by name.
const find = byId("find"), hits = byId("hits");
const MOST_HITS = 10;
let marked = -1;

const stepTexts = data.nodes.map((node) =>
  [KEY, NAME, KIND, PLACE].map((at) => text(node[at])).join("\n").toLowerCase());

function whereOf(node) {
  const line = text(data.nodes[node][PLACE]).split(":").pop();
  return `${text(data.nodes[node][SCOPE])}${/^\d+$/.test(line) ? `, line ${line}` : ""}`;
}

function found(words) {
  const steps = [], named = [];
  data.nodes.forEach((node, i) => { if (words.every((word) => stepTexts[i].includes(word))) steps.push(i); });
  const seen = new Set();
  columns.forEach((all, piece) => all.forEach(([name], place) => {
    if (!name || seen.has(name) || !words.every((word) => name.toLowerCase().includes(word))) return;
    seen.add(name);
    named.push([piece, place]);
  }));
  steps.sort((a, b) => data.nodes[b][LEVEL] - data.nodes[a][LEVEL] || a - b);
  return [steps, named];
}

function closeHits() {
  hits.hidden = true;
  find.setAttribute("aria-expanded", "false");
  find.removeAttribute("aria-activedescendant");
  marked = -1;
}

function choose(item) {
  closeHits();
  markHits([]);
  item.go();
}

function markHits(steps) {
  const boxes = new Set(steps.map((node) => view.boxOf[node]));
  view.boxes.forEach((box, i) => box.classList.toggle("hit", boxes.has(i)));
}

find.addEventListener("input", () => {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) { closeHits(); markHits([]); return; }
  const [steps, named] = found(words);
  markHits(steps);
  const items = [
    ...steps.map((node) => [nodeName(node), whereOf(node), () => select(node, true)]),
    ...named.map(([piece, place]) => [columnName(piece, place), "column", () => followColumn(piece, place)]),
  ];
  const shown = steps.length > MOST_HITS - 4 && named.length
    ? [...items.slice(0, MOST_HITS - 4), ...items.slice(steps.length, steps.length + 4)] : items.slice(0, MOST_HITS);
  hits.replaceChildren(...shown.map(([name, where, go], i) => {
    const item = make("li", {role: "option", id: `hit-${i}`, "aria-selected": "false"},
      make("span", {}, name), make("span", {class: "where"}, where));
    item.go = go;
    item.addEventListener("pointerdown", (event) => { event.preventDefault(); choose(item); });
    return item;
  }));
  if (items.length > shown.length || !items.length) {
    hits.append(make("li", {class: "note", role: "presentation"},
      items.length ? `and ${items.length - shown.length} more` : "Nothing of that name"));
  }
  marked = -1;
  hits.hidden = false;
  find.setAttribute("aria-expanded", "true");
  say(`${plural(steps.length, "step")}, ${plural(named.length, "column")}`);
});

find.addEventListener("keydown", (event) => {
  const items = [...hits.querySelectorAll("[role=option]")];
  if (event.key === "Escape") {
    find.value = "";
    closeHits();
    markHits([]);
  } else if (event.key === "Enter" && items.length && !hits.hidden) {
    event.preventDefault();
    choose(items[Math.max(marked, 0)]);
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && items.length) {
    event.preventDefault();
    marked = (marked + (event.key === "ArrowDown" ? 1 : items.length - (marked < 0 ? 0 : 1))) % items.length;
    items.forEach((item, i) => item.setAttribute("aria-selected", String(i === marked)));
    find.setAttribute("aria-activedescendant", items[marked].id);
    items[marked].scrollIntoView({block: "nearest"});
  }
});
find.addEventListener("blur", closeHits);
