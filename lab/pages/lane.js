// One lane of the page: counters, latencies and rows of some functions, for mouse and keyboard.
import { LEAST, drawRows, drawStrip, scale } from "./chart.js";
import { isGrey } from "./model.js";
import { NAMES, describeRequest, describeState, dollars, element, milliseconds, percent, plural, statusWord } from "./words.js";

const LISTED = 20;
const HINT = "Point at anything, or move between requests with the arrow keys.";
let made = 0;

export class Lane {
  constructor(model, { title = "", functions = null } = {}) {
    this.model = model;
    this.functions = functions;
    this.owns = (name) => functions === null || functions.includes(name);
    this.boxes = [];
    this.selected = "";
    this.isUnfolded = false;
    this.#build(title);
  }

  // draws a view: seconds from start on, as everything was at now
  draw(view) {
    const { model } = this;
    const rows = model.visible(view.start, this.owns);
    const shown = this.isUnfolded ? rows : rows.filter((row) => !isGrey(row, view.start));
    const requests = model.requests.filter((each) => this.owns(each.function));
    this.boxes = [
      ...drawStrip(this.strip, requests, model, view, this.selected),
      ...drawRows(this.rows, shown, model, view, this.selected).map((box) => ({ ...box, below: true })),
    ];
    this.rows.hidden = shown.length === 0;
    this.empty.hidden = rows.length > 0;
    this.#showFold(rows.length - shown.length, rows, view);
  }

  // updates everything that is text; extra counters come first
  tell(view, extra = {}) {
    const sum = this.model.totals(this.functions ?? undefined);
    const quantile = (share) => (sum.latencies.length ? milliseconds(sum.latencies[Math.floor(share * (sum.latencies.length - 1))]) : "–");
    const shown = {
      "containers alive": this.model.count(this.owns),
      serving: this.model.count(this.owns, "serve"),
      ...extra,
      invocations: sum.invocations,
      "cold starts": sum.cold + percent(sum.cold, sum.invocations),
      refused: sum.refused,
      failed: sum.errors,
      "half waited less than": quantile(0.5),
      "95 % waited less than": quantile(0.95),
      "CPU after answers": milliseconds(sum.afterMs),
      cost: dollars(sum.dollars),
    };
    this.#count(shown);
    const pixel = scale(this.strip, view).msPerPixel;
    this.widths.textContent =
      `One pixel is ${milliseconds(pixel)}. Narrower bars are drawn wider than they are: ` +
      `serving ${LEAST.serve} pixels, after the answer ${LEAST.after}, killed ${LEAST.killed}.`;
    this.#describe();
    if (this.list.open) this.#listRequests();
  }

