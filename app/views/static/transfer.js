// Sends files with their progress: in one request, or with a presigned form past the limit of a request.
import { binarySize } from "./units.js";

const AT_ONCE = 2;

// Send every file, remember those that were stored, and go to the page of a single one; several stay on the page, whose
// address then lists them.
export async function sendAll(form, chosen, outcome, remember) {
  const [done, failed] = [[], []];
  const waiting = [...chosen];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (waiting.length) {
      const one = waiting.shift();
      const sent = await sendOne(form, one, remember);
      (sent.id ? done : failed).push(sent);
    }
  }));
  if (done.length === 1 && !failed.length) {
    location.assign(pageOf(form.dataset.image, done[0]));
    return;
  }
  outcome.textContent = `${done.length} uploaded${failed.length ? `, ${failed.length} failed` : ""}`;
  if (done.length) history.replaceState(null, "", `${form.dataset.index}?${listOf(done, failed, JSON.parse(form.dataset.most))}`);
}

// The query of the page that lists the same, for whoever reloads this one: what address() in app/views/uploaded.py makes.
export function listOf(done, failed, most) {
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

async function sendOne(form, { file, row }, remember) {
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  row.remove.hidden = true;
  row.note.before(bar);
  try {
    const sent = file.size > Number(form.dataset.requestBytes) ? await presigned(form, file, bar) : await direct(form, file, bar);
    await remember(sent.id, file.name, row.picture);
    const link = Object.assign(document.createElement("a"), { href: pageOf(form.dataset.image, sent), textContent: "Open" });
    row.note.replaceChildren(sent.known ? "Was stored already: kept once. " : "Uploaded. ", link);
    return sent;
  } catch (problem) {
    row.note.textContent = problem.message;
    row.note.classList.add("bad");
    return { code: problem.code ?? "", name: file.name };
  } finally {
    bar.remove();
  }
}

async function direct(form, file, bar) {
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("Content-Type", typeOf(form, file));
  return stored(await answerTo(request, file, bar));
}

async function presigned(form, file, bar) {
  const most = Number(form.dataset.fileBytes);
  if (file.size > most) {
    throw Object.assign(new Error(`Too large: at most ${binarySize(most)} a file.`), { code: "source_too_large" });
  }
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

// Resolve to status and JSON of the answer; throw an Error with the detail of a problem.
function answerTo(request, body, bar) {
  return new Promise((resolve, reject) => {
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => show(bar, event));
    request.addEventListener("error", () => reject(new Error("The connection broke. Try again.")));
    request.addEventListener("load", () => {
      const answer = parsed(request.responseText);
      if (request.status < 300) resolve({ status: request.status, body: answer });
      else reject(Object.assign(new Error(explain(request.status, answer)), { code: answer.code }));
    });
    request.send(body);
  });
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
