// Who is calling, before the phone is picked up: a card for each call that rings a user's phones.

import { AccountSocket, element, showState, since, written } from "./account_socket.js";

const page = document.getElementById("content");
const list = document.getElementById("calls");
const empty = document.getElementById("empty");
const user = page.dataset.user;
const STAYS = 5000; // milliseconds for which a call that is over can still be read
const calls = new Map();

const socket = new AccountSocket(page.dataset.account, ["call.*.*"], {
  event: happened,
  state: showState,
});

function happened(name, data) {
  const handle = { CHANNEL_CREATE: rings, CHANNEL_ANSWER: answers, CHANNEL_DESTROY: ends }[name];
  if (handle && data.call_direction === "outbound" && data.owner_id) handle(data);
}

function callOf(data) {
  for (const call of calls.values()) if (call.legs.has(data.call_id)) return call;
  return calls.get(data.other_leg_call_id);
}

function rings(data) {
  const key = data.other_leg_call_id ?? data.call_id;
  const call = calls.get(key) ?? { key, legs: new Map(), at: Date.now(), card: null, over: false };
  calls.set(key, call);
  call.legs.set(data.call_id, { owner: data.owner_id, answered: false, callee: calleeOf(data) });
  if (!call.card && (!user || data.owner_id === user)) show(call, data);
}

function answers(data) {
  const call = callOf(data);
  const leg = call?.legs.get(data.call_id);
  if (!leg) return;
  leg.answered = true;
  const mine = !user || leg.owner === user;
  call.at = Date.now();
  say(call, mine ? "Talking" : `Answered by ${leg.callee}`, mine ? "live" : "good");
  if (!mine) leave(call);
}

function ends(data) {
  const call = callOf(data);
  if (!call?.legs.delete(data.call_id)) return;
  const rest = [...call.legs.values()];
  if (rest.some((leg) => !user || leg.owner === user)) return;
  if (!call.over) say(call, "Call over", "");
  leave(call);
}

function calleeOf(data) {
  return data.callee_id_name || written(data.callee_id_number) || "somebody else";
}

function show(call, data) {
  const name = element("h2", data.caller_id_name || written(data.caller_id_number) || "Anonymous");
  const number = element("p", written(data.caller_id_number), { class: "number-line" });
  const state = element("span", "", { class: "chip live" });
  const customers = element("ul", "", { class: "customers" });
  call.card = element("li", "", { class: "card pop", "data-call": call.key });
  call.card.append(state, name, number, customers);
  call.chip = state;
  call.words = "Ringing";
  list.prepend(call.card);
  tick();
  lookUp(data.caller_id_number, name, customers);
}

async function lookUp(number, name, list) {
  if (!number || number.includes("•")) return;
  let found;
  try {
    ({ customers: found } = await socket.ask("customers", { number }));
  } catch {
    list.append(element("li", "The CRM cannot be reached.", { class: "hint" }));
    return;
  }
  if (found?.length) name.textContent = found[0].name;
  for (const each of found ?? []) {
    const link = element("a", each.name, { href: safe(each.page), rel: "noreferrer", target: "_blank" });
    const line = element("li");
    line.append(link);
    list.append(line);
  }
}

function safe(address) {
  return /^https?:\/\//.test(address) ? address : "#";
}

function say(call, words, kind) {
  if (!call.card) return;
  call.words = words;
  call.chip.className = `chip ${kind}`;
  tick();
}

function leave(call) {
  call.over = true;
  setTimeout(() => {
    call.card?.remove();
    calls.delete(call.key);
    tick();
  }, STAYS);
}

function tick() {
  for (const call of calls.values()) {
    if (call.card) call.chip.textContent = call.over ? call.words : `${call.words} ${since(call.at)}`;
  }
  empty.hidden = list.childElementCount > 0;
}

setInterval(tick, 1000);
socket.open();
