// Beside the drawing: what is known of a step, a function or a column.
const panel = byId("panel");
const MOST_COLUMNS = 40, MOST_STEPS = 60;

const shortPlace = (place) => place.split("/").slice(-2).join("/");
const nodeName = (node) => text(data.nodes[node][NAME]);

function nodeLink(node, also = "") {
  const level = data.nodes[node][LEVEL];
  return make("li", {},
    button(nodeName(node), () => select(node, true), {class: `link l${level}`, title: text(data.nodes[node][KEY])}),
    make("span", {class: "where"}, ` ${text(data.nodes[node][SCOPE])}${also}`));
}

function section(title, ...content) {
  return make("section", {}, make("h4", {}, title), ...content);
}

function rangeBar(place) {
  if (place < 0) return "";
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("class", "range");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("viewBox", "0 0 100 24");
  const put = (name, attributes) => {
    const element = document.createElementNS(ns, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    svg.append(element);
  };
  put("path", {d: "M2 12H98"});
  put("rect", {x: 30, y: 5, width: 40, height: 14, rx: 4});
  put("circle", {cx: Math.min(Math.max(place, 9), 91), cy: 12, r: 8, class: place < 30 || place > 70 ? "out" : ""});
  return svg;
}

function featureTable(node) {
  const rows = data.nodes[node][FEATURES];
  if (!rows.length) return null;
  const scored = data.nodes.some((each) => each[SCORE] && text(each[SCORE]));
  const body = rows.map(([feature, observed, healthy, place, flagged]) =>
    make("tr", flagged ? {class: "flagged"} : {},
      make("th", {scope: "row"}, text(feature)),
      make("td", {class: "num"}, text(observed)),
      scored ? make("td", {class: "num"}, text(healthy)) : null,
      scored ? make("td", {class: "bar"}, rangeBar(place)) : null));
  const head = ["Feature", "This run", ...(scored ? ["Healthy", ""] : [])].map((name, i) =>
    make(name ? "th" : "td", {scope: name ? "col" : null, class: i ? "num" : null}, name));
  const more = data.nodes[node][N_FEATURES] - rows.length;
  return section("Features against the baseline",
    make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...body)),
    more > 0 ? make("p", {class: "note"}, `${more} more are less abnormal.`) : null);
}

function sourceWords(piece, place) {
  const sources = sourcesOf(piece, place);
  const found = [];
  for (let i = 0; i < sources.length; i += 4) {
    const name = sources[i + 1] < 0 ? "all" : columnName(sources[i], sources[i + 1]);
    found.push([name, `${data.relations[sources[i + 2]]}${sources[i + 3] ? ", possibly" : ""}`, sources[i]]);
  }
  return found;
}

function columnRow(piece, place) {
  const sources = sourceWords(piece, place);
  const words = sources.slice(0, 3).map(([name, relation, from]) =>
    make("span", {class: "source", title: `${dataName(from)}: ${name}, ${relation}`},
      make("code", {}, name), ` ${relation}`));
  if (sources.length > 3) words.push(make("span", {class: "source"}, `and ${sources.length - 3} more`));
  return make("li", {},
    button(columnName(piece, place), () => followColumn(piece, place), {class: "link column", title: "Follow it up and down"}),
    make("span", {class: "where"}, ` ${columns[piece][place][1]}`),
    make("div", {class: "sources"}, ...(words.length ? words : [make("span", {class: "source"}, "from outside")])));
}

function columnList(node) {
  return made[node].map((piece) => {
    const all = columns[piece];
    const list = make("ul", {class: "plain"}, ...all.slice(0, MOST_COLUMNS).map((_, i) => columnRow(piece, i)));
    const more = data.data[piece][N_COLUMNS] - Math.min(all.length, MOST_COLUMNS);
    const variable = text(data.data[piece][VARIABLE]);
    return section(`${all.length === 1 && !all[0][0] ? "Result" : "Columns and their sources"}${variable ? `: ${variable}` : ""}`,
      list, more > 0 ? make("p", {class: "note"}, `and ${more} more columns`) : null);
  });
}

function neighbours(node) {
  const lists = [["Reads from", data.edges.filter(([, to]) => to === node).map(([from]) => from)],
    ["Read by", data.edges.filter(([from]) => from === node).map(([, to]) => to)]];
  return lists.filter(([, nodes]) => nodes.length).map(([title, nodes]) =>
    section(title, make("ul", {class: "plain"}, ...nodes.slice(0, MOST_STEPS).map((each) => nodeLink(each)))));
}

function fill(title, ...content) {
  const inside = panel.contains(document.activeElement);
  panel.replaceChildren(
    make("header", {}, title, button("\u00d7", () => clear(true), {class: "close", "aria-label": "Close the details"})),
    ...content.flat().filter((each) => each != null));
  panel.scrollTop = 0;
  panel.hidden = false;
  if (inside) panel.focus({preventScroll: true}); // what was pressed is gone
  stage.parentElement.classList.add("open");
  keepMiddle();
}

function chip(level) {
  return make("span", {class: `chip l${level}`}, LEVELS[level]);
}

