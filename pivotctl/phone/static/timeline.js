// The call's timeline: what `pivotctl call` prints, line by line.

import { shortened } from "/assets/display.js";

const list = document.getElementById("lines");
const empty = document.getElementById("no-lines");

function cell(kind, text) {
  const span = document.createElement("span");
  span.className = kind;
  span.textContent = text;
  return span;
}

export function clear() {
  list.replaceChildren();
  empty.hidden = false;
}

export function add(event) {
  for (const line of event.lines ?? []) {
    const item = document.createElement("li");
    item.classList.toggle("bad", line.bad);
    item.append(
      cell("time number", `${line.at.toFixed(1)} s`), cell("who", line.who), cell("text", shortened(line.text)),
    );
    list.append(item);
    empty.hidden = true;
  }
}
