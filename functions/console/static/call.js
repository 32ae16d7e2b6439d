// The page of a call: its entries by keyboard, without a way through the links.

import { isTyping } from "./pages.js";

const KEYS = { ArrowLeft: "prev", ArrowRight: "next" };

document.addEventListener("keydown", (event) => {
  if (isTyping(event) || !(event.key in KEYS) || event.target.closest("audio, [tabindex]")) return;
  document.querySelector(`#entry a[rel=${KEYS[event.key]}]`)?.click();
});