  #build(title) {
    made += 1;
    this.counters = element("dl", {});
    this.strip = element("canvas", { className: "strip", role: "img", "aria-label": "What each caller waited, over time" });
    this.rows = element("canvas", { className: "rows", role: "img", "aria-label": "Containers over time" });
    this.details = element("p", { className: "details small", id: `details-${made}`, role: "status" }, HINT);
    this.widths = element("p", { className: "small soft" });
    this.empty = element("p", { className: "empty" }, "No container yet.");
    this.fold = element("button", { type: "button", className: "quiet", hidden: true, "aria-expanded": "false" });
    this.plot = element(
      "div",
      { className: "plot", tabIndex: 0, role: "group", "aria-label": "Requests and containers", "aria-describedby": this.details.id },
      this.strip,
      this.rows,
    );
    this.table = element("tbody", {});
    this.list = element(
      "details",
      {},
      element("summary", {}, `The last ${LISTED} requests as a table`),
      element("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": ["The last requests", title].join(" ").trim() }, element("table", {}, tableHead(), this.table)),
    );
    this.node = element("section", { className: "lane" }, ...(title ? [element("h2", {}, title)] : []));
    this.node.append(this.counters, this.plot, this.empty, this.details, this.fold, this.widths, this.list);
    this.fold.addEventListener("click", () => { this.isUnfolded = !this.isUnfolded; });
    this.list.addEventListener("toggle", () => this.#listRequests());
    this.plot.addEventListener("mousemove", (event) => this.#point(event));
    this.plot.addEventListener("keydown", (event) => this.#press(event));
  }

  #count(shown) {
    const names = Object.keys(shown);
    if (this.counters.children.length !== names.length) {
      this.counters.replaceChildren(...names.map((name) => element("div", {}, element("dt", {}, name), element("dd", {}))));
    }
    names.forEach((name, index) => { this.counters.children[index].lastChild.textContent = shown[name]; });
  }

  #point(event) {
    const { left, top } = event.target.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const below = event.target === this.rows;
    const hit = this.boxes.findLast(
      (box) => Boolean(box.below) === below && x >= box.left - 1 && x <= box.left + box.width + 1 && y >= box.top && y <= box.top + box.height,
    );
    if (hit) this.#select(hit);
  }

  #press(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (!(event.key in steps)) return;
    event.preventDefault();
    const stops = this.boxes.filter((box) => box.logged || box.change.state === "serve" || box.change.state === "killed");
    const [across, down] = steps[event.key];
    const here = stops.find((box) => box.key === this.selected);
    const next = here ? (across ? beside(stops, here, across) : onNextLine(stops, here, down)) : stops.at(-1);
    if (next) this.#select(next);
  }

  #select(box) {
    this.selected = box.key;
    this.#describe();
  }

  #describe() {
    const box = this.boxes.find((each) => each.key === this.selected);
    if (!box) return;
    const id = box.logged ? box.logged.request : box.change.state === "serve" ? box.change.note : "";
    const { answer, served, row } = this.model.invocation(id);
    const text = box.logged || id
      ? describeRequest(box.logged ?? answer, served, box.row ?? row)
      : describeState(box.change, box.seconds, box.row);
    if (this.details.textContent !== text) this.details.textContent = text;
  }

  #showFold(folded, rows, view) {
    const grey = this.isUnfolded ? rows.filter((row) => isGrey(row, view.start)).length : folded;
    this.fold.hidden = grey === 0;
    const text = `${this.isUnfolded ? "Hide" : "Show"} ${plural(grey, "container")} without work here`;
    if (this.fold.textContent !== text) this.fold.textContent = text;
    this.fold.setAttribute("aria-expanded", String(this.isUnfolded));
  }

  #listRequests() {
    const last = this.model.requests.filter((each) => this.owns(each.function)).slice(-LISTED).reverse();
    this.table.replaceChildren(
      ...last.map((each) => {
        const { served } = this.model.invocation(each.request);
        const cells = [each.title, statusWord(each), milliseconds(1000 * (each.ended - each.began)),
          each.function, served ? dollars(served.dollars) : "", served?.cold ? "cold" : served ? "warm" : ""];
        return element("tr", {}, ...cells.map((cell) => element("td", {}, String(cell))));
      }),
    );
  }
}

const tableHead = () =>
  element("thead", {}, element("tr", {}, ...["request", "status", "caller waited", "function", "price", "start"].map((name) => element("th", { scope: "col" }, name))));

const beside = (stops, here, across) => {
  const line = stops.filter((box) => box.line === here.line).sort((a, b) => a.left - b.left);
  return line[line.findIndex((box) => box.key === here.key) + across];
};

function onNextLine(stops, here, down) {
  const lines = [...new Set(stops.map((box) => box.line))].sort((a, b) => a - b);
  const line = lines[lines.indexOf(here.line) + down];
  const found = stops.filter((box) => box.line === line);
  return found.sort((a, b) => Math.abs(a.left - here.left) - Math.abs(b.left - here.left))[0];
}

export function legend() {
  const wait = element("li", {}, element("i", { className: "wait" }), "waiting for a container");
  const marks = { "●": "answered", "×": "refused, or killed", "▲": "failed", "◆": "given up by the gateway" };
  return element(
    "ul",
    { className: "legend", "aria-label": "Colors and marks" },
    ...Object.entries(NAMES).map(([state, text]) => element("li", {}, element("i", { className: state }), text)),
    wait,
    ...Object.entries(marks).map(([mark, text]) => element("li", {}, element("b", { "aria-hidden": "true" }, mark), text)),
  );
}

// shows one lane, or two beside one another
export function lanesOf(model, place, lanes) {
  const found = (lanes?.length ? lanes : [{}]).map((lane) => new Lane(model, lane));
  const grid = element("div", { className: found.length > 1 ? "lanes two" : "lanes" }, ...found.map((lane) => lane.node));
  place.replaceChildren(legend(), grid);
  return found;
}
