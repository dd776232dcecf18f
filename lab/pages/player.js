// Plays a recorded run, scene by scene: each ends with what came of it, and waits for the reader.
import { lanesOf } from "./lane.js";
import { Model } from "./model.js";
import { element } from "./words.js";

const BEFORE_S = 0.3;
const AFTER_S = 0.4;
const SHORTEST_S = 2;
const TELL_MS = 250;

export class Player {
  constructor(place, run) {
    this.run = run;
    // a run without scenes is one scene
    this.scenes = run.captions.length ? run.captions : [{ began: 0, title: "Recorded run", sentence: "" }];
    this.isPlaying = false;
    this.told = 0;
    this.#build(place);
    this.show(0, { atItsEnd: true });
    requestAnimationFrame((now) => this.#frame(now));
  }

  // goes to the beginning of a scene, or to its end, where its result is
  show(index, { atItsEnd = false } = {}) {
    this.index = index;
    const scene = this.scenes[index];
    // a little more than the scene, so that its last container is seen to freeze
    this.end = Math.min((scene.ended ?? this.run.ended) + AFTER_S, this.run.ended, this.scenes[index + 1]?.began ?? Infinity);
    this.begin = Math.max(0, scene.began - BEFORE_S);
    this.lanes = lanesOf((this.model = new Model()), this.stage, scene.lanes);
    this.fed = { changes: 0, served: 0, requests: 0 };
    this.seek(atItsEnd ? this.end : this.begin);
    this.buttons.forEach((button, number) => {
      if (number === index) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    });
  }

  seek(at) {
    if (this.now !== undefined && at < this.now) this.#restart();
    if (!this.fed.counting && at >= this.begin) {
      // the counters are those of the scene
      this.#feed(this.begin);
      this.model.counts.clear();
      this.fed.counting = true;
    }
    this.#feed(at);
    this.now = at;
    this.#tell();
  }

  play() {
    if (this.now >= this.end) this.show(this.isFinished ? this.#next() : this.index);
    this.isPlaying = true;
    this.last = undefined;
    this.#tell();
  }

  pause() {
    this.isPlaying = false;
    this.#tell();
  }

  get isFinished() {
    return this.wasPlayed === this.index;
  }

  #next() {
    return (this.index + 1) % this.scenes.length;
  }

  #restart() {
    this.model = new Model();
    for (const lane of this.lanes) lane.model = this.model;
    this.fed = { changes: 0, served: 0, requests: 0 };
  }

  #feed(until) {
    const news = {};
    for (const [name, time] of [["changes", "at"], ["served", "at"], ["requests", "ended"]]) {
      const all = this.run[name];
      let last = this.fed[name];
      while (last < all.length && all[last][time] <= until) last += 1;
      news[name] = all.slice(this.fed[name], last);
      this.fed[name] = last;
    }
    this.model.take(news);
  }

  #frame(now) {
    if (this.isPlaying) {
      const passed = this.last === undefined ? 0 : ((now - this.last) / 1000) * Number(this.speed.value);
      this.last = now;
      this.seek(Math.min(this.end, this.now + passed));
      if (this.now >= this.end) {
        this.isPlaying = false;
        this.wasPlayed = this.index;
        this.#tell();
      }
    }
    for (const lane of this.lanes) lane.draw(this.#view());
    if (now - this.told > TELL_MS) {
      this.told = now;
      for (const lane of this.lanes) lane.tell(this.#view());
    }
    requestAnimationFrame((later) => this.#frame(later));
  }

  // the picture stands still and fills up from the left
  #view() {
    return { start: this.begin, now: this.now, seconds: Math.max(SHORTEST_S, this.end - this.begin) * 1.02, zero: this.begin };
  }

  #tell() {
    const scene = this.scenes[this.index];
    const isOver = this.now >= this.end;
    this.slider.value = String(Math.round((1000 * (this.now - this.begin)) / (this.end - this.begin)));
    const next = this.#next() ? `Next: ${this.scenes[this.#next()].title}` : "Again from the beginning";
    this.button.textContent = this.isPlaying ? "Pause" : !isOver ? "Play" : this.isFinished ? next : "Play this scene";
    const key = `${this.index} ${isOver}`;
    if (this.caption.dataset.shows === key) return;
    this.caption.dataset.shows = key;
    this.caption.replaceChildren(
      element("h2", {}, `${this.index + 1}. ${scene.title}`),
      element("p", {}, scene.sentence),
      ...(isOver && scene.result ? [element("p", {}, element("b", {}, "What came of it: "), scene.result)] : []),
    );
  }

  #build(place) {
    this.button = element("button", { type: "button" });
    this.slider = element("input", { type: "range", min: "0", max: "1000", "aria-label": "Position in the scene" });
    this.speed = element("select", {}, ...[["0.25", "a quarter"], ["0.5", "half"], ["1", "as it was"], ["2", "double"]].map(([value, text]) => element("option", { value }, text)));
    this.speed.value = "0.5";
    this.caption = element("div", { className: "caption", role: "status" });
    this.stage = element("div", {});
    this.buttons = this.scenes.map((scene, index) => {
      const button = element("button", { type: "button", className: "quiet" }, `${index + 1}. ${scene.title}`);
      button.addEventListener("click", () => { this.show(index); this.play(); });
      return button;
    });
    this.button.addEventListener("click", () => (this.isPlaying ? this.pause() : this.play()));
    this.slider.addEventListener("input", () => {
      const share = Number(this.slider.value) / 1000;
      this.pause();
      this.seek(this.begin + share * (this.end - this.begin));
    });
    place.replaceChildren(
      element("nav", { className: "row", "aria-label": "Scenes" }, ...this.buttons),
      this.caption,
      element("div", { className: "row" }, this.button, this.slider, element("label", {}, "Speed ", this.speed)),
      this.stage,
      element("p", { className: "small soft" }, this.#origin()),
    );
  }

  #origin() {
    const { date, machine, prices } = this.run;
    const facts = Object.entries(machine).map(([name, value]) => `${name} ${value}`).join(", ");
    return `Recorded on ${date} on one machine (${facts}), which all containers share: times of many at once are this machine's, not Lambda's. Prices: ${prices.region}, ${prices.read_on}.`;
  }
}
