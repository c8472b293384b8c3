import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Certificates {
  /** The certificate of a new certificate authority, in PEM. */
  readonly ca: string;
  readonly caFile: string;
  /** The certificate of a server with the requested names, in PEM. */
  readonly cert: string;
  readonly key: string;
  remove(): Promise<void>;
}

/** Makes certificates with openssl. @param names the names of the server, such as `DNS:localhost,IP:127.0.0.1` */
export async function makeCertificates(names: string): Promise<Certificates> {
  const directory = await mkdtemp(join(tmpdir(), 'callbus-certificates-'));
  const file = (name: string) => join(directory, name);
  const openssl = (...args: string[]) => run('openssl', args);
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const made = ['-keyout', file('ca.key'), '-out', file('ca.pem'), '-days', '2', '-subj', '/CN=Callbus test CA'];
  await openssl('req', '-x509', ...ec, ...made);
  await openssl('req', ...ec, '-keyout', file('key.pem'), '-out', file('request.pem'), '-subj', '/CN=a server');
  await writeFile(file('names'), `subjectAltName=${names}\n`);
  const signed = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial', '-days', '2'];
  await openssl(
    'x509',
    '-req',
    '-in',
    file('request.pem'),
    '-extfile',
    file('names'),
    ...signed,
    '-out',
    file('cert.pem'),
  );
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readFile(file(name), 'utf8')),
  );
  return {
    ca: String(ca),
    caFile: file('ca.pem'),
    cert: String(cert),
    key: String(key),
    remove: () => rm(directory, { recursive: true }),
  };
}
