import type { Destination } from './destination.js';

/** A request that HTTP can never carry. */
export class RequestFault extends Error {}

const tokens = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/;
/** Characters that a field value must not contain (RFC 9110 5.5), in Latin-1. */
const notInValues = /[^\t\x20-\x7e\x80-\xff]/;
/**
 * Callers cannot set the headers that the connection or this client decides: `ours` are dropped, `refused` are a fault.
 */
const ours = new Set(['accept-encoding', 'user-agent']);
const refused = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

type Kind = 'sent' | 'ours' | 'refused' | 'invalid';

const namesKept = 1_000;
const kinds = new Map<string, Kind>();

function kindOf(name: string): Kind {
  const lower = name.toLowerCase();
  if (!tokens.test(name)) return 'invalid';
  return refused.has(lower) ? 'refused' : ours.has(lower) ? 'ours' : 'sent';
}

/** Cached, because every callback has the same few names. */
function knownKindOf(name: string): Kind {
  let kind = kinds.get(name);
  if (kind === undefined) {
    kind = kindOf(name);
    if (kinds.size === namesKept) kinds.clear();
    kinds.set(name, kind);
  }
  return kind;
}

export interface RequestToWrite {
  /** Default: POST. */
  readonly method?: 'POST' | 'OPTIONS' | undefined;
  readonly destination: Pick<Destination, 'host' | 'path'>;
  readonly headers: Readonly<Record<string, string>>;
  readonly userAgent: string;
  readonly bodyBytes: number;
}

/**
 * The head of a request, in Latin-1. It asks for an uncompressed answer, because confirm rules read the body's bytes.
 *
 * @throws RequestFault for a header that cannot be sent
 */
export function requestHead({ method = 'POST', destination, headers, userAgent, bodyBytes }: RequestToWrite): string {
  const { host, path } = destination;
  let head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`;
  for (const name in headers) {
    const kind = knownKindOf(name);
    if (kind === 'ours') continue;
    if (kind === 'invalid') throw new RequestFault(`invalid header name ${JSON.stringify(name)}`);
    if (kind === 'refused') throw new RequestFault(`the header ${name} cannot be set`);
    const value = headers[name] ?? '';
    if (notInValues.test(value)) throw new RequestFault(`invalid ${name} header`);
    head += `${name}: ${value}\r\n`;
  }
  return `${head}user-agent: ${userAgent}\r\naccept-encoding: identity\r\ncontent-length: ${bodyBytes}\r\n\r\n`;
}
