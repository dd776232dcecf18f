// The search of /docs, and the picture of its form; the page is complete without them.
import { notShown } from "./words.js";

const search = document.querySelector("#search");
const entries = [...document.querySelectorAll("[data-entry]")];
const count = document.querySelector("[role=search] [role=status]");

function find() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const entry of entries) entry.hidden = !words.every((word) => entry.textContent.toLowerCase().includes(word));
  const found = entries.filter((entry) => !entry.hidden).length;
  count.textContent = words.length ? `${found} found` : "";
}

search.form.hidden = false;
search.form.addEventListener("submit", (event) => event.preventDefault());
search.addEventListener("input", find);
window.addEventListener("hashchange", () => { search.value = ""; find(); });

const form = document.querySelector("[data-try]");
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const url = `${form.action}?${new URLSearchParams(new FormData(form))}`;
  const image = Object.assign(new Image(), { src: url, alt: "The result" });
  image.addEventListener("error", () => explain(url, image));
  form.querySelector("output").replaceChildren(Object.assign(document.createElement("pre"), { textContent: url }), image);
});

// Say that the browser cannot show the picture, or go where the service says in full what is wrong.
async function explain(url, image) {
  const answer = await fetch(url).catch(() => null);
  if (answer?.ok) image.replaceWith(`${notShown(answer.headers.get("Content-Type"))} The address is right.`);
  else location.href = url;
}
