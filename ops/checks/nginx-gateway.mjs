// nginx as the gateway, with ops/nginx/gateway.conf, on a free port and with its files in a temporary folder.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endWithThisProcess } from '../../libs/testing/dist/processes/end-with-this-process.js';
import { read } from './repository.mjs';

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/** Sends paths and headers unchanged, unlike fetch. */
export function ask(port, path, { method = 'POST', headers = {}, body = '{}' } = {}) {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port, host: '127.0.0.1', path, method, headers, agent: false }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({
          status: response.statusCode,
          headers: response.headers,
          json: text.startsWith('{') ? JSON.parse(text) : {},
        });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

const upstream = (name, addresses) =>
  `upstream ${name} { ${addresses.map((address) => `server ${address} max_fails=0;`).join(' ')} }`;

/** The file that compose mounts, with another port and another folder, and without becoming a daemon. */
const moved = (text, port, place) =>
  text
    .replace('listen 8080;', `listen 127.0.0.1:${port};`)
    .replace(
      'worker_processes auto;',
      `worker_processes 1;\ndaemon off;\n${process.getuid?.() === 0 ? 'user root;' : ''}`,
    )
    .replaceAll('/tmp/', `${place}/`)
    .replace('error_log stderr warn', `error_log ${place}/error.log warn`)
    .replace('/dev/stdout', `${place}/access.log`);

export async function placeGateway() {
  const place = mkdtempSync(join(tmpdir(), 'callbus-gateway-'));
  const file = join(place, 'gateway.conf');
  const servicesFile = join(place, 'services.conf');
  const port = await freePort();
  let nginx;
  writeFileSync(file, moved(read('ops/nginx/gateway.conf'), port, place));

  async function isUp() {
    const answer = await ask(port, '/gateway/healthz', { method: 'GET', body: '' }).catch(() => undefined);
    return answer?.status === 200;
  }

  return {
    port,
    useServicesFile: (path) => copyFileSync(path, servicesFile),
    /** Writes services.conf with addresses instead of names. */
    useAddresses({ ingest, subscription }) {
      const lines = [
        upstream('ingests', ingest),
        upstream('subscriptions', subscription),
        "map '' $ingest { default ingests; }",
        "map '' $subscription { default subscriptions; }",
      ];
      writeFileSync(servicesFile, `${lines.join('\n')}\n`);
    },
    /** Serves TLS as docs/operations/tls.md says. @returns the port */
    async useTls({ cert, key }) {
      const tls = join(place, 'tls');
      mkdirSync(tls);
      writeFileSync(join(tls, 'gateway.crt'), cert);
      writeFileSync(join(tls, 'gateway.key'), key);
      const tlsPort = await freePort();
      const [, lines] = /^cat >\S+gateway\.conf <<'end'\n(.*?)^end$/ms.exec(read('docs/operations/tls.md')) ?? [];
      writeFileSync(join(tls, 'gateway.conf'), lines.replace('8443', `127.0.0.1:${tlsPort}`));
      return tlsPort;
    },
    /** @returns the errors and warnings of `nginx -t` */
    test() {
      const { status, stderr } = spawnSync('nginx', ['-t', '-p', place, '-c', file], { encoding: 'utf8' });
      return status === 0 && !stderr.includes('[warn]') ? '' : stderr;
    },
    async start() {
      nginx = spawn('nginx', ['-p', place, '-c', file], { stdio: 'ignore' });
      endWithThisProcess(nginx);
      for (let tries = 0; tries < 100; tries += 1) {
        if (await isUp()) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error('nginx does not start');
    },
    /** Loads the files again. Requests in progress are still answered. */
    reload: () => void nginx.kill('SIGHUP'),
    accessLog: () =>
      readFileSync(join(place, 'access.log'), 'utf8')
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    async remove() {
      if (nginx !== undefined) {
        nginx.kill('SIGTERM');
        await once(nginx, 'exit');
      }
      rmSync(place, { recursive: true });
    },
  };
}