function showNode(node) {
  const entry = data.nodes[node];
  const facts = [["Kind", text(entry[KIND])], ["Where", shortPlace(text(entry[PLACE]))], ["Function", text(entry[SCOPE])],
    ["Took", text(entry[SECONDS])], ["Score", text(entry[SCORE])],
    ["Status", text(entry[STATUS]) === "ok" ? "" : text(entry[STATUS])]];
  const rows = text(entry[TITLE]).split("\n").filter((line) => line.startsWith("rows "));
  rows.forEach((line, i) => facts.splice(3 + i, 0, line.split(": ").map((part) => part.replace("rows", "Rows"))));
  fill(make("h3", {}, nodeName(node)),
    text(entry[SCORE]) ? make("p", {}, chip(entry[LEVEL]), entry[ORIGIN] ? " where it begins" : null) : null,
    make("dl", {}, ...facts.filter(([, value]) => value).flatMap(([name, value]) =>
      [make("dt", {}, name), make("dd", {}, value)])),
    featureTable(node), columnList(node), neighbours(node));
}

function showGroup(box) {
  const members = view.at[box][2].slice().sort((a, b) => data.nodes[b][LEVEL] - data.nodes[a][LEVEL] || a - b);
  const label = view.boxes[box].querySelector(".name").textContent;
  fill(make("h3", {}, label),
    make("p", {}, chip(levelOf(box)), ` ${plural(members.length, "step")}`),
    make("p", {}, button("Show its steps in the graph", () => openGroup(members), {class: "plain-button"})),
    section("Steps", make("ul", {class: "plain"}, ...members.slice(0, MOST_STEPS).map((node) => {
      const score = text(data.nodes[node][SCORE]);
      return nodeLink(node, data.nodes[node][LEVEL] && score ? ` \u00b7 score ${score}` : "");
    })), members.length > MOST_STEPS ? make("p", {class: "note"}, `and ${members.length - MOST_STEPS} more`) : null));
}

function openGroup(members) {
  chosen = members;
  show("steps");
  fit(members.map((node) => view.boxOf[node]));
  mark();
}

// Shows a step; the drawing goes to it if somebody came from elsewhere.
function select(node, travel = false) {
  if (travel && view.at[view.boxOf[node]][2].length > 1) show("steps");
  chosen = [node];
  followed = null;
  showNode(node);
  mark();
  bringIntoSight(view.boxOf[node]);
  say(`${nodeName(node)}, ${LEVELS[data.nodes[node][LEVEL]]}`);
}

function selectBox(box) {
  const members = view.at[box][2];
  if (members.length === 1) { select(members[0]); return; }
  chosen = members;
  followed = null;
  showGroup(box);
  mark();
}

function clear(back = false) {
  const last = chosen.length ? view.boxes[view.boxOf[chosen[0]]] : null;
  chosen = [];
  followed = null;
  panel.hidden = true;
  stage.parentElement.classList.remove("open");
  keepMiddle();
  mark();
  if (back && last) last.focus({preventScroll: true});
}

// -- following a column -----------------------------------------------------------------------

function reachedList(title, reached) {
  const byPiece = new Map();
  for (const [column, bits] of reached) {
    const piece = Math.floor(column / WIDE);
    if (!byPiece.has(piece)) byPiece.set(piece, []);
    byPiece.get(piece).push([column % WIDE, bits]);
  }
  const pieces = [...byPiece].sort((a, b) => a[0] - b[0]);
  const items = pieces.slice(0, MOST_STEPS).map(([piece, found]) => {
    const node = data.data[piece][OP];
    const names = found.slice(0, MOST_COLUMNS).map(([place, bits]) => make("span", {class: "source"},
      button(columnName(piece, place), () => followColumn(piece, place), {class: "link column"}),
      ` ${relationsOf(bits).join(", ")}`));
    return make("li", {},
      node < 0 ? make("span", {}, dataName(piece))
        : button(nodeName(node), () => select(node, true), {class: `link l${data.nodes[node][LEVEL]}`, title: text(data.nodes[node][KEY])}),
      make("span", {class: "where"}, node < 0 ? "" : ` ${text(data.nodes[node][SCOPE])}`),
      make("div", {class: "sources"}, ...names));
  });
  const more = pieces.length - items.length;
  return section(`${title} ${plural(reached.size, "column")}`,
    items.length ? make("ul", {class: "plain"}, ...items) : make("p", {class: "note"}, "Nothing that was recorded."),
    more > 0 ? make("p", {class: "note"}, `and ${more} more steps`) : null);
}

function followColumn(piece, place, side = "both") {
  const up = side === "down" ? new Map() : follow(piece, place, true);
  const down = side === "up" ? new Map() : follow(piece, place, false);
  followed = new Map();
  const own = data.data[piece][OP];
  const note = (reached, name) => {
    for (const column of reached.keys()) {
      const node = data.data[Math.floor(column / WIDE)][OP];
      if (node >= 0 && !followed.has(node)) followed.set(node, name);
    }
  };
  note(up, "up");
  note(down, "down");
  if (own >= 0) followed.set(own, "here");
  chosen = own >= 0 ? [own] : [];
  const name = columnName(piece, place);
  const sides = [["both", "Both ways"], ["up", "Up"], ["down", "Down"]].map(([key, label]) =>
    button(label, () => {
      followColumn(piece, place, key);
      panel.querySelector("[aria-pressed=true]").focus({preventScroll: true});
    }, {"aria-pressed": String(key === side)}));
  fill(make("h3", {}, make("code", {}, name)),
    make("p", {class: "where"}, `made by ${dataName(piece)}`),
    make("div", {class: "switch", role: "group", "aria-label": "Direction"}, ...sides),
    side === "down" ? null : reachedList("Comes from", up),
    side === "up" ? null : reachedList("Reaches", down));
  mark();
  if (own >= 0) bringAllIntoSight([...followed.keys()].map((node) => view.boxOf[node]), view.boxOf[own]);
  say(`${name} comes from ${plural(up.size, "column")} and reaches ${down.size}`);
}
