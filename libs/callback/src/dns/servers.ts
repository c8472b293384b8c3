import { Resolver } from 'node:dns';

/**
 * Reads the name servers of `CALLBACK_DNS_SERVERS`, separated by commas or blanks: addresses, with a port if need be.
 *
 * @throws Error that names the first entry that is not valid
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
