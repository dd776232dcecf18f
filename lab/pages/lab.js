// Draws the containers from what /_lab/events reports; nothing here is fetched from anywhere else.
"use strict";

const POLL_MS = 250;
const byId = (id) => document.getElementById(id);
const containers = new Map(); // name -> [{at, state, cpu_ms}], oldest first
let sequence = 0;
let skew = null; // the lab's seconds minus ours, so that time moves between two polls

const color = (state) => getComputedStyle(document.documentElement).getPropertyValue(`--${state}`).trim() || "gray";
const labNow = () => performance.now() / 1000 + (skew ?? 0);

function take(news) {
  skew = news.now - performance.now() / 1000;
  for (const change of news.changes) {
    sequence = change.sequence;
    if (!containers.has(change.container)) containers.set(change.container, []);
    containers.get(change.container).push(change);
  }
  showCounters(news);
  byId("facts").textContent = Object.entries(news.facts).map(([name, fact]) => `${name}: ${fact}`).join(" · ");
}

function alive() {
  let count = 0;
  for (const changes of containers.values()) if (!["gone", "killed"].includes(changes.at(-1).state)) count += 1;
  return count;
}

function showCounters({ totals, dollars, running, limit, prices }) {
  const share = totals.invocations ? ` (${Math.round(100 * totals.cold_starts / totals.invocations)} %)` : "";
  const shown = {
    "containers alive": alive(),
    "running / limit": `${running} / ${limit}`,
    "invocations": totals.invocations,
    "cold starts": totals.cold_starts + share,
    "errors": totals.errors,
    "throttled": totals.throttles,
    "CPU after answers": `${totals.after_response_cpu_ms.toFixed(1)} ms`,
    [`cost, ${prices.region}, ${prices.read_on}`]: `$${dollars.toFixed(8)}`,
  };
  byId("counters").replaceChildren(...Object.entries(shown).map(([name, value]) => {
    const box = document.createElement("div");
    const term = document.createElement("dt");
    const number = document.createElement("dd");
    term.textContent = name;
    number.textContent = value;
    box.append(term, number);
    return box;
  }));
}

function visible(start) {
  const rows = [];
  for (const [name, changes] of containers) {
    const last = changes.at(-1);
    const over = ["gone", "killed"].includes(last.state);
    if (over && last.at < start) containers.delete(name);
    else rows.push(changes);
  }
  return rows;
}

function forget(changes, start) {
  // keep the one change that still reaches into the window
  let first = 0;
  while (first + 1 < changes.length && changes[first + 1].at < start) first += 1;
  changes.splice(0, first);
}

function draw() {
  const canvas = byId("rows");
  const seconds = Number(byId("window").value);
  const now = labNow();
  const start = now - seconds;
  const rows = visible(start);
  byId("empty").hidden = rows.length > 0;
  canvas.hidden = rows.length === 0;
  const scale = window.devicePixelRatio || 1;
  const width = canvas.parentElement.clientWidth;
  const step = Math.max(4, Math.min(22, Math.floor((window.innerHeight - 320) / Math.max(1, rows.length))));
  const height = step * rows.length + 22;
  canvas.style.height = `${height}px`;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  const x = (at) => Math.max(0, (at - start) / seconds * width);
  rows.forEach((changes, row) => {
    forget(changes, start);
    drawRow(pen, changes, { x, now, top: row * step + 1, height: step - 2 });
  });
  drawAxis(pen, { width, height, start, seconds });
  requestAnimationFrame(draw);
}

// States of a millisecond are what the chart is about: they get a few pixels, at the cost of the long states beside them.
const LEAST = { serve: 3, after: 2, killed: 4 };

function drawRow(pen, changes, { x, now, top, height }) {
  const box = (change, left, width) => {
    pen.fillStyle = color(change.state);
    pen.fillRect(left, top, width, height);
  };
  const end = (index) => changes[index + 1]?.at ?? now;
  changes.forEach((change, index) => {
    if (["init", "frozen", "idle"].includes(change.state)) box(change, x(change.at), x(end(index)) - x(change.at));
  });
  let free = 0;
  changes.forEach((change, index) => {
    if (!(change.state in LEAST)) return;
    const left = Math.max(free, x(change.at));
    const until = change.state === "killed" ? change.at : end(index);
    const width = Math.max(LEAST[change.state], x(until) - left);
    box(change, left, width);
    free = left + width;
  });
}

function drawAxis(pen, { width, height, start, seconds }) {
  pen.fillStyle = color("soft");
  pen.font = "11px system-ui, sans-serif";
  const every = seconds <= 10 ? 1 : seconds <= 30 ? 5 : 20;
  for (let at = Math.ceil(start / every) * every; at < start + seconds; at += every) {
    if (at < 0) continue;
    const left = (at - start) / seconds * width;
    pen.fillRect(left, height - 20, 1, 5);
    pen.fillText(`${at} s`, left + 3, height - 6);
  }
}

async function poll() {
  try {
    const answer = await fetch(`/_lab/events?since=${sequence}`);
    take(await answer.json());
  } catch {
    byId("result").textContent = "The lab does not answer.";
  }
  setTimeout(poll, POLL_MS);
}

byId("burst").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = event.target.querySelector("button");
  button.disabled = true;
  try {
    const answer = await fetch("/_lab/burst", {
      method: "POST",
      headers: { "X-Lab": "1", "Content-Type": "application/json" },
      body: JSON.stringify({ count: Number(byId("count").value), path: byId("path").value }),
    });
    const { statuses, message } = await answer.json();
    byId("result").textContent = statuses
      ? Object.entries(statuses).map(([status, count]) => `${count} × ${status}`).join(", ")
      : message;
  } finally {
    button.disabled = false;
  }
});

poll();
requestAnimationFrame(draw);
