// Tells run and value of the point under the pointer.
document.querySelectorAll(".strip-box").forEach((box, i) => {
  const [first, step, runs, values] = data.strips[i];
  const line = make("span", {class: "cursor", hidden: true});
  const tip = make("span", {class: "tip", hidden: true});
  box.append(line, tip);
  box.addEventListener("pointermove", (event) => {
    const frameOfBox = box.getBoundingClientRect();
    const share = (event.clientX - frameOfBox.left) / frameOfBox.width;
    const at = step > 0 ? Math.round((share - first) / step) : 0;
    const near = Math.min(Math.max(at, 0), runs.length - 1);
    const x = (first + step * near) * frameOfBox.width;
    line.hidden = tip.hidden = false;
    line.style.left = `${x}px`;
    tip.textContent = `${text(values[near])}  \u00b7  ${text(runs[near])}`;
    const room = Math.max(frameOfBox.width - tip.offsetWidth, 0);
    tip.style.left = `${Math.min(Math.max(x - tip.offsetWidth / 2, 0), room)}px`;
  });
  box.addEventListener("pointerleave", () => { line.hidden = tip.hidden = true; });
});
