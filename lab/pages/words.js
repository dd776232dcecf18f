// Figures and states in words, and elements of the page.

export const NAMES = { init: "initializing", serve: "serving", after: "between the answer and the freeze", frozen: "frozen", idle: "idle, not frozen", killed: "killed" };

export const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
export const milliseconds = (value) =>
  value < 10 ? `${value.toFixed(1)} ms` : value < 10_000 ? `${Math.round(value).toLocaleString("en")} ms` : `${(value / 1000).toFixed(1)} s`;
export const dollars = (value) => (value ? `$${value.toFixed(Math.max(2, 2 - Math.floor(Math.log10(value))))}` : "$0");
export const percent = (part, whole) => (whole ? ` (${Math.round((100 * part) / whole)} %)` : "");
export const functionName = (row) => (row.version === "$LATEST" ? row.function : `${row.function}, version ${row.version}`);

export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children);
  return made;
}

// says everything about a request: what was asked, what came back, how long each part took, and its price
export function describeRequest(logged, served, row) {
  const parts = [logged ? `${logged.title}: ${statusWords(logged)}` : "an invocation"];
  if (logged) parts.push(`${milliseconds(1000 * (logged.ended - logged.began))} for the caller`);
  if (served) {
    if (served.cold && served.init_ms) parts.push(`cold start, ${milliseconds(served.init_ms)} of INIT`);
    const waited = logged ? 1000 * (logged.ended - logged.began) - served.duration_ms : 0;
    if (waited > 1) parts.push(`${milliseconds(waited)} of waiting for a container`);
    parts.push(`${milliseconds(served.duration_ms)} in the function`, `billed ${milliseconds(served.billed_ms)}, ${dollars(served.dollars)}`);
    if (served.error) parts.push("the function failed");
  } else if (row) parts.push("still running");
  if (row) parts.push(containerName(row));
  return parts.join(" · ");
}

export function describeState(change, seconds, row) {
  const parts = [`${NAMES[change.state]}${change.state === "killed" ? (change.note ? `: ${change.note}` : "") : ` for ${milliseconds(1000 * seconds)}`}`];
  if (change.cpu_ms) parts.push(`${milliseconds(change.cpu_ms)} of CPU before the freeze`);
  return [...parts, containerName(row)].join(" · ");
}

const containerName = (row) => `${functionName(row)} in container ${row.name.slice(0, 8)}`;

// the status would not say it: a function may answer 503 or 504 by itself
export const timedOut = (logged) => Boolean(logged.timed_out);

// for a table; statusWords is for a sentence
export const statusWord = (logged) =>
  logged.refused ? `${logged.status} refused` : timedOut(logged) ? `${logged.status} given up` : String(logged.status);

function statusWords(logged) {
  if (logged.refused) return `${logged.status}, refused: no concurrency left`;
  return timedOut(logged) ? `${logged.status}, the gateway stopped waiting` : String(logged.status);
}
