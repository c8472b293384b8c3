import { hostOf } from '../network/address-policy.js';
import type { Target } from './connect.js';

/** The parts of a URL that a request needs. */
export interface Destination {
  /** Requests of one origin share their connections. */
  readonly origin: string;
  readonly target: Target;
  /** The value of the header `host`. */
  readonly host: string;
  /** With the query. */
  readonly path: string;
}

const destinationsKept = 1_000;
const destinations = new Map<string, Destination>();

/**
 * Cached, because a receiver gets many callbacks at one URL: without the cache, the URL took 2 µs of each.
 *
 * @throws for a URL that cannot be called
 */
export function destinationOf(url: string): Destination {
  let destination = destinations.get(url);
  if (destination === undefined) {
    destination = readDestination(new URL(url));
    if (destinations.size === destinationsKept) destinations.clear();
    destinations.set(url, destination);
  }
  return destination;
}

function readDestination(url: URL): Destination {
  const { origin, host, pathname, search } = url;
  return { origin, target: targetOf(url), host, path: pathname + search };
}

function targetOf(url: URL): Target {
  const { protocol, port } = url;
  if (protocol !== 'http:' && protocol !== 'https:') throw new Error(`${protocol} cannot be called`);
  const isTls = protocol === 'https:';
  return { isTls, host: hostOf(url), port: port === '' ? (isTls ? 443 : 80) : Number(port) };
}
