// Login methods can be dragged by their handle, within a group and between
// groups, with a mouse, a pen or a finger. What was made of it is sent as a form;
// the buttons of the rows do the same without this script.

const board = document.querySelector("[data-board]");
const form = document.getElementById("arrange");

const order = (group) => [...board.querySelectorAll(`[data-group="${group}"] [data-method]`)].map((row) => row.dataset.method).join(",");

// Where the pointer is: the group, and the row that it is above the middle of.
const place = (x, y) => {
  const group = document.elementFromPoint(x, y)?.closest("section")?.querySelector("[data-group]");
  if (!group || !board.contains(group)) return null;
  const before = [...group.querySelectorAll("[data-method]:not(.dragged)")].find((row) => {
    const box = row.getBoundingClientRect();
    return y < box.top + box.height / 2;
  });
  return { group, before: before ?? null };
};

let drag = null;

const end = (keep) => {
  if (!drag) return;
  const { row, parent, next } = drag;
  drag = null;
  row.classList.remove("dragged");
  if (!keep) return parent.insertBefore(row, next);
  if (order("main") === form.elements.before_main.value && order("others") === form.elements.before_others.value) return;
  form.elements.main.value = order("main");
  form.elements.others.value = order("others");
  form.requestSubmit();
};

board?.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest(".handle");
  if (!handle || event.button !== 0) return;
  event.preventDefault();
  const row = handle.closest("[data-method]");
  drag = { row, parent: row.parentElement, next: row.nextElementSibling };
  row.classList.add("dragged");
});
document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const to = place(event.clientX, event.clientY);
  if (to) to.group.insertBefore(drag.row, to.before);
});
document.addEventListener("pointerup", () => end(true));
document.addEventListener("pointercancel", () => end(false));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") end(false);
});

// The page that follows a step has forgotten where one was: whoever arranges by
// keyboard would have to tab back to the row for every step.
const kept = "signet-methods-at";
board?.addEventListener("submit", (event) => {
  const row = event.target.closest("[data-method]");
  if (row) sessionStorage.setItem(kept, JSON.stringify({ method: row.dataset.method, step: event.target.elements.step?.value }));
});
const at = JSON.parse(sessionStorage.getItem(kept) ?? "{}");
sessionStorage.removeItem(kept);
const row = at.method && board?.querySelector(`[data-method="${CSS.escape(at.method)}"]`);
if (row) {
  const usable = "button:not(:disabled, [aria-disabled=true])";
  const same = [...row.querySelectorAll("form")].find((form) => form.elements.step?.value === at.step);
  // A row at the end of its list goes no further: the next best step stands beside it.
  const next = at.step ? same?.querySelector(usable) ?? row.querySelector(`.row-end ${usable}`) : null;
  (next ?? row.querySelector("input[type=checkbox]"))?.focus();
}
