// Replaces #live by that of a fresh copy of the page, every so many seconds, while somebody looks at it.
const live = () => document.getElementById("live");
const news = document.getElementById("news");
const pause = document.getElementById("pause");
const now = document.querySelector("#refresh a");

const GONE = [401, 403, 404];
let timer = 0;

function show(fresh) {
  const old = live();
  const next = fresh.getElementById("live");
  document.title = fresh.title;
  old.replaceWith(next);
  if (next.dataset.key !== old.dataset.key) news.textContent = next.dataset.news;
}

async function load() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
    // the page of the error says what to do, sign in again for one
    if (GONE.includes(answer.status)) location.reload();
    else if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    else news.textContent = `The service answered ${answer.status}; the page tries again.`;
  } catch {
    news.textContent = "The service does not answer; the page tries again.";
  }
}

async function tick() {
  // nobody looks, or the keyboard is in what would be replaced
  if (!document.hidden && !live().contains(document.activeElement)) await load();
  plan();
}

function plan() {
  clearTimeout(timer);
  const seconds = Number(live().dataset.refresh);
  if (seconds && pause?.getAttribute("aria-pressed") !== "true") timer = setTimeout(tick, 1000 * seconds);
}

if (pause) {
  pause.hidden = false;
  pause.setAttribute("aria-pressed", "false");
  pause.addEventListener("click", () => {
    pause.setAttribute("aria-pressed", pause.getAttribute("aria-pressed") === "true" ? "false" : "true");
    plan();
  });
}
now?.addEventListener("click", async (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  await load();
  plan();
});
plan();
