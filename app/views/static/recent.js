// The recent uploads of this browser: ids, names and tiny pictures, kept in this browser only.
const KEY = "monolambda.recent";
const MOST = 12;
const SIDE = 72;

export function recent() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}

// Put an upload at the front; a full or forbidden storage only means that the list stays as it is.
export async function remember(id, name, picture) {
  const entry = { id, name, picture: tiny(picture) };
  keep([entry, ...recent().filter((one) => one.id !== id)].slice(0, MOST));
}

export function forget(id) {
  keep(recent().filter((one) => one.id !== id));
}

// Fill the list on the page; `image` is the address of an image with ID in place of its id.
export function show(image) {
  const section = document.querySelector("#recent");
  section.querySelector("ul").replaceChildren(...recent().map((one) => item(one, image)));
  section.querySelector("button").addEventListener("click", () => {
    localStorage.removeItem(KEY);
    section.hidden = true;
  });
  section.hidden = !recent().length;
}

function item({ id, name, picture }, image) {
  const link = Object.assign(document.createElement("a"), { href: image.replace("ID", id), title: name });
  const thumb = Object.assign(document.createElement("img"), { src: picture, alt: name, width: SIDE, height: SIDE });
  link.append(thumb);
  const element = document.createElement("li");
  element.append(link);
  return element;
}

function keep(entries) {
  try {
    if (entries.length) localStorage.setItem(KEY, JSON.stringify(entries));
    else localStorage.removeItem(KEY);
  } catch {
    // nothing depends on it
  }
}

function tiny(picture) {
  const canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
  const scale = Math.max(SIDE / picture.naturalWidth, SIDE / picture.naturalHeight);
  const [width, height] = [picture.naturalWidth * scale, picture.naturalHeight * scale];
  if (width) canvas.getContext("2d").drawImage(picture, (SIDE - width) / 2, (SIDE - height) / 2, width, height);
  return canvas.toDataURL("image/jpeg", 0.7);
}
