// The worker of sharp: one command a line in, one line of JSON out, as in bench/engine/worker.py.
// Arguments: source, width, quality, progressive, format.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

// The peers are installed in the current directory, not beside this file.
const sharp = createRequire(`${process.cwd()}/`)('sharp');
const [source, width, quality, progressive, format] = process.argv.slice(2);
sharp.concurrency(1);
sharp.cache(false);

// fastShrinkOnLoad is on by default. So is 4:2:0, which is stated because the comparison depends on it.
const settings = {
  jpeg: { quality: Number(quality), chromaSubsampling: '4:2:0', progressive: progressive === 'true' },
  png: { compressionLevel: 6 },
  webp: { quality: Number(quality) },
  avif: { quality: Number(quality), chromaSubsampling: '4:2:0' },
  gif: {},
}[format];

const resize = (data) =>
  sharp(data, { animated: format === 'gif' }).resize({ width: Number(width) }).toFormat(format, settings).toBuffer();

const memory = (field) => {
  const line = readFileSync('/proc/self/status', 'utf8').split('\n').find((text) => text.startsWith(field));
  return 1024 * Number(line.split(/\s+/)[1]);
};

const commands = {
  async loop(count) {
    const data = readFileSync(source);
    const before = process.cpuUsage();
    for (let i = 0; i < Number(count); i += 1) await resize(data);
    const { user, system } = process.cpuUsage(before);
    return { cpu_s: (user + system) / 1e6 };
  },
  async save(path) {
    const body = await resize(readFileSync(source));
    writeFileSync(path, body);
    return { bytes: body.length };
  },
  async peak(tiny) {
    await resize(readFileSync(tiny));
    writeFileSync('/proc/self/clear_refs', '5'); // resets the peak that loading left
    const before = memory('VmRSS');
    await resize(readFileSync(source));
    return { before, peak: memory('VmHWM') };
  },
  async versions() {
    return { node: process.version, sharp: sharp.versions.sharp, vips: sharp.versions.vips, mozjpeg: sharp.versions.mozjpeg };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [name] = line.split(' ', 1);
  process.stdout.write(`${JSON.stringify(await commands[name](line.slice(name.length + 1)))}\n`);
}
