// Runs sequences of sharp's own calls: one JSON request a line in, sharp's information about the result out.
// A request is {source, out, calls: [[method, ...arguments], ...]}; the result is written to `out`.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const sharp = createRequire(`${process.cwd()}/`)('sharp');
sharp.concurrency(1);
sharp.cache(false);

for await (const line of createInterface({ input: process.stdin })) {
  const { source, out, calls } = JSON.parse(line);
  const start = sharp(readFileSync(source), { animated: false });
  const { data, info } = await calls
    .reduce((image, [method, ...args]) => image[method](...args), start)
    .toBuffer({ resolveWithObject: true });
  writeFileSync(out, data);
  process.stdout.write(`${JSON.stringify(info)}\n`);
}
