// Shows the answer of /info on the page when its link is followed.
import { told } from "./words.js";

export function enable(links, list) {
  for (const link of links) link.addEventListener("click", (event) => { event.preventDefault(); show(link, list); });
}

async function show(link, list) {
  const answer = await fetch(link.href, { headers: { Accept: "application/json" } });
  const body = await answer.json();
  const problem = () => [["Problem", ...told(answer.status, body.detail)]];
  const rows = answer.ok ? (link.dataset.facts === "all" ? position(body) : inside(body)) : problem();
  list.replaceChildren(...rows.flatMap(([name, ...values]) => [made("dt", name), made("dd", ...values)]));
  list.hidden = false;
}

function inside({ mode, icc, orientation, exif, palette, blurhash, lqip }) {
  const picture = Object.assign(new Image(64, 64), { src: lqip, alt: "The placeholder" });
  const camera = Object.entries(exif).map(([name, value]) => [name, String(value)]);
  const facts = [["mode", mode], ["profile", icc ?? "none"], ["orientation", String(orientation)]];
  return [...camera, ...facts, ["palette", swatches(palette)], ["blurhash", blurhash], ["placeholder", picture]];
}

function position({ exif }) {
  const words = Object.entries(exif.gps ?? {}).map(([name, value]) => `${name.replace("_", " in ")} ${value}`);
  return [["Position", words.join(", ") || "The image does not say where it was taken."]];
}

function swatches(colors) {
  const row = made("span", "");
  row.className = "swatches";
  for (const color of colors) {
    const swatch = made("span", `#${color}`);
    swatch.style.setProperty("--color", `#${color}`);
    row.append(swatch);
  }
  return row;
}

function made(tag, ...content) {
  const element = document.createElement(tag);
  element.append(...content);
  return element;
}
