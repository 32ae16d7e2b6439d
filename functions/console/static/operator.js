// Live channels of an account: who talks to whom, and for permitted operators hang up, park, transfer.

import { AccountSocket, element, showState, since, written } from "./account_socket.js";

const page = document.getElementById("content");
const rows = document.getElementById("channels");
const empty = document.getElementById("empty");
const fault = document.getElementById("fault");
const dialog = document.getElementById("transfer");
const channels = new Map();
let mayCommand = false;

const socket = new AccountSocket(page.dataset.account, ["call.*.*"], { event: happened, state });

async function state(word, ticket) {
  showState(word);
  if (word !== "live") return;
  mayCommand = ticket.commands;
  page.classList.toggle("commanding", mayCommand);
  try {
    replace((await socket.ask("channels")).channels);
  } catch (error) {
    say(`Calls that began before this page are missing: ${error.message}.`);
  }
}

function happened(name, data) {
  const words = {
    CHANNEL_CREATE: "Ringing",
    CHANNEL_ANSWER: "Answered",
    CHANNEL_BRIDGE: "Talking",
    CHANNEL_HOLD: "On hold",
    CHANNEL_UNHOLD: "Talking",
    PARK_PARKED: "Parked",
    PARK_RETRIEVED: "Talking",
  }[name];
  if (name === "CHANNEL_DESTROY") forget(data.call_id);
  else if (words) note(data.call_id, words, data);
  showCount();
}

/** Take over the list of Crossbar: it is the truth when a connection begins. */
function replace(list) {
  for (const id of [...channels.keys()]) forget(id);
  for (const each of list ?? []) {
    const data = {
      call_direction: each.direction,
      caller_id_number: each.caller_id_number ?? each.presence_id ?? each.username,
      callee_id_number: each.destination ?? each.callee_id_number,
    };
    note(each.uuid ?? each.call_id, each.answered ? "Talking" : "Ringing", data, each.elapsed_s);
  }
  showCount();
}

function note(id, words, data, seconds = 0) {
  const known = channels.get(id) ?? made(id, seconds);
  known.words = words;
  known.from ||= written(data.caller_id_number) || data.caller_id_name || "";
  known.to ||= written(data.callee_id_number) || data.to || "";
  known.cells.direction.textContent = data.call_direction ?? known.cells.direction.textContent;
  known.cells.from.textContent = known.from;
  known.cells.to.textContent = known.to;
  for (const button of known.row.querySelectorAll("button")) {
    button.setAttribute("aria-label", `${button.textContent}: ${known.from} to ${known.to}`);
  }
  tick();
}

function made(id, seconds) {
  const row = element("tr", "", { "data-call": id });
  const cells = {};
  for (const name of ["state", "direction", "from", "to", "actions"]) {
    cells[name] = row.appendChild(element("td"));
  }
  cells.state.append(element("span", "", { class: "chip live" }));
  cells.actions.className = "commands";
  const acts = { "Hang up": () => command("hangup", id), Park: () => command("park", id) };
  acts["Transfer …"] = () => ask(id);
  for (const [label, act] of Object.entries(acts)) {
    const button = cells.actions.appendChild(element("button", label, { type: "button", class: "plain" }));
    button.addEventListener("click", act);
  }
  const channel = { row, cells, at: Date.now() - seconds * 1000, words: "" };
  channels.set(id, channel);
  rows.append(row);
  return channel;
}

function forget(id) {
  channels.get(id)?.row.remove();
  channels.delete(id);
}

async function command(action, id, more = {}) {
  say("");
  try {
    await socket.ask(action, { call_id: id, ...more });
  } catch (error) {
    say(`Nothing was done: ${error.message}.`);
  }
}

function ask(id) {
  dialog.returnValue = "";
  dialog.onclose = () => {
    const target = dialog.querySelector("input").value.trim();
    if (dialog.returnValue === "transfer" && target) command("transfer", id, { target });
  };
  dialog.showModal();
}

function say(words) {
  fault.textContent = words;
  fault.hidden = !words;
}

function showCount() {
  empty.hidden = channels.size > 0;
  document.getElementById("table").hidden = !channels.size;
}

function tick() {
  for (const { cells, words, at } of channels.values()) {
    cells.state.firstChild.textContent = `${words} ${since(at)}`;
  }
}

setInterval(tick, 1000);
socket.open();
