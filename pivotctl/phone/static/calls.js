// Calls of the softphone's server: start one, follow it, press keys, skip ahead, hang up.

async function send(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const document = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) throw new Error(document.error ?? answer.statusText);
  return document;
}

/** One call. `onEvent` gets every event in order, `onOver` is called after the last one. */
export class Call {
  constructor(started, onEvent, onOver) {
    this.id = started.id;
    this.choices = started.choices;
    this.over = false;
    this.pressing = Promise.resolve();
    this.source = new EventSource(`/calls/${this.id}/events`);
    this.source.addEventListener("message", (message) => onEvent(JSON.parse(message.data)));
    this.source.addEventListener("over", () => { this.close(); onOver(); });
  }

  static async start(choices, onEvent, onOver) {
    return new Call(await send("/calls", choices), onEvent, onOver);
  }

  /** Press keys. They arrive in the order in which they were pressed. */
  press(keys) {
    this.pressing = this.pressing.then(() => send(`/calls/${this.id}/keys`, { keys }));
    return this.pressing;
  }

  skip(number) { return send(`/calls/${this.id}/skip`, { number }); }

  hangUp() { return send(`/calls/${this.id}/hang_up`, {}); }

  close() {
    this.over = true;
    this.source.close();
  }
}
