import { Resolver } from 'node:dns';

/**
 * Parses `CALLBACK_DNS_SERVERS`: addresses of name servers, optionally with a port, separated by commas or blanks.
 *
 * @throws Error that names the first invalid entry
 */
export function parseDnsServers(text: string): readonly string[] {
  const servers = text.split(/[\s,]+/).filter(Boolean);
  for (const server of servers) {
    try {
      new Resolver().setServers([server]);
    } catch {
      throw new Error(`"${server}" is not the address of a name server, such as 10.0.0.53 or [fd00::53]:5353`);
    }
  }
  return servers;
}
