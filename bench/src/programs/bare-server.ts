import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveCommands } from '../processes/serve-commands.js';
import { cpuMs } from '../processes/usage.js';

/** The least that reads a body: node:http, one copy of the pieces, one decoding, one JSON.parse. */
const commands = { listen, cpuMs };
export type BareServerCommands = typeof commands;
serveCommands(commands);

/** @returns the URL */
async function listen(): Promise<string> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      response.writeHead(isJson(Buffer.concat(pieces).toString()) ? 200 : 400, { 'Content-Length': 0 }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
