// The phone's display: its state in words, the caption, and what KAZOO waits for.

const state = document.getElementById("state");
const heard = document.getElementById("caption");
const trouble = document.getElementById("trouble");
const asked = document.getElementById("asked");

function paragraph(text, kind = "") {
  const made = document.createElement("p");
  made.textContent = shortened(text);
  made.className = kind;
  return made;
}

/** Shorten the IDs in a text, as READMEs do. */
export function shortened(text) {
  return text.replaceAll(/\b([0-9a-f]{8})[0-9a-f]{24}\b/g, "$1…");
}

export function say(text, kind = "") {
  state.textContent = shortened(text);
  state.dataset.state = kind;
}

export function caption(text) { heard.replaceChildren(paragraph(text)); }

/** Show what went wrong above the caption, for the rest of the call. */
function warn(...nodes) {
  trouble.append(...nodes);
  heard.replaceChildren();
}

/** Forget the last call. */
export function clear() {
  trouble.replaceChildren();
  caption("");
  ask("");
}

export function ask(text) { asked.textContent = text; }

function keysWanted(event) {
  const most = event.most ? `up to ${event.most} ${event.most === 1 ? "key" : "keys"}` : "keys";
  const finish = event.keys ? `, ended by ${[...event.keys].join(" or ")}` : "";
  return `Waiting for ${most}${finish} · ${event.seconds} s for each`;
}

function place(each) {
  const link = document.createElement("a");
  link.href = `vscode://file${encodeURI(each.path)}:${each.line}`;
  link.textContent = "open in editor";
  const where = each.function && each.function !== "<module>" ? `, in ${each.function}` : "";
  const line = paragraph(`${each.file}:${each.line}${where} · `, "place");
  line.append(link);
  if (!each.text) return [line];
  const code = document.createElement("pre");
  code.textContent = each.text;
  return [line, code];
}

function failure(event) {
  const [first] = event.report ?? [];
  const places = (event.places ?? []).flatMap(place);
  warn(paragraph(first ?? `The function failed: ${event.error}`, "bad"), ...places);
}

function refusal(event) {
  const parts = event.problems.flatMap((problem) => {
    const where = problem.line ? `${problem.path}, line ${problem.line}` : problem.path;
    return [paragraph(`${where}: ${problem.rule}`), paragraph(problem.fix, "fix")];
  });
  warn(paragraph(`${event.verdict}: ${event.meaning}`, "bad"), ...parts);
}

const FELL_BACK = "The function failed, and the caller heard its own fallback.";

const UNDERWAY = {
  speech: (event) => { say("Listening", "live"); caption(`“${event.text}”`); ask(""); },
  media: (event) => { say("Listening", "live"); caption(`♪ ${event.text}`); ask(""); },
  silence: () => {
    if (state.dataset.state === "bad") say("Dead air", "bad");
    else say("Silence", "live");
    ask("Nothing is heard.");
  },
  ringing: (event) => { say(`Ringing ${event.text}`, "ringing"); ask(""); },
  talking: (event) => { say(`Talking to ${event.text}`, "live"); caption(`Connected to ${event.text}.`); ask(""); },
  voicemail: (event) => { say("Voicemail", "live"); caption(`Leave a message in ${event.text}. Any key ends it.`); ask(""); },
  recording: () => { say("Recording", "live"); caption("Speak now: your voice is recorded."); ask("A key ends the recording."); },
  collecting: (event) => { say("Your turn", "live"); ask(keysWanted(event)); },
  staying: () => { ask("Nothing more comes. Hang up when you like."); },
};

const EVENTS = {
  request: () => { say("KAZOO asks the function", "asking"); ask(""); },
  underway: (event) => UNDERWAY[event.kind]?.(event),
  function_failed: (event) => { say("The function failed", "bad"); failure(event); },
  no_answer: (event) => { say("No answer from the function", "bad"); warn(paragraph(event.text, "bad")); },
  refused: (event) => { say("KAZOO refuses the answer", "bad"); refusal(event); },
  fallback: (event) => {
    say("Fallback", "fallback");
    const what = event.found
      ? "KAZOO continues with the fallback of the callflow, its _ child."
      : "The callflow has no fallback, no _ child: the call ends.";
    warn(paragraph(what, "warn"));
  },
  responded: (event) => { say(`Refused: ${event.code}`, "bad"); caption(`KAZOO refuses the call: ${event.code} ${event.message}`); },
  not_bridged: (event) => { say("No one answered", "ringing"); caption(`${event.targets.join(" and ")}: ${event.cause}`); },
  conference: (event) => { say(`In conference ${event.name}`, "live"); caption(`You are in the conference ${event.name}.`); },
  action: (event) => { if (event.effect) ask(`${event.module}: ${event.effect}`); },
  broken: (event) => { say("The phone failed", "bad"); warn(paragraph(event.text, "bad")); },
  hung_up: (event) => {
    const who = event.by === "kazoo" ? "KAZOO" : "You";
    say(`${who} hung up`, state.dataset.state === "bad" ? "bad" : "");
    ask(event.cause === "NORMAL_CLEARING" ? "" : event.cause);
  },
  end: (event) => {
    const bad = event.verdict !== "executes";
    say(`${state.textContent} · ${event.verdict}`, bad ? "bad" : "");
    if (bad && event.verdict === "fallback") warn(paragraph(FELL_BACK, "warn"));
  },
};

/** Show an event of the call. */
export function show(event) { EVENTS[event.type]?.(event); }
