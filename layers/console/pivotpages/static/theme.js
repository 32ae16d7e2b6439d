// Before the page is drawn: the theme that was chosen on it, light or dark. Without a choice, the
// system's is used.
const chosen = localStorage.getItem("theme");
if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
