// A client of an account's WebSocket. It keeps its subscriptions, whatever the connection does.

const PING = 240_000; // API Gateway closes a connection after ten minutes without a message
const WAITS = [1, 2, 5, 10, 30].map((seconds) => seconds * 1000);
const ANSWER = 15_000;
const MOST_KNOWN = 5000;

export class AccountSocket {
  #account;
  #bindings;
  #onEvent;
  #onState;
  #socket = null;
  #failed = 0;
  #requests = 0;
  #waiting = new Map();
  #known = new Set();

  /** `event(name, data)` gets each event once; `state(word, ticket)` the state of the connection. */
  constructor(account, bindings, { event, state }) {
    this.#account = account;
    this.#bindings = bindings;
    this.#onEvent = event;
    this.#onState = state;
    setInterval(() => this.#ping(), PING);
  }

  async open() {
    this.#onState("connecting");
    const ticket = await this.#ticket();
    if (!ticket) return;
    const socket = new WebSocket(`${ticket.url}?kazoo=5`);
    socket.addEventListener("open", () => this.#begin(socket, ticket));
    socket.addEventListener("message", (message) => this.#heard(JSON.parse(message.data)));
    socket.addEventListener("close", () => this.#ended());
    this.#socket = socket;
  }

  /** Send a message for the account, and return the data of its reply. Throws an `Error`. */
  ask(action, data = {}, more = {}) {
    const id = String((this.#requests += 1));
    return new Promise((resolve, reject) => {
      if (this.#socket?.readyState !== WebSocket.OPEN) {
        reject(new Error("not connected"));
        return;
      }
      const timer = setTimeout(() => this.#settle(id, { error: "no answer" }), ANSWER);
      this.#waiting.set(id, { resolve, reject, timer });
      const body = { account_id: this.#account, ...data };
      this.#socket.send(JSON.stringify({ action, request_id: id, data: body, ...more }));
    });
  }

  async #ticket() {
    try {
      const answer = await fetch(`/sockets/ticket?account=${encodeURIComponent(this.#account)}`);
      if (answer.ok) return await answer.json();
      if ([401, 403].includes(answer.status)) {
        this.#onState("signed out");
        return null;
      }
    } catch {
      // The console cannot be reached: try again, as after any other failure.
    }
    this.#retry();
    return null;
  }

  async #begin(socket, ticket) {
    try {
      await this.ask("subscribe", { bindings: this.#bindings }, { auth_token: ticket.token });
      this.#failed = 0;
      this.#onState("live", ticket);
    } catch {
      socket.close();
    }
  }

  #heard(message) {
    if (message.action === "event") {
      this.#happened(message);
    } else if (message.request_id) {
      const errors = message.data?.errors;
      const refused = message.status === "success" ? null : (errors ?? ["refused"]).join("; ");
      this.#settle(message.request_id, { error: refused, data: message.data });
    }
  }

  #happened({ name, data }) {
    if (this.#known.has(data.msg_id)) return;
    this.#known.add(data.msg_id);
    if (this.#known.size > MOST_KNOWN) this.#known.delete(this.#known.values().next().value);
    this.#onEvent(name, data);
  }

  #settle(id, { error, data }) {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    if (error) waiting.reject(new Error(error));
    else waiting.resolve(data);
  }

  #ended() {
    for (const id of [...this.#waiting.keys()]) this.#settle(id, { error: "not connected" });
    this.#retry();
  }

  #retry() {
    this.#onState("connecting");
    const wait = WAITS[Math.min(this.#failed, WAITS.length - 1)];
    this.#failed += 1;
    setTimeout(() => this.open(), wait);
  }

  #ping() {
    if (this.#socket?.readyState === WebSocket.OPEN) this.ask("ping").catch(() => {});
  }
}

/** A phone number as people write it. */
export function written(number) {
  const found = /^\+1([2-9]\d{2})(\d{3})(\d{4})$/.exec(number ?? "");
  return found ? `+1 ${found[1]} ${found[2]} ${found[3]}` : (number ?? "");
}

/** The time since *start* (milliseconds), as minutes and seconds. */
export function since(start) {
  const seconds = Math.max(0, Math.floor((Date.now() - start) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Show the state of the connection in the page's chip. */
export function showState(word) {
  const chip = document.getElementById("connection");
  const words = { live: "Live", connecting: "Connecting …", "signed out": "Signed out: reload" };
  const kinds = { live: "good", connecting: "warn", "signed out": "bad" };
  chip.className = `chip ${kinds[word]}`;
  chip.textContent = words[word];
}

/** An element with text, which is never markup. */
export function element(tag, text = "", attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
