// The call's setup: templates, caller, account, and the world around the call.

const form = document.getElementById("setup");
const templates = document.getElementById("templates");
const callers = form.elements.caller_choice;
const partyList = document.getElementById("party-list");
const upstreamList = document.getElementById("upstreams");
const hostile = JSON.parse(document.getElementById("hostile").textContent);
const RUNGS = [...form.elements.rung.options].map((option) => [option.value, option.text]);
const UNKNOWN = form.elements.caller.value;
const MODES = ["ok", "slow", "wrong", "error", "dead"];

let known = [];

function element(name, text = "", attributes = {}) {
  const made = Object.assign(document.createElement(name), attributes);
  if (text) made.textContent = text;
  return made;
}

function radio(name, value, text, checked, title = "") {
  const label = element("label", "", { title });
  label.append(element("input", "", { type: "radio", name, value, checked }), element("span", text));
  return label;
}

function options(values, chosen) {
  return values.map(([value, text]) => new Option(text, value, false, value === chosen));
}

function listTemplates() {
  const groups = Map.groupBy(known, (each) => each.group);
  templates.replaceChildren();
  for (const [group, members] of groups) {
    const part = element("div");
    part.append(element("h2", group));
    part.append(...members.map((each) => radio("template", each.name, each.name, false, each.summary)));
    templates.append(part);
  }
}

function filter(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = new Set(known.filter((each) => {
    const about = `${each.name} ${each.group} ${each.summary} ${each.hears}`.toLowerCase();
    return words.every((word) => about.includes(word));
  }).map((each) => each.name));
  for (const input of templates.querySelectorAll("input")) {
    input.closest("label").hidden = !shown.has(input.value);
  }
  for (const part of templates.children) part.hidden = !part.querySelector("label:not([hidden])");
  templates.hidden = !shown.size;
  document.getElementById("no-template").hidden = Boolean(shown.size);
}

function callersOf(template) {
  return [
    ["Known to the template", template.callers.map((number) => [number, number, "Jane Doe"])],
    ["Others", [["unknown", UNKNOWN, "Jane Doe"], ["anonymous", "anonymous", "anonymous"]]],
    ["Hostile names", hostile.map(([what, name]) => [what, UNKNOWN, name])],
  ];
}

function listCallers(template) {
  const groups = callersOf(template).filter(([, members]) => members.length);
  const made = groups.map(([label, members]) => {
    const group = element("optgroup", "", { label });
    for (const [text, number, name] of members) {
      const option = new Option(text);
      Object.assign(option.dataset, { number, name });
      group.append(option);
    }
    return group;
  });
  callers.replaceChildren(...made);
  const wanted = template.calls[0]?.caller ?? UNKNOWN;
  const all = [...callers.options];
  callers.selectedIndex = Math.max(0, all.findIndex((each) => each.dataset.number === wanted));
  chooseCaller();
}

function chooseCaller() {
  const { number, name } = callers.selectedOptions[0].dataset;
  form.elements.caller.value = number;
  form.elements.caller_name.value = name;
}

async function listUpstreams(template) {
  const modes = await (await fetch("/upstreams")).json();
  const shown = template.upstreams.filter((name) => name in modes);
  upstreamList.replaceChildren(...shown.map((name) => {
    const label = element("label", `${name}, a service that it asks`);
    const select = element("select");
    select.append(...options(MODES.map((mode) => [mode, mode]), modes[name]));
    select.addEventListener("change", () => setUpstream(name, select.value));
    label.append(select);
    return label;
  }));
}

function setUpstream(name, mode) {
  return fetch(`/upstreams/${encodeURIComponent(name)}`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ mode }),
  });
}

/** Offer an outcome of its own for each phone that was rung: `targets` as in the event. */
export function offerParties(targets) {
  for (const target of targets) {
    const [kind, id] = target.includes(" ") ? target.split(" ", 2) : ["", target];
    if (partyList.querySelector(`[data-party="${CSS.escape(id)}"]`)) continue;
    const label = element("label", target);
    const select = element("select");
    select.dataset.party = id;
    select.dataset.carrier = kind ? "" : "yes";
    select.append(new Option("as the others", ""), ...options(RUNGS, ""));
    label.append(select);
    partyList.append(label);
  }
  document.getElementById("parties").hidden = !partyList.children.length;
}

export function template() {
  return known.find((each) => each.name === form.elements.template?.value) ?? null;
}

/** The choices as the server takes them. */
export function choices() {
  const { caller, caller_name: name, called, account, rung, mode } = form.elements;
  // A field of one line drops the line breaks of a hostile name.
  const whole = callers.selectedOptions[0].dataset.name;
  const chosen = {
    template: template().name,
    caller: caller.value,
    caller_name: name.value === whole.replace(/[\r\n]/g, "") ? whole : name.value,
    called: called.value,
    account: account.value,
    rung: rung.value,
    mode: mode.value,
    endpoints: {},
    carriers: {},
  };
  for (const select of partyList.querySelectorAll("select")) {
    const outcomes = select.dataset.carrier ? chosen.carriers : chosen.endpoints;
    if (select.value) outcomes[select.dataset.party] = select.value;
  }
  return chosen;
}

/** Fill the form; `chosen` is called with a template when it is chosen. */
export async function begin(chosen) {
  known = await (await fetch("/templates")).json();
  listTemplates();
  const search = document.getElementById("search");
  search.addEventListener("input", () => filter(search.value));
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") templates.querySelector("label:not([hidden]) input")?.click();
  });
  document.getElementById("clear-search").addEventListener("click", () => {
    search.value = "";
    filter("");
    search.focus();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  callers.addEventListener("change", chooseCaller);
  templates.addEventListener("change", () => {
    partyList.replaceChildren();
    document.getElementById("parties").hidden = true;
    form.elements.called.value = template().calls[0]?.called ?? "2030";
    listCallers(template());
    listUpstreams(template());
    localStorage.setItem("phone-template", template().name);
    chosen(template());
  });
  const wanted = new URLSearchParams(location.search).get("template")
    ?? localStorage.getItem("phone-template");
  const inputs = [...templates.querySelectorAll("input")];
  const first = inputs.find((input) => input.value === wanted) ?? inputs[0];
  first?.click();
  // Only the list is scrolled, not the page.
  if (first) templates.scrollTop = first.offsetTop - templates.clientHeight / 2;
}
