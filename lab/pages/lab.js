// The live page: polls /_lab/events, draws what it hears, and sends what its buttons ask for.
import { lanesOf } from "./lane.js";
import { Model } from "./model.js";
import { Player } from "./player.js";
import { element } from "./words.js";

const POLL_MS = 250;
const LONGEST_WINDOW_S = 120;
const byId = (id) => document.getElementById(id);
const model = new Model();
const state = { sequence: 0, skew: 0, pausedAt: null, caption: null, lanes: [], news: null, isReplaying: false };

// the lab's seconds, so that time moves between two polls too
const labNow = () => performance.now() / 1000 + state.skew;

function view() {
  const seconds = Number(byId("window").value);
  const now = state.pausedAt ?? labNow();
  return { start: now - seconds, now, seconds };
}

function take(news) {
  byId("stop").hidden = !news.rate;
  // what happens during a pause is asked for again after it
  if (state.pausedAt !== null) return;
  state.skew = news.now - performance.now() / 1000;
  showScenes(news);
  state.news = news;
  model.take(news);
  for (const each of [...news.changes, ...news.served, ...news.requests]) state.sequence = Math.max(state.sequence, each.sequence);
  model.forget(news.now - LONGEST_WINDOW_S);
  tellLanes();
  const facts = { ...news.facts, prices: `${news.prices.region}, ${news.prices.read_on}` };
  byId("facts").textContent = Object.entries(facts).map(([name, fact]) => `${name}: ${fact}`).join(" · ");
}

function tellLanes() {
  if (!state.news) return; // nothing was told yet
  const { waiting, limit } = state.news;
  for (const lane of state.lanes) lane.tell(view(), state.lanes.length > 1 ? {} : { waiting, "limit at once": limit });
}

function showScenes({ scenes, captions }) {
  byId("tour").hidden = scenes.length === 0;
  if (byId("scenes").children.length !== scenes.length) {
    byId("last-key").textContent = scenes.length;
    // in a tour the picture stands right below the caption
    byId("own").open = false;
    byId("scenes").replaceChildren(...scenes.map(({ name, title }, index) => {
      const button = element("button", { type: "button", className: "quiet" }, `${index + 1}. ${title}`);
      button.addEventListener("click", () => playScene(name));
      return button;
    }));
  }
  const caption = captions.at(-1);
  if (!caption) return;
  if (state.caption?.began !== caption.began) startScene(caption);
  if (state.caption !== null && state.caption.result === caption.result && byId("caption").children.length) return;
  state.caption = caption;
  byId("caption").replaceChildren(
    element("p", {}, element("b", {}, `${caption.title}. `), caption.sentence),
    ...(caption.result ? [element("p", {}, element("b", {}, "What came of it: "), caption.result)] : []),
  );
}

function startScene(caption) {
  // the counters are those of the scene
  model.counts.clear();
  state.caption = null;
  state.lanes = lanesOf(model, byId("lanes"), caption.lanes);
}

async function post(name, body) {
  const answer = await fetch(`/_lab/${name}`, {
    method: "POST",
    headers: { "X-Lab": "1", "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return answer.json();
}

const tell = (text) => { byId("result").textContent = text; };

async function playScene(name) {
  const { started } = await post("scene", { name });
  tell(started ? "" : "A scene is playing: wait for its end.");
}

byId("traffic").addEventListener("submit", async (event) => {
  event.preventDefault();
  const asked = { kind: byId("kind").value, path: byId("path").value };
  if (event.submitter?.name === "rate") {
    const { rate, message } = await post("rate", { ...asked, rate: Number(byId("rate").value) });
    tell(message ?? `Sending ${rate} a second.`);
    return;
  }
  tell("Sent; waiting for the answers.");
  const { statuses, message } = await post("burst", { ...asked, count: Number(byId("count").value) });
  tell(message ?? Object.entries(statuses).map(([status, count]) => `${count} × ${status}`).join(", "));
});
byId("kind").addEventListener("change", () => { byId("path-label").hidden = byId("kind").value !== "path"; });
byId("stop").addEventListener("click", async () => { await post("rate", { rate: 0 }); tell("Stopped sending."); });
byId("kill").addEventListener("click", async () => { tell(`${(await post("kill", {})).killed} killed.`); });
byId("clear").addEventListener("click", () => {
  model.clear();
  tellLanes();
  tell("Cleared; counting anew.");
});
byId("pause").addEventListener("click", () => {
  state.pausedAt = state.pausedAt === null ? labNow() : null;
  byId("pause").setAttribute("aria-pressed", String(state.pausedAt !== null));
  byId("pause").textContent = state.pausedAt === null ? "Pause the picture" : "Go on";
});
byId("open").addEventListener("change", async () => {
  try {
    const run = JSON.parse(await byId("open").files[0].text());
    state.isReplaying = true;
    new Player(document.querySelector("main"), run);
    document.querySelector("header").append(element("a", { href: "/_lab" }, "Back to the live page"));
  } catch (problem) {
    state.isReplaying = false;
    tell(`This file holds no recorded run: ${problem.message}`);
  }
});
document.addEventListener("keydown", (event) => {
  if (state.isReplaying || !byId("keys").checked || event.ctrlKey || event.metaKey || event.altKey) return;
  const scene = state.news?.scenes[Number(event.key) - 1];
  if (scene && !event.target.closest("input, select")) playScene(scene.name);
});

async function poll() {
  const asked = fetch(`/_lab/events?since=${state.sequence}`).then((answer) => answer.json());
  const news = await asked.catch(() => null);
  if (state.isReplaying) return;
  // not before the answer: two questions at once would be told the same news, which would count twice
  setTimeout(poll, POLL_MS);
  if (news) take(news);
  else tell("The lab does not answer.");
}

function draw() {
  if (state.isReplaying) return;
  for (const lane of state.lanes) lane.draw(view());
  requestAnimationFrame(draw);
}

state.lanes = lanesOf(model, byId("lanes"), []);
poll();
requestAnimationFrame(draw);
