// The drawing: what is where, moving and zooming it, and what is marked in it.
const stage = byId("stage");
const LEAST = 0.06, MOST = 2.5, FAR = 0.42, PAD = 24, EDGE = 60;
const [WIDTH, HEIGHT] = data.box;

const views = data.views.map((drawn) => {
  const svg = byId(`view-${drawn.name}`);
  const boxOf = []; // of each node
  drawn.boxes.forEach(([, , members], i) => members.forEach((node) => { boxOf[node] = i; }));
  return {
    name: drawn.name, size: drawn.size, edges: drawn.edges, svg, boxOf,
    at: drawn.boxes, boxes: [...svg.querySelectorAll(".n")],
    lines: [...svg.querySelectorAll("path")], x: 0, y: 0, scale: 1, placed: false,
  };
});
let view = views[0];
let frame = 0, calm = 0;

function draw() {
  frame = 0;
  view.svg.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
  view.svg.classList.toggle("far", view.scale < FAR);
  drawMap();
}

// While it moves, the drawing is one picture that the browser pushes about.
function move(x, y, scale = view.scale) {
  const [width, height] = view.size;
  view.scale = Math.min(Math.max(scale, LEAST), MOST);
  view.x = Math.min(Math.max(x, EDGE - width * view.scale), stage.clientWidth - EDGE);
  view.y = Math.min(Math.max(y, EDGE - height * view.scale), stage.clientHeight - EDGE);
  view.svg.classList.add("moving");
  clearTimeout(calm);
  calm = setTimeout(() => view.svg.classList.remove("moving"), 160);
  if (!frame) frame = requestAnimationFrame(draw);
}

function zoom(factor, x = stage.clientWidth / 2, y = stage.clientHeight / 2) {
  const scale = Math.min(Math.max(view.scale * factor, LEAST), MOST);
  const ratio = scale / view.scale;
  move(x - (x - view.x) * ratio, y - (y - view.y) * ratio, scale);
}

function moveTo(x, y, scale) {
  move(stage.clientWidth / 2 - scale * x, stage.clientHeight / 2 - scale * y, scale);
}

function fit(boxes = [...view.at.keys()], most = 1) {
  if (!boxes.length) return;
  const xs = boxes.map((i) => view.at[i][0]), ys = boxes.map((i) => view.at[i][1]);
  const left = Math.min(...xs), right = Math.max(...xs) + WIDTH;
  const top = Math.min(...ys), bottom = Math.max(...ys) + HEIGHT;
  const scale = Math.min(
    (stage.clientWidth - 2 * PAD) / (right - left),
    (stage.clientHeight - 2 * PAD) / (bottom - top), most,
  );
  moveTo((left + right) / 2, (top + bottom) / 2, Math.max(scale, LEAST));
}

function centre(box, scale = Math.max(view.scale, 0.8)) {
  moveTo(view.at[box][0] + WIDTH / 2, view.at[box][1] + HEIGHT / 2, scale);
}

function bringIntoSight(box) {
  const x = view.x + view.at[box][0] * view.scale, y = view.y + view.at[box][1] * view.scale;
  const right = stage.clientWidth - WIDTH * view.scale, bottom = stage.clientHeight - HEIGHT * view.scale;
  if (x < 0 || y < 0 || x > right || y > bottom || view.scale < FAR) centre(box);
}

// All of them if they can be read together, else the one.
function bringAllIntoSight(boxes, one) {
  const xs = boxes.map((box) => view.at[box][0]);
  const wide = Math.max(...xs) - Math.min(...xs) + WIDTH + 2 * PAD;
  if (stage.clientWidth / wide > FAR) fit(boxes);
  else bringIntoSight(one);
}

const levelOf = (box) => Math.max(...view.at[box][2].map((node) => data.nodes[node][LEVEL]));

// At first: everything if it can be read, else the cause, else the begin.
function firstSight() {
  const [width, height] = view.size;
  const scale = Math.min((stage.clientWidth - 2 * PAD) / width, (stage.clientHeight - 2 * PAD) / height);
  const worst = [...view.at.keys()].find((box) => levelOf(box) === 3);
  if (scale >= 0.5) fit();
  else if (worst !== undefined) centre(worst, 0.8);
  else move(PAD, (stage.clientHeight - 0.8 * height) / 2, 0.8);
}

// What is in the middle stays there when the window of the drawing gets another size.
let wideBefore = 0, highBefore = 0;
function keepMiddle() {
  const [wide, high] = [stage.clientWidth, stage.clientHeight];
  const [dx, dy] = [wide - wideBefore, high - highBefore];
  if (!dx && !dy) return;
  [wideBefore, highBefore] = [wide, high];
  for (const each of views) {
    if (each !== view && each.placed) { each.x += dx / 2; each.y += dy / 2; }
  }
  move(view.x + dx / 2, view.y + dy / 2);
}

// A drawing that is low needs no high window.
function setHeight() {
  const scale = Math.min((stage.clientWidth - 2 * PAD) / view.size[0], 1);
  const wanted = view.size[1] * (scale >= 0.5 ? scale : 0.9) + 2 * PAD;
  stage.style.height = `${Math.round(Math.min(Math.max(wanted, 260), 560, 0.75 * window.innerHeight))}px`;
}

function show(name) {
  const wanted = views.find((each) => each.name === name) || views[0];
  views.forEach((each) => { each.svg.toggleAttribute("hidden", each !== wanted); });
  view = wanted;
  setHeight();
  keepMiddle();
  document.querySelectorAll("[data-view]").forEach((each) => {
    each.setAttribute("aria-pressed", String(each.dataset.view === view.name));
  });
  paintMap();
  if (view.placed) move(view.x, view.y);
  else { view.placed = true; firstSight(); }
  mark();
}

