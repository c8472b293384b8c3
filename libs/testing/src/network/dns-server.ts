import { createSocket } from 'node:dgram';
import { isIPv4, isIPv6 } from 'node:net';

export interface DnsServer {
  /** Address and port, in the form of a setting. */
  readonly address: string;
  /** The questions so far, such as `A name.test`. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** The answer for a name: its addresses, no answer at all, or a server error. */
export type DnsAnswer = { readonly addresses: readonly string[]; readonly ttlS?: number } | 'silence' | 'SERVFAIL';

const types: Readonly<Record<number, string>> = { 1: 'A', 28: 'AAAA' };
const codes = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3 };
const headerBytes = 12;

/** A name server for a test, over UDP. @param answer returns undefined when the name does not exist */
export async function startDnsServer(
  answer: (name: string, type: 'A' | 'AAAA') => DnsAnswer | undefined,
): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (query, from) => {
    const { name, type, end } = questionOf(query);
    asked.push(`${type} ${name}`);
    const given = answer(name, type === 'AAAA' ? 'AAAA' : 'A');
    if (given === 'silence') return;
    const code = given === undefined ? 'NXDOMAIN' : given === 'SERVFAIL' ? given : 'NOERROR';
    const { addresses = [], ttlS = 60 } = typeof given === 'object' ? given : {};
    const records = addresses.filter(type === 'AAAA' ? isIPv6 : isIPv4).map((address) => recordOf(address, ttlS));
    const header = Buffer.from([0, 0, 0x81, 0x80 | codes[code], 0, 1, 0, records.length, 0, 0, 0, 0]);
    query.copy(header, 0, 0, 2);
    socket.send(Buffer.concat([header, query.subarray(headerBytes, end), ...records]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function questionOf(query: Buffer): { name: string; type: string | undefined; end: number } {
  const labels: string[] = [];
  let at = headerBytes;
  for (let length = query[at]; length !== undefined && length > 0; length = query[at]) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: types[query.readUInt16BE(at + 1)], end: at + 5 };
}

/** A record for the name in the question. */
function recordOf(address: string, ttlS: number): Buffer {
  const data = isIPv4(address) ? Buffer.from(address.split('.').map(Number)) : bytesOfIPv6(address);
  const fixed = Buffer.alloc(headerBytes);
  fixed.writeUInt16BE(0xc000 | headerBytes, 0);
  fixed.writeUInt16BE(isIPv4(address) ? 1 : 28, 2);
  fixed.writeUInt16BE(1, 4);
  fixed.writeUInt32BE(ttlS, 6);
  fixed.writeUInt16BE(data.length, 10);
  return Buffer.concat([fixed, data]);
}

function bytesOfIPv6(address: string): Buffer {
  const [head = '', tail] = address.split('::');
  const groups = (text: string) => text.split(':').filter(Boolean);
  const [first, last] = [groups(head), groups(tail ?? '')];
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => '0');
  return Buffer.from([...first, ...zeros, ...last].map((group) => group.padStart(4, '0')).join(''), 'hex');
}
