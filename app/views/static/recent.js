// Writes the recent uploads of this browser: ids, names and tiny pictures, kept in this browser only.
import { KEY, recent } from "./upload.js";

const MOST = 12;
const SIDE = 72;

// Put an upload at the front; a full or forbidden storage only means that the list stays as it is.
export async function remember(id, name, picture) {
  await picture?.decode().catch(() => {}); // it may not have been read yet, or be of a kind that only the service reads
  const entry = { id, name, picture: picture?.naturalWidth ? tiny(picture) : "" };
  keep([entry, ...recent().filter((one) => one.id !== id)].slice(0, MOST));
}

export function forget(id) {
  keep(recent().filter((one) => one.id !== id));
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
  canvas.getContext("2d").drawImage(picture, (SIDE - width) / 2, (SIDE - height) / 2, width, height);
  return canvas.toDataURL("image/jpeg", 0.7);
}
