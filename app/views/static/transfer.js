// Sends files with their progress: in one request, or with a presigned form past the limit of a request.
import { binarySize } from "./units.js";
import { told } from "./words.js";

const AT_ONCE = 2;
// no session, too slow, too many: as little the file's fault as what a server says of itself
const MAY_PASS = [401, 408, 429];

// Send every file that waits, and remember those that were stored. The first one of this page leads to its own page, unless
// something is still to do here; otherwise the address of this page lists what was uploaded and what was not.
export async function sendAll(form, chosen, outcome, remember) {
  const batch = chosen.filter(isWaiting);
  const left = [...batch];
  for (const one of batch) one.state = "sending";
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (left.length) await sendOne(form, left.shift(), remember);
  }));
  const done = chosen.flatMap(({ sent }) => sent ?? []);
  const failed = chosen.flatMap(({ failure }) => failure ?? []);
  if (done.length === 1 && batch.every(({ sent }) => sent) && !chosen.some(isWaiting)) {
    location.assign(pageOf(form.dataset.image, done[0]));
    return;
  }
  outcome.textContent = `${eachOnce(done).length} uploaded${failed.length ? `, ${failed.length} failed` : ""}`;
  if (done.length) history.replaceState(null, "", `${form.dataset.index}?${listOf(done, failed, JSON.parse(form.dataset.most))}`);
}

// The query of the page that lists the same, for whoever reloads this one: what address() in app/views/uploaded.py makes.
export function listOf(sent, failed, most) {
  const done = eachOnce(sent);
  const ids = (some) => some.slice(0, most.images).map((one) => one.id).join(",");
  const query = new URLSearchParams({ uploaded: ids(done), known: ids(done.filter((one) => one.known)) });
  for (const { code, name } of failed.slice(0, most.failed)) {
    query.append("failed", `${code}:${[...name].slice(0, most.name).join("")}`);
  }
  const beyond = (some, listed) => Math.min(some.length - listed, most.more);
  if (done.length > most.images) query.set("more", beyond(done, most.images));
  if (failed.length > most.failed) query.set("more_failed", beyond(failed, most.failed));
  return query;
}

// An image that was sent under two names is one, and was known only if it was so both times.
function eachOnce(done) {
  const found = new Map();
  for (const { id, known } of done) found.set(id, { id, known: known && (found.get(id)?.known ?? true) });
  return [...found.values()];
}

function isWaiting({ state }) {
  return state === "waiting";
}

// Have the service fetch the address in the form, and go to the page of the image; throws an Error with a message.
export async function fetchUrl(form, image, remember) {
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  const sent = stored(await answerTo(request, new FormData(form)));
  const [path] = form.elements.url.value.trim().split(/[?#]/);
  await remember(sent.id, path.split("/").filter(Boolean).pop());
  location.assign(pageOf(image, sent));
  await new Promise(() => {});
}

// Send a file, and keep in its row whether it is stored, is to be sent again, or was refused.
async function sendOne(form, one, remember) {
  const { file, row } = one;
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  row.remove.hidden = true;
  row.note.replaceChildren();
  row.note.before(bar);
  delete one.failure;
  try {
    const sent = await deliver(form, file, bar);
    await remember(sent.id, file.name, row.picture);
    const link = Object.assign(document.createElement("a"), { href: pageOf(form.dataset.image, sent), textContent: "Open" });
    row.note.replaceChildren(sent.known ? "Was stored already: kept once. " : "Uploaded. ", link);
    Object.assign(one, { state: "sent", sent });
  } catch (problem) {
    row.note.replaceChildren(...(problem.words ?? [problem.message]));
    row.remove.hidden = !problem.mayPass;
    Object.assign(one, { state: problem.mayPass ? "waiting" : "refused", failure: { code: problem.code ?? "", name: file.name } });
  } finally {
    row.note.classList.toggle("bad", Boolean(one.failure));
    bar.remove();
  }
}

// Send a file the way that its size allows; what the service would refuse for its size never leaves the browser.
function deliver(form, file, bar) {
  const most = Number(form.dataset.fileBytes);
  if (!file.size) throw refusal("The file is empty.", "unsupported_media_type");
  if (file.size > most) throw refusal(`Too large: at most ${binarySize(most)} a file.`, "source_too_large");
  return file.size > Number(form.dataset.requestBytes) ? presigned(form, file, bar) : direct(form, file, bar);
}

function refusal(message, code) {
  return Object.assign(new Error(message), { code });
}

async function direct(form, file, bar) {
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("Content-Type", typeOf(form, file));
  return stored(await answerTo(request, file, bar));
}

async function presigned(form, file, bar) {
  const announced = { filename: file.name, content_type: typeOf(form, file), bytes: file.size };
  const where = (await answerTo(posted(form.dataset.presign), JSON.stringify(announced))).body;
  const body = new FormData();
  for (const [name, value] of Object.entries(where.fields)) body.append(name, value);
  body.append("file", file);
  const request = new XMLHttpRequest();
  request.open(where.method, where.url);
  await answerTo(request, body, bar);
  bar.removeAttribute("value");
  return stored(await answerTo(posted(form.dataset.complete), JSON.stringify({ token: where.token })));
}

// The type to announce. Browsers go by the file's name, may not know its type, or call it one that the service does not
// read, or takes for a form; the content decides.
function typeOf(form, { type }) {
  return form.querySelector("input").accept.split(",").includes(type) ? type : "application/octet-stream";
}

function posted(url) {
  const request = new XMLHttpRequest();
  request.open("POST", url);
  request.setRequestHeader("Content-Type", "application/json");
  return request;
}

// Resolve to status and JSON of the answer; throw an Error with the words for a problem, and whether it may pass.
function answerTo(request, body, bar) {
  return new Promise((resolve, reject) => {
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => show(bar, event));
    const broken = Object.assign(new Error("The connection broke. Try again."), { mayPass: true });
    request.addEventListener("error", () => reject(broken));
    request.addEventListener("load", () => {
      const answer = parsed(request.responseText);
      if (request.status < 300) resolve({ status: request.status, body: answer });
      else reject(problemOf(request.status, answer));
    });
    request.send(body);
  });
}

function problemOf(status, { code, ...problem }) {
  const message = explain(status, problem);
  const mayPass = status >= 500 || MAY_PASS.includes(status);
  return Object.assign(new Error(message), { code, mayPass, words: told(status, message) });
}

// Show how much was sent; once everything was, the service decodes it, which takes an unknown time.
function show(bar, event) {
  if (!bar || !event.lengthComputable) return;
  if (event.loaded < event.total) bar.value = event.loaded / event.total;
  else bar.removeAttribute("value");
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function explain(status, problem) {
  if (!problem.detail) return `The service answered ${status}. Try again.`;
  const errors = problem.errors?.map((error) => error.detail);
  return `${problem.title}: ${errors?.join("; ") || problem.detail}`;
}

function stored({ status, body }) {
  return { id: body.images[0].id, known: status === 200 };
}

function pageOf(template, sent) {
  return template.replace("ID", sent.id) + (sent.known ? "?known=1" : "");
}
