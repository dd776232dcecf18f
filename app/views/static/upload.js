// The upload page: choose, drop or paste files, look at them, send them. Without this script the forms work by themselves.
// All that opening the page needs is in this one file, because under Lambda each further one would be an invocation. The
// recent uploads are here for that too; the page that deletes an image loads this file for them, which most who delete have.
const KEY = "monolambda.recent";
const MOST = 12;
const SIDE = 72;
const form = document.querySelector("#upload");
// everything that has a row: { file, row, state }, which is "waiting", "sending", "sent" or "refused"
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
  for (const file of files) add(file);
  label();
  form.querySelector("button:not([type])").focus();
}

// Give a file a row; one that waits or is being sent has it, and one that was sent or refused gets a new one in its place.
function add(file) {
  const at = chosen.findIndex((one) => isSame(one.file, file));
  if (["waiting", "sending"].includes(chosen[at]?.state)) return;
  const one = { file, row: rowOf(file), state: "waiting" };
  one.row.remove.addEventListener("click", () => takeBack(one));
  if (at < 0) form.querySelector("#files").append(one.row.element);
  else chosen[at].row.element.replaceWith(one.row.element);
  chosen.splice(at < 0 ? chosen.length : at, 1, one);
}

function takeBack(one) {
  one.row.element.remove();
  chosen.splice(chosen.indexOf(one), 1);
  label();
  form.querySelector("input").focus();
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
  return { element, picture, remove, note };
}

function waiting() {
  return chosen.filter((one) => one.state === "waiting").length;
}

function label() {
  const button = form.querySelector("button:not([type])");
  button.textContent = waiting() > 1 ? `Upload ${waiting()} images` : "Upload";
}

async function send(event) {
  event.preventDefault();
  const outcome = form.querySelector("#outcome");
  if (!waiting()) {
    outcome.textContent = "Choose at least one image first.";
    form.querySelector("input").focus();
    return;
  }
  const button = form.querySelector("button:not([type])");
  button.disabled = true;
  outcome.textContent = "";
  try {
    const { sendAll } = await transfer();
    await sendAll(form, chosen, outcome, remember);
  } catch (problem) {
    outcome.textContent = problem.message;
  }
  button.disabled = false;
  label();
}

// Loaded when something is sent, because whoever only looks at the page needs none of it.
function transfer() {
  return import("./transfer.js").catch(() => { throw new Error("The connection broke. Try again."); });
}

async function fetchUrl(event) {
  event.preventDefault();
  const [target, error] = [event.target, document.querySelector("#url-error")];
  const [field, button] = [target.querySelector("input"), target.querySelector("button")];
  error.textContent = "";
  field.removeAttribute("aria-invalid");
  button.disabled = true;
  button.textContent = "Fetching…";
  try {
    const { fetchUrl: fetchNow } = await transfer();
    await fetchNow(target, form.dataset.image, remember);
  } catch (problem) {
    error.replaceChildren(...(problem.words ?? [problem.message]));
    field.setAttribute("aria-invalid", "true");
    field.focus();
  }
  button.disabled = false;
  button.textContent = "Fetch";
}

// The recent uploads: ids, names and tiny pictures, kept in this browser only. A storage that is forbidden or holds no list
// is an empty one.
function recent() {
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

// Put an upload at the front; a full or forbidden storage only means that the list stays as it is.
async function remember(id, name, picture) {
  await picture?.decode().catch(() => {}); // it may not have been read yet, or be of a kind that only the service reads
  const entry = { id, name, picture: picture?.naturalWidth ? tiny(picture) : "" };
  keep([entry, ...recent().filter((one) => one.id !== id)].slice(0, MOST));
}

export function forget(id) {
  keep(recent().filter((one) => one.id !== id));
}

function keep(entries) {
  try {
    if (entries.length) localStorage.setItem(KEY, JSON.stringify(entries));
    else localStorage.removeItem(KEY);
  } catch {
    // nothing depends on it
  }
}

function tiny(picture) {
  const canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
  const scale = Math.max(SIDE / picture.naturalWidth, SIDE / picture.naturalHeight);
  const [width, height] = [picture.naturalWidth * scale, picture.naturalHeight * scale];
  canvas.getContext("2d").drawImage(picture, (SIDE - width) / 2, (SIDE - height) / 2, width, height);
  return canvas.toDataURL("image/jpeg", 0.7);
}
