// A small server around sharp, as many run it: POST an image, receive it 480 wide as a progressive JPEG.
// Arguments: port, processes. The peers are installed in the current directory, not beside this file.
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const [port, processes] = process.argv.slice(2).map(Number);

if (cluster.isPrimary) {
  for (let i = 0; i < processes; i += 1) cluster.fork();
} else {
  const sharp = createRequire(`${process.cwd()}/`)('sharp');
  sharp.concurrency(1);
  sharp.cache(false);

  const resize = (data) =>
    sharp(data).resize({ width: 480 }).jpeg({ quality: 80, progressive: true, chromaSubsampling: '4:2:0' }).toBuffer();

  createServer(async (request, response) => {
    const blocks = [];
    for await (const block of request) blocks.push(block);
    const body = blocks.length ? await resize(Buffer.concat(blocks)) : Buffer.from('ok\n');
    response.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': body.length });
    response.end(body);
  }).listen(port, '127.0.0.1');
}
