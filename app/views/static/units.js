// Figures as people read them, in the words of app/views/units.py.
const SIZES = ["KB", "MB", "GB"];
const MIB = 1048576;

// Return a number of bytes in decimal units, such as 810 KB or 1.4 MB.
export function size(count) {
  if (count < 1000) return `${count} bytes`;
  let value = count;
  for (const unit of SIZES) {
    value /= 1000;
    if (value < 999.5 || unit === SIZES.at(-1)) return `${short(value)} ${unit}`;
  }
}

// Return a limit in MiB, rounded down, because a byte more is refused.
export function binarySize(count) {
  const tenths = Math.floor((count * 10) / MIB);
  return `${tenths < 100 ? tenths / 10 : Math.floor(tenths / 10)} MiB`;
}

// Return a duration such as 0.4 ms, 38 ms or 1.2 s.
export function duration(milliseconds) {
  return milliseconds < 999.5 ? `${short(milliseconds)} ms` : `${short(milliseconds / 1000)} s`;
}

function short(value) {
  const scale = value < 9.95 ? 10 : 1;
  return String(Math.round(value * scale) / scale);
}
