import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { createAddressPolicy } from '@callbus/callback/network/address-policy';
import { createPost, type Post } from '@callbus/callback/post';
import { watchKernel, type KernelWatch } from './watch-kernel.js';

const address = '93.184.215.14';
const serverNames: unknown[] = [];
let server: Server;
let kernel: KernelWatch;
let post: Post;
const { connect } = tls;

beforeAll(async () => {
  const { key, cert } = await issue('hooks.example');
  server = createServer({ key, cert }, (request, response) => {
    serverNames.push((request.socket as unknown as { servername: unknown }).servername);
    response.setHeader('connection', 'close').end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  kernel = await watchKernel({ leadTo: (server.address() as AddressInfo).port });
  // Trusts the issuer of the certificate; the rest of TLS is unchanged.
  tls.connect = ((options: tls.ConnectionOptions) => connect({ ...options, ca: cert })) as typeof tls.connect;
  post = createPost({
    userAgent: 'callbus/test',
    addressPolicy: createAddressPolicy({ allowCidrs: [] }),
    lookup: (_hostname, _options, callback) => callback(null, [{ address, family: 4 }]),
  });
});
afterAll(async () => {
  tls.connect = connect;
  kernel.stop();
  await post.close();
  await new Promise((resolve) => server.close(resolve));
});

test('the certificate is checked against the name, although the connection goes to the checked address', async () => {
  expect(await call('https://hooks.example/')).toMatchObject({ kind: 'answer', status: 200 });
  expect(await call('https://other.example/')).toMatchObject({
    kind: 'error',
    reason: expect.stringContaining("does not match certificate's altnames"),
  });
  expect(serverNames).toEqual(['hooks.example']);
  expect(kernel.connects).toEqual([address, address]);
});

test('a resumed TLS session passes the policy like any connection', async () => {
  kernel.connects.length = 0;
  for (let round = 0; round < 3; round += 1)
    expect(await call('https://hooks.example/')).toMatchObject({ kind: 'answer' });
  expect(kernel.connects).toEqual([address, address, address]);
});

const call = (url: string) => post.post({ url, headers: {}, body: Buffer.from('{}'), timeoutMs: 5_000 });

/** A self-signed certificate for one name. */
async function issue(name: string): Promise<{ key: string; cert: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'callbus-certificate-'));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  try {
    await promisify(execFile)('openssl', [...kind, ...subject, '-keyout', keyFile, '-out', certFile]);
    return { key: await readFile(keyFile, 'utf8'), cert: await readFile(certFile, 'utf8') };
  } finally {
    await rm(folder, { recursive: true });
  }
}