// -- marks ------------------------------------------------------------------------------------

let chosen = []; // nodes of the panel
let followed = null; // node -> "up", "down" or "here"
let onlyWay = false;

function mark() {
  const way = new Set(data.way);
  const bright = followed ? (node) => followed.has(node) : onlyWay ? (node) => way.has(node) : null;
  const state = view.at.map(([, , members]) => ({
    sel: members.some((node) => chosen.includes(node)),
    lit: !bright || members.some(bright),
    side: followed ? members.map((node) => followed.get(node)).find((each) => each) : undefined,
  }));
  view.boxes.forEach((box, i) => {
    box.classList.toggle("sel", state[i].sel);
    box.classList.toggle("dim", !state[i].lit);
    for (const side of ["up", "down", "here"]) box.classList.toggle(side, state[i].side === side);
    box.setAttribute("aria-pressed", String(state[i].sel));
  });
  view.lines.forEach((line, i) => {
    const [from, to] = view.edges[i];
    const lit = state[from].lit && state[to].lit;
    line.classList.toggle("dim", Boolean(bright) && !lit);
    line.classList.toggle("lit", Boolean(followed) && lit);
    line.classList.toggle("near", !bright && (state[from].sel || state[to].sel));
  });
}

// -- the small map ----------------------------------------------------------------------------

const map = byId("map"), frameOfMap = byId("map-frame");
const MAP_WIDTH = 180, MAP_LOW = 36, MAP_HIGH = 110;
let mapX = 1, mapY = 1; // scales; a long and low drawing is stretched

function paintMap() {
  const [width, height] = view.size;
  mapX = Math.min(MAP_WIDTH / width, MAP_HIGH / height);
  mapY = Math.min(Math.max(mapX, MAP_LOW / height), 1);
  const canvas = map.querySelector("canvas");
  const sharp = window.devicePixelRatio || 1;
  canvas.width = Math.ceil(width * mapX * sharp);
  canvas.height = Math.ceil(height * mapY * sharp);
  canvas.style.width = `${width * mapX}px`;
  canvas.style.height = `${height * mapY}px`;
  const pen = canvas.getContext("2d");
  const style = getComputedStyle(map);
  const colours = ["--soft", "--l1-line", "--l2-line", "--bad"].map((name) => style.getPropertyValue(name));
  pen.scale(sharp, sharp);
  [0, 1, 2, 3].forEach((level) => {
    const least = level === 3 ? 5 : 2;
    pen.fillStyle = colours[level];
    view.at.forEach(([x, y], box) => {
      if (levelOf(box) !== level) return;
      pen.fillRect(x * mapX, y * mapY, Math.max(WIDTH * mapX, least), Math.max(HEIGHT * mapY, least));
    });
  });
}

function drawMap() {
  const [width, height] = view.size;
  const w = stage.clientWidth / view.scale, h = stage.clientHeight / view.scale;
  map.hidden = w >= width && h >= height;
  if (map.hidden) return;
  const left = Math.max(-view.x / view.scale, 0), top = Math.max(-view.y / view.scale, 0);
  Object.assign(frameOfMap.style, {
    left: `${left * mapX}px`, top: `${top * mapY}px`,
    width: `${Math.min(w, width - left) * mapX}px`, height: `${Math.min(h, height - top) * mapY}px`,
  });
}

map.addEventListener("pointerdown", (event) => {
  const go = (e) => {
    const box = map.getBoundingClientRect();
    moveTo((e.clientX - box.left) / mapX, (e.clientY - box.top) / mapY, view.scale);
  };
  event.preventDefault();
  event.stopPropagation();
  map.setPointerCapture(event.pointerId);
  go(event);
  map.onpointermove = go;
  map.onpointerup = map.onpointercancel = () => { map.onpointermove = null; };
});

// -- pointers, wheel --------------------------------------------------------------------------

const pointers = new Map();
let dragged = false;

stage.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  pointers.set(event.pointerId, event);
  if (pointers.size === 1) dragged = false;
});

stage.addEventListener("pointermove", (event) => {
  const before = pointers.get(event.pointerId);
  if (!before) return;
  if (pointers.size === 2) {
    const other = [...pointers.values()].find((each) => each.pointerId !== event.pointerId);
    const far = (e) => Math.hypot(e.clientX - other.clientX, e.clientY - other.clientY) || 1;
    const box = stage.getBoundingClientRect();
    dragged = true;
    zoom(
      far(event) / far(before), (event.clientX + other.clientX) / 2 - box.left,
      (event.clientY + other.clientY) / 2 - box.top,
    );
  } else {
    const dx = event.clientX - before.clientX, dy = event.clientY - before.clientY;
    if (!dragged && Math.hypot(dx, dy) < 4) return;
    if (!dragged) { dragged = true; stage.setPointerCapture(event.pointerId); stage.classList.add("grabbed"); }
    move(view.x + dx, view.y + dy);
  }
  pointers.set(event.pointerId, event);
});

for (const end of ["pointerup", "pointercancel"]) {
  stage.addEventListener(end, (event) => {
    pointers.delete(event.pointerId);
    if (!pointers.size) stage.classList.remove("grabbed");
  });
}

// The wheel scrolls the page, unless somebody works in the drawing.
stage.addEventListener("wheel", (event) => {
  const box = stage.getBoundingClientRect();
  if (event.ctrlKey || event.metaKey || stage.contains(document.activeElement)) {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), event.clientX - box.left, event.clientY - box.top);
  } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    event.preventDefault();
    move(view.x - event.deltaX, view.y);
  }
}, {passive: false});
