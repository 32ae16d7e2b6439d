// Small parts of the panels. Every text is a text node, so that nothing in it is markup.

/** Make an element with attributes or properties, and children that are nodes or texts. */
export function part(name, given = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(given)) {
    if (key in made && key !== "role") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((each) => each !== null));
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** Make an SVG element with attributes and children. */
export function shape(name, given = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(given)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

/** A text as it is shown: control characters as symbols, so that none is invisible. */
export function visible(text) {
  return String(text).replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

export function json(value) {
  return typeof value === "string" ? value : JSON.stringify(value, null, 1);
}

let copies = 0;

/** A block of text with a copy button. */
export function copied(text, className = "") {
  copies += 1;
  const id = `copy-${copies}`;
  const block = part("pre", { id, className, tabIndex: 0 }, visible(text));
  const button = part("button", { type: "button", className: "plain copy" }, "Copy");
  button.dataset.copy = text;
  return part("div", { className: "copied" }, button, block);
}

export function chip(text, kind = "") {
  return part("span", { className: `chip ${kind}`.trim() }, text);
}

export async function ask(path, body = undefined) {
  const answer = await fetch(path, body === undefined ? {} : {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const document = await answer.json();
  if (!answer.ok) throw new Error(document.error ?? answer.statusText);
  return document;
}
