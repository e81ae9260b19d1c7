// Puts everything together: clicks, keys, buttons.
function spoken(box) {
  const members = view.at[box][2];
  const level = LEVELS[levelOf(box)];
  if (members.length > 1) {
    return `${view.boxes[box].querySelector(".name").textContent}, ${members.length} steps, ${level}`;
  }
  const node = data.nodes[members[0]];
  const score = text(node[SCORE]);
  return `${text(node[NAME])} in ${text(node[SCOPE]) || "the script"}${score ? `, ${level}, score ${score}` : ""}`;
}

// The box to go to with an arrow key.
function neighbourOf(box, key) {
  const [x, y] = view.at[box];
  const near = (boxes) => boxes.sort((a, b) => Math.abs(view.at[a][1] - y) - Math.abs(view.at[b][1] - y))[0];
  if (key === "ArrowRight") return near(view.edges.filter(([from]) => from === box).map(([, to]) => to));
  if (key === "ArrowLeft") return near(view.edges.filter(([, to]) => to === box).map(([from]) => from));
  const down = key === "ArrowDown";
  return near([...view.at.keys()].filter((i) => i !== box && view.at[i][0] === x && (down ? view.at[i][1] > y : view.at[i][1] < y)));
}

function enter(each) {
  each.boxes.forEach((box, i) => {
    box.setAttribute("role", "button");
    box.setAttribute("tabindex", "-1");
    box.addEventListener("click", () => { if (!dragged) selectBox(i); });
    box.addEventListener("focus", () => {
      each.boxes.forEach((other) => other.setAttribute("tabindex", other === box ? "0" : "-1"));
    });
  });
  view = each;
  each.boxes.forEach((box, i) => box.setAttribute("aria-label", spoken(i)));
  const first = [...each.at.keys()].find((box) => levelOf(box) === 3) || 0;
  if (each.boxes[first]) each.boxes[first].setAttribute("tabindex", "0");
}

const STEP = 80;
const KEYS = {
  "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), "0": () => fit(),
};

stage.addEventListener("keydown", (event) => {
  const box = view.boxes.indexOf(document.activeElement);
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key.startsWith("Arrow") && (event.shiftKey || box < 0)) {
    const [dx, dy] = {ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]}[event.key];
    move(view.x + STEP * dx, view.y + STEP * dy);
  } else if (event.key.startsWith("Arrow")) {
    const next = neighbourOf(box, event.key);
    if (next !== undefined) { view.boxes[next].focus({preventScroll: true}); bringIntoSight(next); }
  } else if ((event.key === "Enter" || event.key === " ") && box >= 0) selectBox(box);
  else if (KEYS[event.key]) KEYS[event.key]();
  else return;
  event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  const typing = document.activeElement === find;
  if (event.key === "Escape" && !typing && !panel.hidden) clear(true);
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) { event.preventDefault(); find.focus(); }
});
stage.addEventListener("click", (event) => { if (!dragged && !event.target.closest(".n, .map")) clear(); });

document.querySelectorAll("[data-view]").forEach((each) => each.addEventListener("click", () => {
  show(each.dataset.view);
  say(each.textContent);
}));
byId("zoom-in").addEventListener("click", () => zoom(1.25));
byId("zoom-out").addEventListener("click", () => zoom(0.8));
byId("zoom-all").addEventListener("click", () => fit());
const wayButton = byId("only-way");
if (wayButton) {
  wayButton.addEventListener("click", () => {
    onlyWay = !onlyWay;
    followed = null;
    wayButton.setAttribute("aria-pressed", String(onlyWay));
    mark();
    if (onlyWay) fit([...new Set(data.way.map((node) => view.boxOf[node]))]);
  });
}
document.querySelectorAll("[data-node]").forEach((each) => each.addEventListener("click", () => {
  select(Number(each.dataset.node), true);
  byId("h-graph").scrollIntoView();
  view.boxes[view.boxOf[Number(each.dataset.node)]].focus({preventScroll: true});
}));

document.documentElement.classList.add("live");
if (views.length) {
  [...views].reverse().forEach(enter);
  show(views[0].name);
  new ResizeObserver(keepMiddle).observe(stage);
}
