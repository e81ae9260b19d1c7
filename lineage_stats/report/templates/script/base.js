// Everything on the page that moves. It computes nothing: numbers come as text from the report.
const data = JSON.parse(document.getElementById("data").textContent);
const text = (number) => data.texts[number];
const byId = (id) => document.getElementById(id);

// What stands where in the list of a node, and of a piece of data.
const KEY = 0, NAME = 1, SCOPE = 2, KIND = 3, PLACE = 4, LEVEL = 5, SCORE = 6, TITLE = 7,
  STATUS = 8, SECONDS = 9, ORIGIN = 10, N_FEATURES = 11, FEATURES = 12;
const OP = 0, PORT = 1, WHAT = 2, VARIABLE = 3, SCHEMA = 4, N_COLUMNS = 5, SAME = 6, SHARED = 7,
  OWN = 8;
const LEVELS = ["healthy", "unusual", "flagged", "likely cause"];

// Makes an element. Texts only ever become text nodes, so that no name can be markup.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

function button(label, onclick, attributes = {}) {
  return make("button", {type: "button", onclick, ...attributes}, label);
}

const plural = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;
const say = (words) => { byId("said").textContent = words; };
