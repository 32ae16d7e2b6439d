// The call's setup: templates, caller, account, and the world around the call.

const form = document.getElementById("setup");
const templates = document.getElementById("templates");
const callers = document.getElementById("callers");
const partyList = document.getElementById("party-list");
const upstreamList = document.getElementById("upstreams");
const hostile = JSON.parse(document.getElementById("hostile").textContent);
const RUNGS = [...form.elements.rung.options].map((option) => [option.value, option.text]);
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
    part.append(element("h3", group));
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

function listCallers(template) {
  const choices = [
    ...template.callers.map((number) => [`known: ${number}`, number, "Jane Doe"]),
    ["unknown", "+14155550199", "Jane Doe"],
    ["anonymous", "anonymous", "anonymous"],
    ...hostile.map(([what, name]) => [`hostile: ${what.toLowerCase()}`, "+14155550199", name]),
  ];
  const labels = choices.map(([text, number, name]) => {
    const label = radio("caller-choice", text, text, false);
    label.querySelector("input").addEventListener("change", () => {
      form.elements.caller.value = number;
      form.elements.caller_name.value = name;
      form.dataset.name = name;
    });
    return label;
  });
  callers.replaceChildren(...labels);
  labels[0].querySelector("input").click();
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
  const shown = form.dataset.name?.replace(/[\r\n]/g, "");
  const chosen = {
    template: template().name,
    caller: caller.value,
    caller_name: name.value === shown ? form.dataset.name : name.value,
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
  document.getElementById("clear-search").addEventListener("click", () => {
    search.value = "";
    filter("");
    search.focus();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
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
  (inputs.find((input) => input.value === wanted) ?? inputs[0])?.click();
}
