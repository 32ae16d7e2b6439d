// One request and what came of it: as sent, pretty and raw, with verdict, latency, state, and log.

import { chip, copied, json, part, shape, visible } from "/assets/beside_parts.js";

const KINDS = { executes: "good", fallback: "warn" };
const SCALE = 6;
const BAR = 360;

const view = { raw: false };
const requests = document.getElementById("panel-requests");
const state = document.getElementById("panel-state");
const log = document.getElementById("panel-log");
const NONE = Object.fromEntries([requests, state, log].map((panel) => [panel.id, panel.firstElementChild]));

function none(panel) { panel.replaceChildren(NONE[panel.id]); }

/** The latency on a line of six seconds, with the limits drawn in. */
function latency(seconds, limits) {
  const x = (value) => (Math.min(value, SCALE) / SCALE) * BAR;
  const kind = seconds >= limits.most ? "bad" : seconds >= limits.slow ? "warn" : "good";
  const text = `Answered in ${Math.round(seconds * 1000)} ms; answer by ${limits.slow} s, KAZOO gives up at ${limits.most} s.`;
  const svg = shape("svg", { width: BAR, height: 34, viewBox: `0 0 ${BAR} 34`, class: "latency", role: "img", "aria-label": text });
  svg.append(
    shape("rect", { x: 0, y: 4, width: BAR, height: 10, rx: 2, class: "track" }),
    shape("rect", { x: 0, y: 4, width: Math.max(2, x(seconds)), height: 10, rx: 2, class: kind }),
  );
  for (const [limit, label] of [[0, "0"], [limits.slow, `${limits.slow} s`], [limits.most, `${limits.most} s`]]) {
    if (limit) svg.append(shape("line", { x1: x(limit), x2: x(limit), y1: 0, y2: 18, class: "limit" }));
    const mark = shape("text", { x: x(limit), y: 31, "text-anchor": limit ? "middle" : "start" });
    mark.textContent = label;
    svg.append(mark);
  }
  return svg;
}

function parameters(pairs) {
  const rows = pairs.map(([name, value]) => part("tr", {},
    part("th", { scope: "row" }, visible(name)), part("td", {}, visible(json(value)))));
  return part("div", { className: "wide" }, part("table", { className: "pairs" }, part("tbody", {}, ...rows)));
}

/** A document with numbered lines, of which some are marked. */
function numbered(text, marked) {
  const lines = text.split("\n").map((line, index) => {
    const content = visible(line) || " ";
    const shown = marked.has(index + 1) ? part("mark", {}, content) : content;
    return part("span", { className: "line" }, shown, "\n");
  });
  const button = part("button", { type: "button", className: "plain copy" }, "Copy");
  button.dataset.copy = text;
  return part("div", { className: "copied" }, button, part("pre", { className: "numbered", tabIndex: 0 }, ...lines));
}

function problems(found) {
  const items = found.map((each) => {
    const line = view.raw ? each.line : each.shown;
    const place = line ? `line ${line}, ${each.path}` : each.path;
    return part("li", {}, part("strong", {}, visible(place)), ` ${visible(each.rule)}`,
      part("p", { className: "fix" }, `→ ${visible(each.fix)}`));
  });
  return part("ul", { className: "problems" }, ...items);
}

function answer(exchange, limits) {
  const { answer: got, failure, verdict } = exchange;
  if (failure) return [part("h3", {}, "No answer"), part("p", { className: "fault" }, visible(failure.text))];
  if (!got) return [part("p", { className: "hint" }, "KAZOO waits for the answer.")];
  const marked = new Set(verdict.problems.map((each) => (view.raw ? each.line : each.shown)));
  const title = part("h3", {}, `${got.status} ${got.kind} `,
    part("span", { className: "kind mono" }, visible(got.content_type ?? "no Content-Type")));
  return [
    title,
    latency(got.seconds, limits),
    part("p", { className: "verdict" }, chip(verdict.name, KINDS[verdict.name] ?? "bad"), ` ${verdict.meaning}.`),
    ...(verdict.problems.length ? [problems(verdict.problems)] : []),
    ...(view.raw && got.headers.length ? [copied(got.headers.join("\n"), "raw")] : []),
    numbered(view.raw ? got.raw : got.pretty, marked),
  ];
}

function toggle(redraw) {
  const button = (raw, text) => {
    const made = part("button", { type: "button", className: "plain", "aria-pressed": String(view.raw === raw) }, text);
    made.addEventListener("click", () => {
      view.raw = raw;
      redraw();
      requests.querySelector(`.switch [aria-pressed=true]`)?.focus();
    });
    return made;
  };
  return part("div", { className: "switch", role: "group", "aria-label": "View" }, button(false, "Pretty"), button(true, "Raw"));
}

function shownRequest(exchange, limits) {
  const redraw = () => shownRequest(exchange, limits);
  const sent = view.raw
    ? copied(exchange.raw, "raw")
    : part("details", { className: "sent" }, part("summary", {}, `${exchange.parameters.length} parameters`), parameters(exchange.parameters));
  requests.replaceChildren(
    part("div", { className: "beside-head" }, part("h3", {}, `${exchange.method} `, part("span", { className: "kind mono" }, visible(exchange.url))), toggle(redraw)),
    sent,
    ...answer(exchange, limits),
  );
}

function value(name, content) {
  return part(name, { className: "value" }, visible(json(content)));
}

function shownState(exchange) {
  const found = exchange.state;
  if (!found || (!found.changes.length && !Object.keys(found.item).length)) { none(state); return; }
  const rows = found.changes.map((each) => part("tr", { className: each.change },
    part("th", { scope: "row", className: "mono" }, visible(each.path)),
    part("td", {}, each.change === "added" ? "" : value("del", each.before)),
    part("td", {}, each.change === "removed" ? "" : value("ins", each.after))));
  const head = part("tr", {}, ...["Attribute", "Before", "After"].map((text) => part("th", { scope: "col" }, text)));
  const table = part("table", {}, part("thead", {}, head), part("tbody", {}, ...rows));
  const whole = part("details", {}, part("summary", {}, "The whole item after the request"), copied(JSON.stringify(found.item, null, 2)));
  state.replaceChildren(
    part("p", { className: "hint" }, "Item ", part("code", {}, visible(found.key))),
    rows.length ? part("div", { className: "wide" }, table) : part("p", {}, "The request has changed nothing."),
    whole,
  );
}

function shownLog(exchange) {
  const lines = exchange.output.map((each) => `${each.function} ${each.type === "printed" ? "prints:" : "logs:"} ${each.text}`);
  const errors = exchange.errors.flatMap((each) => [
    part("p", { className: "fault" }, visible(each.error)),
    ...(each.report.length ? [copied(each.report.join("\n"))] : []),
  ]);
  if (!lines.length && !errors.length) { none(log); return; }
  log.replaceChildren(...errors, ...(lines.length ? [copied(lines.join("\n"))] : []));
}

/** Show a request in all panels. */
export function show(exchange, limits) {
  shownRequest(exchange, limits);
  shownState(exchange);
  shownLog(exchange);
}

export function clear() {
  for (const panel of [requests, state, log]) none(panel);
}

export function verdictKind(exchange) {
  if (exchange.failure) return ["no answer", "bad"];
  if (!exchange.answer) return ["waiting", "live"];
  return [exchange.verdict.name, KINDS[exchange.verdict.name] ?? "bad"];
}
