// Draws containers as rows, and what callers got as a strip above them, and remembers what was drawn where.
import { isOver } from "./model.js";
import { functionName, timedOut } from "./words.js";

// states of a millisecond are what the chart is about: they get a few pixels, at the cost of the long states beside them
export const LEAST = { serve: 3, after: 2, killed: 4 };
const LONG = ["init", "frozen", "idle"];
const ROW_HEIGHTS = [[16, 20], [40, 12], [100, 7], [Infinity, 4]];
const STRIP = 84;
const AXIS = 20;
const SLOWEST_MS = 60_000;
const FONT = "11px system-ui, sans-serif";
const NARROW = 640;
const GUTTER = 112;

export function palette() {
  const style = getComputedStyle(document.documentElement);
  const names = ["ink", "soft", "line", "card", "edge", "accent", "bad", "init", "serve", "after", "frozen", "idle", "killed"];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

// maps the seconds of a view to pixels; states that have not ended end at view.now
export function scale(canvas, view) {
  const width = canvas.parentElement.clientWidth;
  const gutter = width < NARROW ? 0 : GUTTER;
  const x = (at) => gutter + (Math.max(0, at - view.start) / view.seconds) * (width - gutter);
  return { ...view, width, gutter, x, msPerPixel: (1000 * view.seconds) / (width - gutter) };
}

export function drawRows(canvas, rows, model, view, selected) {
  const at = scale(canvas, view);
  const [, step] = ROW_HEIGHTS.find(([most]) => rows.length <= most);
  const pen = begin(canvas, at.width, step * rows.length + AXIS);
  const colors = palette();
  const boxes = [];
  rows.forEach((row, index) => drawRow({ pen, colors, at, model, selected, boxes }, row, { index, top: index * step + 1, height: step - 2 }));
  rows.forEach((row, index) => {
    const isFirst = functionName(rows[index - 1] ?? {}) !== functionName(row);
    if (step >= 12 || isFirst) drawLabel(pen, colors, functionName(row), at.gutter, index * step + Math.min(step, 12) - 1);
  });
  drawAxis(pen, colors, at, step * rows.length);
  return boxes;
}

function drawRow(scene, row, place) {
  const { at } = scene;
  const end = (index) => Math.min(row.changes[index + 1]?.at ?? at.now, at.now);
  const isOutside = (change, index) => change.at > at.now || end(index) < at.start || change.state === "gone";
  row.changes.forEach((change, index) => {
    if (LONG.includes(change.state) && !isOutside(change, index)) {
      drawBox(scene, row, change, place, { left: at.x(change.at), width: at.x(end(index)) - at.x(change.at), end: end(index) });
    }
  });
  let free = 0;
  row.changes.forEach((change, index) => {
    if (!(change.state in LEAST) || isOutside(change, index) || (isOver(change) && change.at < at.start)) return;
    const left = Math.max(free, at.x(change.at));
    const until = isOver(change) ? change.at : end(index);
    const width = Math.max(LEAST[change.state], at.x(until) - left);
    drawBox(scene, row, change, place, { left, width, end: until });
    drawMark(scene, change, { middle: place.top + place.height / 2, right: left + width, size: Math.min(9, place.height) });
    free = left + width;
  });
}

function drawBox({ pen, colors, boxes, selected }, row, change, { index, top, height }, { left, width, end }) {
  pen.fillStyle = colors[change.state];
  pen.fillRect(left, top, width, height);
  const key = `c${change.sequence}`;
  if (key === selected) outline(pen, colors, left, top, width, height);
  boxes.push({ key, line: index + 1, left, top, width, height, row, change, seconds: end - change.at });
}

// a color alone would not say it: failed, killed, and given up by the gateway have shapes
function drawMark({ pen, colors, at, model }, change, { middle, right, size }) {
  if (change.state === "killed") shape(pen, colors.card, "cross", right - LEAST.killed / 2, middle, size);
  if (change.state !== "serve") return;
  const { answer, served } = model.invocation(change.note);
  if (answer && timedOut(answer)) shape(pen, colors.ink, "diamond", at.x(answer.ended), middle, size);
  else if (served?.error) shape(pen, colors.bad, "triangle", right, middle, size);
}

export function drawStrip(canvas, requests, model, view, selected) {
  const at = scale(canvas, view);
  const pen = begin(canvas, at.width, STRIP);
  const colors = palette();
  const y = (ms) => STRIP - 8 - (Math.log10(Math.min(SLOWEST_MS, Math.max(1, ms))) / Math.log10(SLOWEST_MS)) * (STRIP - 16);
  pen.font = FONT;
  for (const [ms, text] of [[10, "10 ms"], [100, "100 ms"], [1000, "1 s"], [10_000, "10 s"]]) {
    pen.fillStyle = colors.line;
    pen.fillRect(at.gutter, y(ms), at.width, 1);
    pen.fillStyle = colors.soft;
    pen.fillText(text, at.gutter ? at.gutter - 8 - pen.measureText(text).width : 4, y(ms) + 4);
  }
  pen.fillStyle = colors.soft;
  pen.fillText("callers waited", 6, STRIP - 3);
  const boxes = [];
  for (const each of requests) {
    if (each.ended < at.start || each.ended > at.now) continue;
    const [left, top, key] = [at.x(each.ended), y(1000 * (each.ended - each.began)), `r${each.sequence}`];
    const failed = each.refused || each.status >= 500;
    // a line from question to answer: thin while it waits for a container, thick while the function runs
    const runs = at.x(model.invocation(each.request).start ?? each.ended);
    pen.fillStyle = colors.edge;
    pen.fillRect(at.x(each.began), top, runs - at.x(each.began), 1);
    pen.fillStyle = colors.serve;
    pen.fillRect(runs, top - 1, left - runs, 3);
    shape(pen, failed ? colors.bad : colors.accent, shapeOf(each), left, top, failed ? 9 : 6);
    if (key === selected) outline(pen, colors, left - 5, top - 5, 10, 10);
    boxes.push({ key, line: 0, left: left - 5, top: top - 5, width: 10, height: 10, logged: each });
  }
  return boxes;
}

const shapeOf = (logged) => (logged.refused ? "cross" : timedOut(logged) ? "diamond" : logged.status >= 500 ? "triangle" : "dot");

function shape(pen, color, kind, x, y, size) {
  const half = size / 2;
  const path = { diamond: [[0, -half], [half, 0], [0, half], [-half, 0]], triangle: [[0, -half], [half, half], [-half, half]] }[kind];
  pen.fillStyle = pen.strokeStyle = color;
  pen.beginPath();
  if (kind === "dot") pen.arc(x, y, half, 0, 7);
  else if (kind === "cross") {
    pen.lineWidth = 2;
    for (const slope of [1, -1]) {
      pen.moveTo(x - half + 1, y - slope * (half - 1));
      pen.lineTo(x + half - 1, y + slope * (half - 1));
    }
    pen.stroke();
  } else path.forEach(([right, down]) => pen.lineTo(x + right, y + down));
  if (kind !== "cross") pen.fill();
}

function begin(canvas, width, height) {
  const density = window.devicePixelRatio || 1;
  canvas.style.height = `${height + 2}px`;
  canvas.width = width * density;
  canvas.height = height * density;
  const pen = canvas.getContext("2d");
  pen.scale(density, density);
  return pen;
}

function outline(pen, colors, left, top, width, height) {
  pen.strokeStyle = colors.ink;
  pen.lineWidth = 2;
  pen.strokeRect(left - 1, top, width + 2, height);
}

function drawLabel(pen, colors, text, gutter, bottom) {
  pen.font = FONT;
  pen.lineWidth = 3;
  pen.strokeStyle = colors.card;
  pen.fillStyle = colors.soft;
  // where there is no room beside the rows, the name stands on them
  pen.strokeText(text, 6, bottom, gutter ? gutter - 12 : undefined);
  pen.fillText(text, 6, bottom, gutter ? gutter - 12 : undefined);
}

function drawAxis(pen, colors, at, top) {
  pen.fillStyle = colors.soft;
  pen.font = FONT;
  const every = [1, 2, 5, 10, 20, 60].find((seconds) => (seconds / at.seconds) * (at.width - at.gutter) > 56) ?? 60;
  const zero = at.zero ?? 0;
  for (let tick = Math.ceil((at.start - zero) / every) * every; tick < at.start - zero + at.seconds; tick += every) {
    const left = at.x(tick + zero);
    if (tick < 0 || left > at.width - 24) continue;
    pen.fillRect(left, top, 1, 5);
    pen.fillText(`${tick} s`, left + 3, top + 14);
  }
}
