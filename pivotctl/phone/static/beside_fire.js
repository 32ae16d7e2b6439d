// Webhooks and CDRs: a form made from the fields of an event, and everything that came of it.

import { ask, chip, copied, part, visible } from "/assets/beside_parts.js";

const byId = (id) => document.getElementById(id);
const form = byId("fire");
const fields = byId("fire-fields");
const result = byId("fire-result");
const report = byId("fire-report");
const setup = byId("setup");
const ROWS = 4;

let number = 0;

function say(text, bad = false) {
  result.textContent = text;
  result.className = bad ? "fault" : "saved";
}

function about() {
  return { mode: setup.elements.mode.value, account: setup.elements.account.value };
}

function remover(row, name) {
  const button = part("button", { type: "button", className: "plain", "aria-label": `Remove ${visible(name) || "the field"}` }, "×");
  button.addEventListener("click", () => row.remove());
  return button;
}

function field({ name, value, json }) {
  number += 1;
  const id = `fire-field-${number}`;
  const long = json && value.length > 40;
  const input = long ? part("textarea", { id, rows: ROWS }) : part("input", { id, autocomplete: "off" });
  input.value = value;
  input.dataset.name = name;
  const label = part("label", { htmlFor: id, className: "mono" }, visible(name), json ? part("span", { className: "kind" }, "JSON") : null);
  const row = part("div", { className: "fire-field" });
  row.append(label, input, remover(row, name));
  return row;
}

function added() {
  const name = part("input", { className: "mono", placeholder: "field", autocomplete: "off", "aria-label": "Name of the field" });
  const input = part("input", { autocomplete: "off", "aria-label": "Value of the field" });
  name.addEventListener("input", () => { input.dataset.name = name.value; });
  const row = part("div", { className: "fire-field" });
  row.append(name, input, remover(row, ""));
  fields.append(row);
  name.focus();
}

async function load() {
  const query = new URLSearchParams(about());
  const found = await ask(`/hooks/${form.elements.hook.value}?${query}`);
  fields.replaceChildren(...found.map(field));
}

async function list() {
  const chosen = form.elements.hook.value || "channel_create";
  const groups = await ask(`/hooks?${new URLSearchParams(about())}`);
  form.elements.hook.replaceChildren(...Object.entries(groups).map(([group, names]) =>
    part("optgroup", { label: group }, ...names.map((name) => new Option(name, name, false, name === chosen)))));
  await load();
}

function values() {
  const inputs = [...fields.querySelectorAll("[data-name]")].filter((each) => each.dataset.name);
  return Object.fromEntries(inputs.map((each) => [each.dataset.name, each.value]));
}

function section(title, items, empty) {
  return part("section", {}, part("h3", {}, title), ...(items.length ? items : [part("p", { className: "hint" }, empty)]));
}

function delivery(each) {
  const status = each.tries ? each.status || "no answer" : "not sent: the hook is disabled";
  return part("p", {}, part("code", {}, each.receiver), ` ${each.verb} `, chip(String(status), each.good ? "good" : "bad"));
}

function stored(each) {
  return part("details", {}, part("summary", {}, chip(each.change), ` ${each.table} `, part("code", {}, visible(each.key))),
    copied(JSON.stringify(each.item, null, 2)));
}

function ran(each) {
  const times = each.runs === 1 ? "ran once" : `ran ${each.runs} times`;
  return part("details", {}, part("summary", {}, part("code", {}, each.function), ` ${each.kind}, ${times}`),
    each.lines.length ? copied(each.lines.join("\n")) : part("p", { className: "hint" }, "It has logged nothing."));
}

function sent(each) {
  const { method, path, body, query } = each.request;
  return part("details", {}, part("summary", {}, part("strong", {}, each.service), ` ${method} `, part("code", {}, visible(path))),
    copied(JSON.stringify({ query, body }, null, 2)));
}

function shown(found) {
  const dead = found.dead_letters.map((each) =>
    part("p", { className: "fault" }, `${each.queue}: ${each.after - each.before} more, ${each.after} in all`));
  report.replaceChildren(
    section("Delivered", found.deliveries.map(delivery), "Nothing was delivered."),
    section("Stored", found.stored.map(stored), "Nothing was stored, or changed."),
    section("Functions", found.runs.map(ran), "No function has run."),
    section("Sent to services", found.sent.map(sent), "No function has sent anything to a service."),
    section("Dead letters", dead, "No worker has given up."),
  );
}

async function fire() {
  const button = form.querySelector("button:not([type])");
  button.disabled = true;
  report.replaceChildren();
  say("Fired. Waiting for the workers …");
  try {
    const body = { values: values(), encoding: form.elements.encoding.value, ...about() };
    const found = await ask(`/hooks/${form.elements.hook.value}`, body);
    const good = found.deliveries.every((each) => each.good);
    shown(found);
    say(found.unfinished || (good ? "Delivered, and the workers are done." : "Not delivered."), !good || Boolean(found.unfinished));
  } catch (error) {
    say(error.message, true);
  }
  button.disabled = false;
}

const failed = (error) => say(error.message, true);
let listed = false;

/** Load the list of events, when the panel is shown first. */
export function open() {
  if (listed) return;
  listed = true;
  list().catch(failed);
}

form.elements.hook.addEventListener("change", () => load().catch(failed));
form.addEventListener("submit", (event) => { event.preventDefault(); fire(); });
byId("fire-add").addEventListener("click", added);
setup.elements.mode.addEventListener("change", () => { if (listed) list().catch(failed); });
