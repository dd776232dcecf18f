// sharp as a list of its own calls: one JSON request a line in, what sharp tells of the result out.
// A request is {source, out, chain: [[method, ...arguments], ...]}; `out` gets the picture as the chain's last call encodes it.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const sharp = createRequire(`${process.cwd()}/`)('sharp');
sharp.concurrency(1);
sharp.cache(false);

for await (const line of createInterface({ input: process.stdin })) {
  const { source, out, chain } = JSON.parse(line);
  const start = sharp(readFileSync(source), { animated: false });
  const { data, info } = await chain
    .reduce((image, [method, ...given]) => image[method](...given), start)
    .toBuffer({ resolveWithObject: true });
  writeFileSync(out, data);
  process.stdout.write(`${JSON.stringify(info)}\n`);
}
