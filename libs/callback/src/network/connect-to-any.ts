import { connect, isIP, type LookupFunction, type Socket } from 'node:net';

/** How long an address is tried before the next one is tried in parallel (RFC 8305, section 5). */
const headStartMs = 250;
const addressesMax = 8;

interface TcpTarget {
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Connects to the first of a host's addresses that accepts the connection. Each address has all the time that the
 * caller allows. Node itself abandons an address after 250 ms, and so never reaches a distant receiver that also has an
 * address without a route, such as an IPv6 address.
 *
 * @param callback called once; when no address accepts, with the errors of all
 * @returns a function that cancels connecting; the callback is then not called
 */
export function connectToAny(
  { host, port, lookup }: TcpTarget & { readonly lookup: LookupFunction },
  callback: (error: Error | null, socket?: Socket) => void,
): () => void {
  const trying = new Set<Socket>();
  const errors: Error[] = [];
  let left: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;

  function stop(): void {
    isOver = true;
    clearTimeout(timer);
    for (const socket of trying) socket.on('error', () => undefined).destroy();
  }

  function end(error: Error | null, socket?: Socket): void {
    if (isOver) return;
    stop();
    callback(error, socket);
  }

  function tryNext(): void {
    clearTimeout(timer);
    const address = left.shift();
    if (address === undefined) return;
    const socket = connect({ host: address, port });
    trying.add(socket);
    const fail = (error: Error) => {
      trying.delete(socket);
      errors.push(error);
      if (left.length > 0) tryNext();
      else if (trying.size === 0) end(errors.length === 1 ? error : new AggregateError(errors));
    };
    socket.once('error', fail).once('connect', () => {
      trying.delete(socket);
      socket.off('error', fail);
      end(null, socket);
    });
    if (left.length > 0) timer = setTimeout(tryNext, headStartMs);
  }

  function start(addresses: readonly { address: string; family: number }[]): void {
    if (isOver) return;
    left = inTurn(addresses).slice(0, addressesMax);
    tryNext();
  }

  const family = isIP(host);
  if (family !== 0) start([{ address: host, family }]);
  else
    lookup(host, { all: true }, (error, addresses) => {
      if (error) process.nextTick(end, error);
      else if (Array.isArray(addresses)) start(addresses);
    });
  return stop;
}

/** Alternates between the families, so that neither waits until all addresses of the other have been tried. */
function inTurn(addresses: readonly { address: string; family: number }[]): string[] {
  const first = addresses[0]?.family;
  const [ones, others] = [true, false].map((isFirst) =>
    addresses.filter(({ family }) => (family === first) === isFirst),
  );
  return addresses.flatMap((_, index) => [ones?.[index], others?.[index]]).flatMap((each) => each?.address ?? []);
}
