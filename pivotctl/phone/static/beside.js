// Panels beside the phone, fetched from the server whenever the call goes on.

import { ask } from "/assets/beside_parts.js";
import * as exchange from "/assets/beside_exchange.js";
import * as fire from "/assets/beside_fire.js";
import { draw } from "/assets/beside_graph.js";
import * as keep from "/assets/beside_keep.js";

const byId = (id) => document.getElementById(id);
const root = byId("beside");
const bar = byId("exchange-bar");
const tabs = [...root.querySelectorAll(".beside-tabs [role=tab]")];
const OF_REQUESTS = ["tab-requests", "tab-state", "tab-log"];
const NEWS = new Set(["request", "answer", "no_answer", "refused", "document", "reached", "state", "printed", "logged", "function_failed", "end"]);

let call = null;
let found = { graph: { nodes: [], edges: [] }, exchanges: [], limits: { slow: 3, most: 5 } };
let chosen = null;
let fetching = null;
let again = false;

// -- the exchanges --

function at() {
  return chosen ?? found.exchanges.length - 1;
}

function showExchange() {
  const selected = found.exchanges[at()];
  const tab = tabs.find((each) => each.getAttribute("aria-selected") === "true");
  bar.hidden = !selected || !OF_REQUESTS.includes(tab.id);
  if (!selected) {
    exchange.clear();
    return;
  }
  const [verdict, kind] = exchange.verdictKind(selected);
  byId("exchange-which").textContent = `Request ${at() + 1} of ${found.exchanges.length}`;
  byId("exchange-verdict").textContent = verdict;
  byId("exchange-verdict").className = `chip ${kind}`;
  byId("exchange-seconds").textContent = selected.answer ? `${Math.round(selected.answer.seconds * 1000)} ms` : "";
  byId("exchange-before").disabled = at() === 0;
  byId("exchange-after").disabled = at() === found.exchanges.length - 1;
  exchange.show(selected, found.limits);
}

function choose(number) {
  const last = found.exchanges.length - 1;
  const wanted = Math.max(0, Math.min(last, number));
  chosen = wanted === last ? null : wanted;
  showExchange();
}

// -- the call --

function show(news) {
  const before = JSON.stringify(found.exchanges[at()]);
  const count = found.exchanges.length;
  found = news;
  draw(found.graph);
  if (found.exchanges.length !== count || JSON.stringify(found.exchanges[at()]) !== before) showExchange();
}

async function fetchNews() {
  while (again && call) {
    again = false;
    const asked = call;
    const news = await ask(`/calls/${asked}/beside`);
    if (asked === call) show(news);
  }
}

/** Fetch what is new; events that come meanwhile cause one more fetch. */
function refresh() {
  again = true;
  fetching ??= fetchNews().catch(() => {}).finally(() => { fetching = null; });
  return fetching;
}

function begin(id) {
  call = id;
  chosen = null;
  show({ ...found, graph: { nodes: [], edges: [] }, exchanges: [] });
  keep.withdraw();
}

async function finished(id) {
  await refresh();
  if (id === call) await keep.offer(id);
}

root.addEventListener("pivot:call", (event) => { begin(event.detail.id); refresh(); });
root.addEventListener("pivot:event", (event) => { if (NEWS.has(event.detail.type)) refresh(); });
root.addEventListener("pivot:over", (event) => finished(event.detail.id));

// -- tabs and buttons --

function select(tab) {
  for (const each of tabs) {
    const selected = each === tab;
    each.setAttribute("aria-selected", String(selected));
    each.tabIndex = selected ? 0 : -1;
    byId(each.getAttribute("aria-controls")).hidden = !selected;
  }
  if (tab.id === "tab-fire") fire.open();
  showExchange();
}

for (const tab of tabs) {
  tab.addEventListener("click", () => select(tab));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    select(next);
    next.focus();
  });
}
// Arrows scroll a block that has the focus; they skip nothing then.
root.addEventListener("keydown", (event) => {
  if (event.key.startsWith("Arrow") && event.target.matches(".flow, pre")) event.stopPropagation();
});
byId("exchange-before").addEventListener("click", () => choose(at() - 1));
byId("exchange-after").addEventListener("click", () => choose(at() + 1));
keep.begin(async (id) => { begin(id); await finished(id); });
draw(found.graph);
