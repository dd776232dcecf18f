// The upload page: choose, drop or paste files, look at them, send them. Without this script the forms work by themselves.
// All that opening the page needs is in this one file, because under Lambda each further one would be an invocation. So
// the reading of recent uploads is here too, and recent.js, which the page that deletes an image needs, loads this file for
// it; most of those who delete have it from their upload.
export const KEY = "monolambda.recent";
const SIDE = 72;
const form = document.querySelector("#upload");
const chosen = [];

if (form) {
  const input = form.querySelector("input");
  for (const element of document.querySelectorAll(".scripted")) element.hidden = false;
  for (const element of document.querySelectorAll(".plain-only")) element.hidden = true;
  input.required = false;
  input.addEventListener("change", () => choose(input.files));
  input.addEventListener("click", () => { input.value = ""; }); // so that a file that was removed can be chosen again
  form.addEventListener("submit", send);
  document.addEventListener("paste", (event) => { if (event.clipboardData.files.length) choose(event.clipboardData.files); });
  dropTarget(document.documentElement);
  document.querySelector("#fetch").addEventListener("submit", fetchUrl);
  showRecent(form.dataset.image);
}

function dropTarget(target) {
  target.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("over"); });
  target.addEventListener("dragleave", (event) => { if (!event.relatedTarget) form.classList.remove("over"); });
  target.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    choose(event.dataTransfer.files);
  });
}

function choose(files) {
  form.querySelector("#file-error")?.remove();
  form.querySelector("input").removeAttribute("aria-invalid");
  for (const file of files) {
    if (chosen.some((one) => isSame(one.file, file))) continue;
    const row = rowOf(file);
    chosen.push({ file, row });
    form.querySelector("#files").append(row.element);
  }
  label();
  form.querySelector("button:not([type])").focus();
}

function isSame(one, other) {
  return ["name", "size", "lastModified"].every((fact) => one[fact] === other[fact]);
}

function rowOf(file) {
  const element = document.createElement("li");
  const picture = document.createElement("img");
  picture.alt = "";
  picture.width = picture.height = 48;
  picture.src = URL.createObjectURL(file);
  picture.onerror = () => { picture.replaceWith(Object.assign(document.createElement("span"), { className: "blank" })); };
  const name = Object.assign(document.createElement("span"), { textContent: file.name });
  // loaded now, because whoever only looks at the page needs none of it
  import("./units.js").then(({ size }) => name.append(` · ${size(file.size)}`));
  const remove = Object.assign(document.createElement("button"), { type: "button", className: "plain", textContent: "Remove" });
  remove.setAttribute("aria-label", `Remove ${file.name}`);
  const note = Object.assign(document.createElement("span"), { className: "note small" });
  element.append(picture, name, remove, note);
  const row = { element, picture, remove, note };
  remove.addEventListener("click", () => {
    element.remove();
    chosen.splice(chosen.findIndex((one) => one.row === row), 1);
    label();
    form.querySelector("input").focus();
  });
  return row;
}

function label() {
  const button = form.querySelector("button:not([type])");
  button.textContent = chosen.length > 1 ? `Upload ${chosen.length} images` : "Upload";
}

async function send(event) {
  event.preventDefault();
  const outcome = form.querySelector("#outcome");
  if (!chosen.length) {
    outcome.textContent = "Choose at least one image first.";
    form.querySelector("input").focus();
    return;
  }
  const button = form.querySelector("button:not([type])");
  button.disabled = true;
  outcome.textContent = "";
  const transfer = await import("./transfer.js");
  await transfer.sendAll(form, chosen.splice(0), outcome);
  button.disabled = false;
  label();
}

async function fetchUrl(event) {
  event.preventDefault();
  const [target, error] = [event.target, document.querySelector("#url-error")];
  const [field, button] = [target.querySelector("input"), target.querySelector("button")];
  error.textContent = "";
  field.removeAttribute("aria-invalid");
  button.disabled = true;
  button.textContent = "Fetching…";
  const transfer = await import("./transfer.js");
  try {
    await transfer.fetchUrl(target, form.dataset.image);
  } catch (problem) {
    error.textContent = problem.message;
    field.setAttribute("aria-invalid", "true");
    field.focus();
  }
  button.disabled = false;
  button.textContent = "Fetch";
}

// The recent uploads of this browser, which recent.js writes; a storage that is forbidden or holds no list is an empty one.
export function recent() {
  try {
    return JSON.parse(localStorage.getItem(KEY)).filter((one) => one?.id);
  } catch {
    return [];
  }
}

// Fill the list on the page; `image` is the address of an image with ID in place of its id.
function showRecent(image) {
  const section = document.querySelector("#recent");
  section.querySelector("ul").replaceChildren(...recent().map((one) => recentItem(one, image)));
  section.querySelector("button").addEventListener("click", () => {
    localStorage.removeItem(KEY);
    section.hidden = true;
  });
  section.hidden = !recent().length;
}

function recentItem({ id, name, picture }, image) {
  const link = Object.assign(document.createElement("a"), { href: image.replace("ID", id), title: name });
  link.append(picture
    ? Object.assign(new Image(SIDE, SIDE), { src: picture, alt: name })
    : Object.assign(document.createElement("span"), { className: "blank", textContent: name }));
  const element = document.createElement("li");
  element.append(link);
  return element;
}
