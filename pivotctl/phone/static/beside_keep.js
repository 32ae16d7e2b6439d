// A finished call: saved as a test or a file, repeated against current code, copied as a command.

import { ask, chip, copied, part, visible } from "/assets/beside_parts.js";
import * as timeline from "/assets/timeline.js";

const byId = (id) => document.getElementById(id);
const form = byId("save-test");
const result = byId("keep-result");
const shown = byId("keep-shown");
const MARKS = { same: " ", changed: "~", added: "+", removed: "−" };

let call = null;

function say(text, bad = false) {
  result.textContent = text;
  result.className = bad ? "fault" : "saved";
}

async function busy(text, work) {
  const buttons = [...form.querySelectorAll("button")];
  for (const each of buttons) each.disabled = true;
  say(text);
  try {
    await work();
  } catch (error) {
    say(error.message, true);
  }
  for (const each of buttons) each.disabled = false;
}

async function save() {
  const saved = await ask(`/calls/${call}/test`, { name: form.elements.name.value });
  shown.replaceChildren(copied(saved.source));
  say(`Saved as ${saved.path}. It runs now, on a stack of its own …`);
  const done = await ask("/tests", { path: saved.path });
  say(done.passed ? `Saved as ${saved.path}. The test passes.` : `Saved as ${saved.path}. The test fails.`, !done.passed);
  if (!done.passed) shown.append(copied(done.output));
}

const CONTEXT = 2;

/** The rows that differ, with those around them; a gap for the others. */
function around(rows) {
  const near = (at) => rows.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some((row) => row.change !== "same");
  const found = rows.filter((row, at) => near(at));
  return found.length ? found : rows;
}

function compared(rows) {
  const lines = rows.map((row) => part("tr", { className: row.change },
    part("td", { className: "mark-cell", title: row.change }, MARKS[row.change]),
    part("td", {}, row.before === null ? "" : part(row.change === "same" ? "span" : "del", {}, visible(row.before))),
    part("td", {}, row.after === null ? "" : part(row.change === "same" ? "span" : "ins", {}, visible(row.after)))));
  const head = part("tr", {}, ...["", "Then", "Now"].map((text) => part("th", { scope: "col" }, text)));
  return part("div", { className: "wide" }, part("table", { className: "compared" }, part("thead", {}, head), part("tbody", {}, ...lines)));
}

function differences(found) {
  const answers = found.answers.map((rows, number) => {
    const changed = rows.filter((row) => row.change !== "same").length;
    return part("details", { open: changed > 0 },
      part("summary", {}, `Answer ${number + 1} `, changed ? chip(`${changed} lines differ`, "warn") : chip("same", "good")),
      compared(around(rows)));
  });
  shown.replaceChildren(part("h3", {}, "What the caller hears and does"), compared(found.dialogue), ...answers);
}

async function replay() {
  const found = await ask(`/calls/${call}/replay`, {});
  differences(found);
  say(found.same ? "The call is the same with the current code." : "The current code answers differently.", !found.same);
}

/** Offer to keep a call that is over. */
export async function offer(id) {
  call = id;
  byId("keep").hidden = false;
  byId("keep-none").hidden = true;
  byId("share").href = `/calls/${id}/file`;
  shown.replaceChildren();
  result.textContent = "";
  const found = await ask(`/calls/${id}/keep`);
  const world = found.world === null ? [] : [part("h3", {}, "world.json"), copied(JSON.stringify(found.world, null, 2))];
  byId("keep-command").replaceChildren(copied(found.command), ...world);
}

/** Hide what needs a finished call. */
export function withdraw() {
  call = null;
  byId("keep").hidden = true;
  byId("keep-none").hidden = false;
}

async function open(file, shows) {
  const say = byId("open-result");
  try {
    const found = await ask("/opened", await file.text());
    say.className = "saved";
    say.textContent = `${file.name}: a call to ${found.template}, shown without dialing.`;
    timeline.clear();
    for (const event of found.events) timeline.add(event);
    await shows(found.id);
  } catch (error) {
    say.className = "fault";
    say.textContent = error.message;
  }
}

/** Listen to the panel; `shows` shows the call with an ID. */
export function begin(shows) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (call) busy("Saving …", save);
  });
  byId("replay").addEventListener("click", () => { if (call) busy("Calling again …", replay); });
  byId("open-file").addEventListener("change", (event) => {
    const [file] = event.target.files;
    if (file) open(file, shows);
    event.target.value = "";
  });
}
