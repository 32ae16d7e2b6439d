// New calls: shown at once while the top of the page is in view, and otherwise announced.

import { localTimes } from "./pages.js";

const SECONDS = 5;
const TOP = 200;
const rows = document.getElementById("rows");
const arrived = document.getElementById("arrived");
let waiting = [];

function atTop() {
  return window.scrollY < TOP && !document.hidden;
}

function show() {
  rows.prepend(...waiting);
  for (const row of waiting) row.classList.add("arriving");
  document.querySelector(".empty")?.remove();
  localTimes(rows);
  waiting = [];
  arrived.hidden = true;
}

function announce() {
  arrived.textContent = `${waiting.length} new`;
  arrived.hidden = false;
}

async function ask() {
  const query = new URLSearchParams(location.search);
  query.set("after", rows.dataset.newest);
  const answer = await fetch(`/calls/newer?${query}`);
  if (!answer.ok) return;
  const table = document.createElement("table");
  table.innerHTML = `<tbody>${await answer.text()}</tbody>`;
  const found = [...table.querySelectorAll("tr")];
  if (!found.length) return;
  rows.dataset.newest = Math.max(...found.map((row) => Number(row.dataset.started)));
  waiting = [...found, ...waiting];
  if (atTop()) show();
  else announce();
}

async function poll() {
  if (!document.hidden) await ask().catch(() => {});
  setTimeout(poll, SECONDS * 1000);
}

if (rows && arrived) {
  arrived.addEventListener("click", () => { show(); window.scrollTo(0, 0); });
  setTimeout(poll, SECONDS * 1000);
}
