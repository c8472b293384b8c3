import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** The names by which containers reach their host. Nobody can own a domain under `.internal`. */
const containerNames = ['host.docker.internal', 'host.containers.internal'];

/**
 * Without authentication any web page in a browser on this machine could call the API: by `localhost`, in which case
 * `Origin` is the page's own address, or by a name of its own that it points to this machine (DNS rebinding), in which
 * case `Host` is that name.
 *
 * @param allowedHosts allowed names beside those of this machine
 * @returns why a request is refused
 */
export function createRefuseCrossSite(
  allowedHosts: readonly string[],
): (request: Pick<IncomingMessage, 'headers'>) => string | undefined {
  const allowed = new Set([...containerNames, ...allowedHosts.map((host) => host.toLowerCase())]);

  /** Whether a host is a name of this machine, or an address: nobody can point these to another machine. */
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

/** @returns the host without its port, in lower case; empty when the text is no URL, such as the origin `null` */
function nameIn(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '') : '';
}
