// The call's timeline: a scale with what took time, and the lines that `pivotctl call` prints.

import { shortened } from "/assets/display.js";

const list = document.getElementById("lines");
const empty = document.getElementById("no-lines");
const scale = document.getElementById("scale");
const bars = document.getElementById("bars");
const ticks = document.getElementById("ticks");
const STEPS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600];
const MOST_TICKS = 8;

let begun = null;
let parts = [];

function cell(kind, text) {
  const span = document.createElement("span");
  span.className = kind;
  span.textContent = text;
  return span;
}

// -- the scale: a bar for each request, prompt, wait, and talk --

function begin(event) {
  if (event.type === "request") return { kind: "asks", text: "asks", at: event.at };
  if (event.type !== "underway") return null;
  return { kind: event.kind, text: event.text || event.kind, at: event.at };
}

function measure(event) {
  // An event says that what was under way is over; it may have begun before, as what was heard did.
  if (begun) begun.until = Math.max(begun.until ?? begun.at, event.at);
  const next = begin(event);
  if (!next) return;
  begun = { ...next, until: next.at };
  parts.push(begun);
}

function across(seconds, whole) { return `${(100 * seconds) / whole}%`; }

function bar(part, whole) {
  const made = cell(`part ${part.kind}`, "");
  made.title = `${part.at.toFixed(1)} s to ${part.until.toFixed(1)} s: ${shortened(part.text)}`;
  made.style.left = across(part.at, whole);
  made.style.width = across(part.until - part.at, whole);
  return made;
}

function tick(seconds, whole) {
  const made = cell("tick", `${seconds} s`);
  made.style.left = across(seconds, whole);
  return made;
}

function draw() {
  const whole = Math.max(1, ...parts.map((part) => part.until));
  const step = STEPS.find((each) => whole / each <= MOST_TICKS) ?? whole;
  const count = Math.floor(whole / step) + 1;
  bars.replaceChildren(...parts.map((part) => bar(part, whole)));
  ticks.replaceChildren(...Array.from({ length: count }, (_, n) => tick(n * step, whole)));
  scale.hidden = !parts.length;
}

// -- the lines --

const PENDING = {
  speech: (event) => `hears   “${event.text}”`,
  media: (event) => `hears   [${event.text}]`,
  collecting: () => "is asked for keys",
  voicemail: () => "leaves a message",
  recording: () => "speaks",
};

function lineOf({ at, who, text, bad }) {
  const item = document.createElement("li");
  item.classList.toggle("bad", bad);
  item.append(
    cell("time number", `${at.toFixed(1)} s`), cell("who", who), cell("text", shortened(text)),
  );
  return item;
}

/** Show what the caller does now; its line, when it is over, takes the place. */
function showPending(event) {
  list.querySelector(".pending")?.remove();
  const text = event.type === "underway" && PENDING[event.kind]?.(event);
  if (!text) return;
  const item = lineOf({ at: event.at, who: "caller", text, bad: false });
  item.classList.add("pending");
  list.append(item);
}

export function clear() {
  begun = null;
  parts = [];
  list.replaceChildren();
  scale.hidden = true;
  empty.hidden = false;
}

export function add(event) {
  measure(event);
  draw();
  showPending(event);
  const lines = event.lines ?? [];
  list.append(...lines.map(lineOf));
  empty.hidden = Boolean(list.children.length);
}
