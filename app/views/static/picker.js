// Sets focal point and crop on a picture of the whole source: a click sets the one, a drag the other.
const SHORTEST_DRAG = 6; // CSS pixels: less is a click

export function enable(form, changed) {
  const source = form.querySelector("#source");
  const fold = source.closest("details");
  fold.addEventListener("toggle", () => {
    if (fold.open && !source.src) source.src = `${document.querySelector("#editor").dataset.resize}&width=640`;
    draw(form, source);
  });
  let start = null;
  source.addEventListener("pointerdown", (event) => { start = at(source, event); source.setPointerCapture(event.pointerId); });
  source.addEventListener("pointerup", (event) => {
    if (!start) return;
    pick(form, source, start, at(source, event));
    start = null;
    changed();
  });
  form.querySelector("#unpick").addEventListener("click", () => {
    form.elements.focal.value = form.elements.crop.value = "";
    draw(form, source);
    changed();
  });
  form.addEventListener("input", () => draw(form, source));
}

// Return the place of a pointer as shares of the source, 0 to 1.
function at(source, event) {
  const box = source.getBoundingClientRect();
  const share = (value) => Math.min(1, Math.max(0, value));
  return { x: share((event.clientX - box.left) / box.width), y: share((event.clientY - box.top) / box.height) };
}

function pick(form, source, start, end) {
  const { width, height } = source.getBoundingClientRect();
  if (Math.hypot((end.x - start.x) * width, (end.y - start.y) * height) < SHORTEST_DRAG) pickPoint(form, source, end);
  else pickBox(form, source, start, end);
  draw(form, source);
}

// The focal point is a share of what crop keeps; it matters where a part is cut away, so fit becomes cover.
function pickPoint(form, source, { x, y }) {
  const crop = cropOf(form, source);
  const share = (value, from, length) => Math.min(1, Math.max(0, (value - from) / length)).toFixed(3);
  form.elements.focal.value = `${Number(share(x, crop.x, crop.width))},${Number(share(y, crop.y, crop.height))}`;
  form.elements.fit.value = "cover";
}

function pickBox(form, source, start, end) {
  const [wide, high] = [Number(source.dataset.width), Number(source.dataset.height)];
  const [left, top] = [Math.floor(Math.min(start.x, end.x) * wide), Math.floor(Math.min(start.y, end.y) * high)];
  const right = Math.min(wide, Math.max(left + 1, Math.ceil(Math.max(start.x, end.x) * wide)));
  const bottom = Math.min(high, Math.max(top + 1, Math.ceil(Math.max(start.y, end.y) * high)));
  form.elements.crop.value = [Math.min(left, wide - 1), Math.min(top, high - 1), right - left, bottom - top].join(",");
  form.elements.focal.value = "";
}

function cropOf(form, source) {
  const numbers = form.elements.crop.value.split(",").map(Number);
  if (numbers.length !== 4 || !numbers.every(Number.isFinite)) return { x: 0, y: 0, width: 1, height: 1 };
  const [wide, high] = [Number(source.dataset.width), Number(source.dataset.height)];
  return { x: numbers[0] / wide, y: numbers[1] / high, width: numbers[2] / wide, height: numbers[3] / high };
}

function draw(form, source) {
  const [point, box] = [form.querySelector("#point"), form.querySelector("#box")];
  const crop = cropOf(form, source);
  const [x, y] = form.elements.focal.value.split(",").map(Number);
  point.hidden = !form.elements.focal.value || !Number.isFinite(x) || !Number.isFinite(y);
  box.hidden = !form.elements.crop.value;
  set(point, { left: crop.x + x * crop.width, top: crop.y + y * crop.height });
  set(box, { left: crop.x, top: crop.y, width: crop.width, height: crop.height });
}

function set(element, shares) {
  for (const [name, share] of Object.entries(shares)) element.style.setProperty(name, `${100 * share}%`);
}
