import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** The names by which containers reach the machine that runs them; `.internal` is nobody's domain. */
const containerNames = ['host.docker.internal', 'host.containers.internal'];

/**
 * Where everyone is believed, any web page in a browser on this machine could call, too: by `localhost`, which tells its own address
 * as `Origin`, or by a name of its own that it turns to this machine (DNS rebinding), which tells itself as `Host`.
 *
 * @param allowedHosts names that are more than this machine's
 * @returns why a request is refused
 */
export function createRefuseCrossSite(
  allowedHosts: readonly string[],
): (request: Pick<IncomingMessage, 'headers'>) => string | undefined {
  const allowed = new Set([...containerNames, ...allowedHosts.map((host) => host.toLowerCase())]);

  /** A name of this machine, or an address: nobody can turn that to another. */
  function isOurs(name: string): boolean {
    return isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost') || allowed.has(name);
  }

  return ({ headers: { host, origin } }) => {
    // A browser always tells it.
    if (host !== undefined && !isOurs(nameIn(`http://${host}`))) return `the host ${host} is none of ALLOWED_HOSTS`;
    if (origin === undefined || origin === `http://${host}` || origin === `https://${host}`) return undefined;
    return allowed.has(nameIn(origin))
      ? undefined
      : `pages of ${origin} may not call: its host is none of ALLOWED_HOSTS`;
  };
}

/** @returns the host without its port, in lower case; empty for what is no URL, such as the origin `null` */
function nameIn(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '') : '';
}
