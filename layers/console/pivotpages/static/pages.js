// What every page can do: switch the theme, copy, show local times, and be used by keyboard.

const THEMES = { light: "dark", dark: "light" };

function theme() {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  return document.documentElement.dataset.theme ?? system;
}

function switchTheme() {
  const next = THEMES[theme()];
  document.documentElement.dataset.theme = next;
  localStorage.setItem("theme", next);
}

async function copy(button) {
  const of = document.getElementById(button.dataset.copyOf ?? "");
  await navigator.clipboard.writeText(button.dataset.copy ?? of?.textContent ?? "");
  const label = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = label; }, 1500);
}

/** Show `<time datetime>` in the viewer's own zone; UTC stays in its title. */
export function localTimes(root = document) {
  for (const each of root.querySelectorAll("time[datetime]:not([data-local])")) {
    const when = new Date(each.dateTime);
    if (Number.isNaN(when.getTime())) continue;
    const options = { dateStyle: each.dataset.date ?? "medium", timeStyle: "medium" };
    if (each.dataset.date === "none") delete options.dateStyle;
    each.title = when.toISOString();
    each.textContent = new Intl.DateTimeFormat(undefined, options).format(when);
    each.dataset.local = "";
  }
}

function focusSearch() {
  const field = document.querySelector("input[type=search]");
  field?.focus();
  field?.select();
  return Boolean(field);
}

function move(step) {
  const links = [...document.querySelectorAll("[data-rows] a[href]:first-of-type")]
    .filter((link) => link.offsetParent);
  if (!links.length) return false;
  const at = links.indexOf(document.activeElement) + step;
  links[Math.max(0, Math.min(links.length - 1, at))].focus();
  return true;
}

function showShortcuts() {
  const dialog = document.getElementById("shortcuts");
  dialog?.showModal();
  return Boolean(dialog);
}

const SHORTCUTS = {
  "/": focusSearch,
  j: () => move(1),
  k: () => move(-1),
  "?": showShortcuts,
};

/** Whether somebody is typing text, so that a key is no shortcut. */
export function isTyping(event) {
  const where = event.target;
  const field = where instanceof Element && where.closest("input, textarea, select, [contenteditable]");
  return Boolean(field) || event.ctrlKey || event.metaKey || event.altKey;
}

document.addEventListener("keydown", (event) => {
  if (isTyping(event) || event.defaultPrevented) return;
  if (SHORTCUTS[event.key]?.()) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("button");
  if (!button) return;
  if (button.dataset.action === "theme") switchTheme();
  if ("copy" in button.dataset || "copyOf" in button.dataset) copy(button);
});

localTimes();
