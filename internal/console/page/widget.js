// Shows the title and the colour in the preview while they are typed. What is
// stored, and whether the colour can be read, the server decides.

const preview = document.querySelector(".widget-preview");
const title = preview?.querySelector(".widget-title");
const first = title?.textContent;

document.addEventListener("input", (event) => {
  if (!preview) return;
  const { name, value } = event.target;
  if (name === "title") title.textContent = value.replaceAll("APP_NAME", title.dataset.app) || first;
  if (name === "accent" && (value === "" || /^#[0-9a-f]{6}$/i.test(value))) preview.style.setProperty("--accent", value || null);
  if (name === "ground" && (value === "" || /^#[0-9a-f]{6}$/i.test(value))) preview.style.setProperty("background", value || null);
});
