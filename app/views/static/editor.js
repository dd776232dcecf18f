// The editor: shows the result while its options are changed. Without this script the form shows it when it is sent.
import { enable as enableCopies } from "./copy.js";
import { enable as enableFacts } from "./facts.js";
import { enable as enablePicker } from "./picker.js";
import { duration, size } from "./units.js";
import { notShown, told } from "./words.js";

const PAUSE_MS = 250;
const editor = document.querySelector("#editor");
let running = new AbortController();

if (editor) {
  const form = document.querySelector("#options");
  for (const element of document.querySelectorAll(".scripted")) element.hidden = false;
  enableCopies(document.querySelectorAll("[data-copy]"));
  enableFacts(document.querySelectorAll("[data-facts]"), document.querySelector("#facts"));
  enableCompare();
  let timer = 0;
  const later = () => { clearTimeout(timer); timer = setTimeout(() => update(form), PAUSE_MS); };
  form.addEventListener("input", later);
  form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(timer); update(form); });
  enablePicker(form, later);
  first(form);
}

// Ask for the links of the options, then for the picture; a later call ends the one before, so the last one wins.
async function update(form) {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  const given = [...new FormData(form)].filter(([, value]) => value !== "");
  const address = `${form.action.split("?")[0]}?${new URLSearchParams(given.length ? given : [["width", ""]])}`;
  say("Working…");
  try {
    const answer = await fetch(`${address}&v=1`, { headers: { Accept: "application/json" }, signal });
    const body = await answer.json();
    mark(form, answer.ok ? [] : body.errors ?? [{ parameter: "", detail: body.detail }]);
    if (!answer.ok) return say("");
    history.replaceState(null, "", address);
    links(body.result);
    await show(body.result, signal);
  } catch (problem) {
    if (problem.name !== "AbortError") say("The connection broke. Change something to try again.");
  }
}

// The picture that came with the page was measured by the browser; if it cannot be shown, asking for it again says why.
async function first(form) {
  const after = document.querySelector("#after");
  const { src } = after;
  if ("still" in after.dataset) return;
  if (!after.complete) await new Promise((resolve) => { after.onload = after.onerror = resolve; });
  if (after.src !== src) return; // changed meanwhile, and measured since
  if (!after.naturalWidth) return update(form);
  const [timing] = performance.getEntriesByName(src);
  if (timing?.encodedBodySize) measured(timing.encodedBodySize, timing.duration);
}

async function show(result, signal) {
  const address = `${editor.dataset.resize}${result.options ? `&${result.options}` : ""}`;
  const started = performance.now();
  const answer = await fetch(address, { headers: { Accept: "image/avif,image/webp,image/*,*/*;q=0.8" }, signal });
  if (!answer.ok) return say(...told(answer.status, (await answer.json()).detail));
  const picture = await answer.blob();
  const spent = performance.now() - started;
  const isShown = await place(picture, signal);
  measured(picture.size, spent, isShown ? "" : `${notShown(picture.type)} The links are right. `);
}

function measured(bytes, spent, before = "") {
  say(`${before}${size(Number(editor.dataset.bytes))} → ${size(bytes)}, ${saved(bytes)}, ${duration(spent)}`);
}

// Put the picture on the page, and return whether the browser can show it.
async function place(picture, signal) {
  const after = document.querySelector("#after");
  const old = after.src;
  after.src = URL.createObjectURL(picture);
  const isShown = await after.decode().then(() => true, () => false);
  signal.throwIfAborted(); // no answer either: a later picture took the place of this one
  after.hidden = !isShown;
  if (isShown) fit(after);
  if (old.startsWith("blob:")) URL.revokeObjectURL(old);
  compare();
  return isShown;
}

// Give both pictures the size that the result has.
function fit(after) {
  for (const one of [after, document.querySelector("#before")]) {
    [one.width, one.height] = [after.naturalWidth, after.naturalHeight];
  }
}

function links({ url, html, presigned }) {
  // the session has ended, and what is no longer signed would open nothing
  if (!presigned && document.querySelector("#presigned")) return;
  document.querySelector("#url").textContent = url;
  document.querySelector("#curl").textContent = `curl -o result '${url}'`;
  document.querySelector("#html").textContent = html;
  if (!presigned) return;
  document.querySelector("#presigned").textContent = presigned.url;
  document.querySelector("#presigned-until").textContent = new Date(1000 * presigned.expires_at).toISOString().replace(/\.\d+/, "");
}

function mark(form, errors) {
  for (const field of form.elements) field.removeAttribute?.("aria-invalid");
  for (const note of form.querySelectorAll(".error")) note.textContent = "";
  document.querySelector("#problems").textContent = "";
  for (const { parameter, detail } of errors) {
    const field = form.elements.namedItem(parameter);
    field?.setAttribute("aria-invalid", "true");
    (document.getElementById(`e-${parameter}`) ?? document.querySelector("#problems")).textContent = detail;
    const hidden = field?.closest("details");
    if (hidden) hidden.open = true;
  }
}

function enableCompare() {
  document.querySelector("#split").addEventListener("input", compare);
  document.querySelector("#actual").addEventListener("change", (event) => {
    document.querySelector(".stage").classList.toggle("actual", event.target.checked);
  });
}

// Lay the picture before effects and compression over the left of the result; it is made when first looked at.
function compare() {
  const before = document.querySelector("#before");
  const split = Number(document.querySelector("#split").value);
  before.hidden = split === 0 || document.querySelector("#after").hidden;
  before.style.setProperty("--split", `${100 - split}%`);
  if (before.hidden) return;
  const kept = editor.dataset.geometry.split(" ");
  const query = new URLSearchParams([...new FormData(document.querySelector("#options"))]
    .filter(([name, value]) => value !== "" && kept.includes(name)));
  const address = `${editor.dataset.resize}&${query}${query.size ? "&" : ""}format=png`;
  if (before.getAttribute("src") !== address) before.src = address;
}

function say(...content) {
  document.querySelector("#stats").replaceChildren(...content);
}

function saved(bytes) {
  const percent = Math.round((bytes / Number(editor.dataset.bytes) - 1) * 100);
  return percent <= 0 ? `−${-percent} %` : `+${percent} %`;
}
