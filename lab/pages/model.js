// What happened, by container and by function, as the lab's events say it; draws nothing.

const KEPT_REQUESTS = 4000;
const KEPT_LATENCIES = 2000;
const WORK = ["init", "serve", "after", "killed"];

export class Model {
  constructor() {
    this.rows = new Map(); // container -> row
    this.names = new Map(); // container -> its function and version, also after its row is gone
    this.requests = []; // what callers got, in order
    this.invocations = new Map(); // request id -> what is known of it, see invocation
    this.counts = new Map(); // function -> counters
  }

  take({ changes, served, requests }) {
    for (const change of changes) this.#enter(change);
    for (const each of served) this.#serve(each);
    for (const each of requests) this.#answer(each);
  }

  // sums of the functions, or of all
  totals(functions = [...this.counts.keys()]) {
    const sum = noCounts();
    for (const name of functions) {
      for (const [key, value] of Object.entries(this.counts.get(name) ?? {})) {
        sum[key] = key === "latencies" ? [...sum.latencies, ...value] : sum[key] + value;
      }
    }
    sum.latencies.sort((a, b) => a - b);
    return sum;
  }

  // an invocation: its row, when it started, its figures (served), and what its caller got (answer), as far as they are known
  invocation(id) {
    return this.invocations.get(id) ?? {};
  }

  // rows that reach into the time after start, the newest work on top
  visible(start, owns) {
    const found = [];
    for (const [name, row] of this.rows) {
      const last = row.changes.at(-1);
      if (isOver(last) && last.at < start) this.rows.delete(name);
      else if (owns(row.function)) found.push(row);
    }
    return found.sort((a, b) => b.worked - a.worked || b.born - a.born);
  }

  count(owns, state) {
    let count = 0;
    for (const row of this.rows.values()) {
      const now = row.changes.at(-1);
      if (owns(row.function) && (state ? now.state === state : !isOver(now))) count += 1;
    }
    return count;
  }

  // forgets what is before a time, except the one change of each row that still reaches past it, and what still runs
  forget(before) {
    for (const row of this.rows.values()) {
      let first = 0;
      while (first + 1 < row.changes.length && row.changes[first + 1].at < before) first += 1;
      row.changes.splice(0, first);
    }
    this.requests.splice(0, Math.max(0, this.requests.length - KEPT_REQUESTS));
    const listed = new Set(this.requests.map((each) => each.request));
    // those that come by the Invoke API or asynchronously are in no list
    for (const [id, each] of this.invocations) {
      if (each.at < before && !listed.has(id) && !isRunning(each)) this.invocations.delete(id);
    }
  }

  // forgets everything but which containers there are
  clear() {
    for (const [name, row] of this.rows) if (isOver(row.changes.at(-1))) this.rows.delete(name);
    this.requests.length = 0;
    this.forget(Infinity);
    this.counts.clear();
  }

  #enter(change) {
    let row = this.rows.get(change.container);
    if (change.state === "init") this.names.set(change.container, change.note.split(":"));
    if (!row) {
      // a container whose INIT was before the oldest event has no name
      const [name, version] = this.names.get(change.container) ?? ["?", "$LATEST"];
      row = { name: change.container, function: name, version, born: change.at, worked: change.at, changes: [] };
      this.rows.set(change.container, row);
    }
    row.changes.push(change);
    // to a quarter of a second, so that rows do not change places all the time
    if (WORK.includes(change.state)) row.worked = Math.floor(change.at * 4) / 4;
    if (change.state === "serve") this.#note(change.note, change.at, { row, start: change.at });
    // a container that was killed may serve again, one that is gone may not
    if (change.state === "gone") this.names.delete(change.container);
    this.#counts(row.function).afterMs += change.cpu_ms ?? 0;
  }

  #serve(each) {
    this.#note(each.request, each.at, { served: each });
    const counts = this.#counts(this.invocation(each.request).row?.function ?? "?");
    counts.invocations += 1;
    counts.cold += each.cold ? 1 : 0;
    counts.errors += each.error ? 1 : 0;
    counts.dollars += each.dollars;
  }

  #answer(each) {
    this.requests.push(each);
    if (each.request) this.#note(each.request, each.ended, { answer: each });
    const counts = this.#counts(each.function);
    if (each.refused) counts.refused += 1;
    else counts.latencies.push(1000 * (each.ended - each.began));
    counts.latencies.splice(0, Math.max(0, counts.latencies.length - KEPT_LATENCIES));
  }

  // adds to what is known of an invocation; at is when the last of it happened
  #note(id, at, news) {
    this.invocations.set(id, { ...this.invocations.get(id), ...news, at });
  }

  #counts(name) {
    if (!this.counts.has(name)) this.counts.set(name, noCounts());
    return this.counts.get(name);
  }
}

const noCounts = () => ({ invocations: 0, cold: 0, errors: 0, refused: 0, dollars: 0, afterMs: 0, latencies: [] });

export const isOver = (change) => change.state === "gone" || change.state === "killed";

const isRunning = ({ row, served }) => Boolean(row) && !served && !isOver(row.changes.at(-1));

// whether a row does nothing but wait since a time
export const isGrey = (row, start) =>
  !row.changes.some((change, index) => {
    const end = row.changes[index + 1]?.at ?? (isOver(change) ? change.at : Infinity);
    return WORK.includes(change.state) && end >= start;
  });
