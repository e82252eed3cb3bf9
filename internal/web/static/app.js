// Improves what works without it. One listener per kind of event, on the
// document: pages need no code of their own and elements may come and go.

// A page may answer a request for another address. Its own is what is reloaded,
// kept as a bookmark and come back to.
const { at } = document.documentElement.dataset;
if (at) history.replaceState(history.state, "", at);

const byId = (id) => document.getElementById(id);

// Passwords can be looked at; the button is useless without this script.
for (const button of document.querySelectorAll("[data-reveals]")) button.hidden = false;

// On a telephone the tab of this page may stand outside the window.
document.querySelector(".tab[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

const count = (counter) => {
  const input = byId(counter.dataset.counts);
  counter.textContent = `${input.value.length} / ${input.maxLength}`;
};
for (const counter of document.querySelectorAll("[data-counts]")) count(counter);

document.addEventListener("click", (event) => {
  const element = event.target.closest("[data-reveals], [data-copies], [data-opens]");
  if (element?.dataset.reveals) {
    const input = byId(element.dataset.reveals);
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    element.setAttribute("aria-pressed", String(shown));
    input.focus();
  } else if (element?.dataset.copies) {
    navigator.clipboard?.writeText(byId(element.dataset.copies).textContent.trim());
    element.dataset.copied = "";
  } else if (element && !("commandForElement" in HTMLButtonElement.prototype)) {
    byId(element.dataset.opens)?.showModal(); // browsers without invoker commands
  }
  // A press outside closes open menus; a press on the backdrop closes a dialog.
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  if (event.target instanceof HTMLDialogElement) event.target.close();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("input", (event) => {
  const counter = document.querySelector(`[data-counts="${CSS.escape(event.target.id)}"]`);
  if (counter) count(counter);
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.submitter?.formMethod === "dialog" || form.method === "dialog") return;
  if (form.getAttribute("aria-busy") === "true") return event.preventDefault();
  form.setAttribute("aria-busy", "true");
  // The page may stay: a download, or a certificate picker that was closed.
  setTimeout(() => form.removeAttribute("aria-busy"), 4000);
});
// Coming back by the history button finds the form ready again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[aria-busy]")) form.removeAttribute("aria-busy");
});

for (const form of document.querySelectorAll("form[data-forwards]")) form.requestSubmit();
