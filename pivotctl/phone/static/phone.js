// The softphone: connects the setup, the call, the display, the sounds, and what stands beside.
//
// What stands beside it listens to `#beside`: `pivot:call` at a new call (detail: its `id` and
// `choices`), `pivot:event` for each of its events, and `pivot:over` after the last one.

import { isTyping } from "/assets/pages.js";
import { Call } from "/assets/calls.js";
import * as display from "/assets/display.js";
import * as setup from "/assets/setup.js";
import { Sounds } from "/assets/sounds.js";
import * as timeline from "/assets/timeline.js";

const byId = (id) => document.getElementById(id);
const beside = byId("beside");
const buttons = { call: byId("call"), hangUp: byId("hang-up"), skip: byId("skip") };
const sounds = new Sounds(byId("content").dataset.voice);

let call = null;
let underway = null;
let clock = { at: 0, since: 0, running: false };

function tell(kind, detail) {
  beside.dispatchEvent(new CustomEvent(`pivot:${kind}`, { detail }));
}

function live() { return call !== null && !call.over; }

function showButtons() {
  buttons.call.disabled = live() || setup.template() === null;
  buttons.hangUp.disabled = !live();
  buttons.skip.disabled = !live() || underway === null || underway.seconds === null;
}

// -- time --

function now() {
  return clock.at + (clock.running ? (performance.now() - clock.since) / 1000 : 0);
}

function clockText(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function tick() {
  if (!clock.running) return;
  byId("timer").textContent = clockText(now());
  const left = underway?.seconds ? underway.at + underway.seconds - now() : 0;
  buttons.skip.textContent = left > 0.5 ? `Skip ${Math.ceil(left)} s` : "Skip ahead";
}

// -- the call's events --

function sound(event) {
  const { kind, text, number } = event;
  if (kind === "speech") sounds.speak(text, () => skip(number));
  if (kind === "media") sounds.media(text, `/calls/${call.id}/media/${number}`);
  if (kind === "ringing") sounds.ringback();
  if (kind === "recording" || kind === "voicemail") sounds.beep();
}

function follow(event) {
  clock = { at: event.at, since: performance.now(), running: event.type !== "end" };
  if (underway || event.type === "underway") sounds.silence();
  underway = null;
  if (event.type === "underway") {
    underway = event;
    sound(event);
  }
  if (event.type === "ringing") setup.offerParties(event.targets);
  if (event.type === "not_bridged") sounds.busy();
  if (event.type === "hung_up" && event.by === "kazoo") sounds.reorder();
  if (event.type === "heard" && event.interrupted_by) display.ask("Interrupted.");
  display.show(event);
  timeline.add(event);
  byId("timer").textContent = clockText(event.at);
  showButtons();
  tell("event", event);
}

function over() {
  underway = null;
  clock.running = false;
  buttons.skip.textContent = "Skip ahead";
  showButtons();
  tell("over", { id: call.id });
}

// -- what a person does --

function failed(error) {
  display.say("That did not work", "bad");
  display.caption(error.message);
}

async function dial() {
  if (live() || setup.template() === null) return;
  buttons.call.disabled = true;
  sounds.silence();
  timeline.clear();
  byId("pressed").textContent = "";
  display.say("Calling", "ringing");
  display.clear();
  try {
    call = await Call.start(setup.choices(), follow, over);
    tell("call", { id: call.id, choices: call.choices });
  } catch (error) {
    failed(error);
  }
  showButtons();
}

function press(key) {
  const button = byId("keypad").querySelector(`[data-key="${CSS.escape(key)}"]`);
  button.classList.add("down");
  setTimeout(() => button.classList.remove("down"), 150);
  sounds.key(key);
  if (!live()) return;
  byId("pressed").textContent = `${byId("pressed").textContent}${key}`.slice(-24);
  call.press(key).catch(failed);
}

function skip(number) {
  if (live()) call.skip(number).catch(() => {});
}

function skipAhead() {
  if (underway) skip(underway.number);
}

function hangUp() {
  if (live()) call.hangUp().catch(failed);
}

function chosen(template) {
  byId("chosen").textContent = `${template.name}: ${template.summary}`;
  const keys = template.calls.find((each) => each.press.length)?.press ?? [];
  byId("hints").textContent = keys.length ? `Its README presses ${keys.join(", then ")}.` : "";
  showButtons();
}

// -- keyboard, tabs, buttons --

const SHORTCUTS = { Escape: hangUp, ArrowRight: skipAhead };

function isForm(event) { return event.key === "Enter" && event.target.matches?.("#setup input:not([type=search])"); }

function shortcut(event) {
  if (isForm(event) && !live()) {
    dial();
    return true;
  }
  if (isTyping(event) && event.target.type !== "radio") return false;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (/^[0-9*#]$/.test(event.key)) {
    press(event.key);
    return true;
  }
  const onButton = event.target.closest?.("button, a, summary");
  if (event.key === "Enter" && !onButton && !live()) {
    dial();
    return true;
  }
  if (event.key === "ArrowRight" && event.target.type === "radio") return false;
  SHORTCUTS[event.key]?.();
  return event.key in SHORTCUTS && live();
}

function showTab(tab) {
  for (const each of document.querySelectorAll(".phone-tabs [role=tab]")) {
    each.setAttribute("aria-selected", String(each === tab));
    each.tabIndex = each === tab ? 0 : -1;
  }
  document.body.dataset.tab = tab.getAttribute("aria-controls");
}

function moveTab(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const tabs = [...document.querySelectorAll(".phone-tabs [role=tab]")];
  const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
  showTab(next);
  next.focus();
  event.preventDefault();
}

function showSound() {
  byId("mute").textContent = sounds.muted ? "Sound off" : "Sound on";
  byId("mute").setAttribute("aria-pressed", String(sounds.muted));
}

document.addEventListener("keydown", (event) => {
  if (!event.defaultPrevented && shortcut(event)) event.preventDefault();
});
document.querySelector(".phone-tabs").addEventListener("click", (event) => {
  if (event.target.matches("[role=tab]")) showTab(event.target);
});
document.querySelector(".phone-tabs").addEventListener("keydown", moveTab);
byId("keypad").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) press(button.dataset.key);
});
byId("mute").addEventListener("click", () => { sounds.mute(!sounds.muted); showSound(); });
buttons.call.addEventListener("click", dial);
buttons.hangUp.addEventListener("click", hangUp);
buttons.skip.addEventListener("click", skipAhead);
setInterval(tick, 200);
showSound();
setup.begin(chosen).catch(failed);
