import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** The names by which containers reach their host. No domain under `.internal` can be registered. */
const containerNames = ['host.docker.internal', 'host.containers.internal'];

/**
 * Refuses requests of web pages in browsers on this machine, because without authentication any page could call the API. A page that
 * calls `localhost` sends its own address as `Origin`. A page that points a name of its own to this machine (DNS rebinding)
 * sends that name as `Host`.
 *
 * @param allowedHosts allowed names beside those of this machine
 * @returns why a request is refused
 */
export function createRefuseCrossSite(
  allowedHosts: readonly string[],
): (request: Pick<IncomingMessage, 'headers'>) => string | undefined {
  const allowed = new Set([...containerNames, ...allowedHosts.map((host) => host.toLowerCase())]);

  /** Whether a host is an address or a name of this machine, which no page can point elsewhere. */
  function isOurs(name: string): boolean {
    return isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost') || allowed.has(name);
  }

  return ({ headers: { host, origin } }) => {
    // Browsers always send `Host`.
    if (host !== undefined && !isOurs(nameIn(`http://${host}`))) return `the host ${host} is none of ALLOWED_HOSTS`;
    if (origin === undefined || origin === `http://${host}` || origin === `https://${host}`) return undefined;
    return allowed.has(nameIn(origin))
      ? undefined
      : `pages of ${origin} may not call: its host is none of ALLOWED_HOSTS`;
  };
}

/** @returns the host without its port, in lower case; empty for a text that is no URL, such as the origin `null` */
function nameIn(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '') : '';
}
