import { isIP } from 'node:net';
// Not node's BlockList, which applies the rules of one family to the other (`::/0` would match every IPv4 address) and
// does not expose an address's bytes. ipaddr.js parses and compares; its own table of ranges is incomplete, so the
// table is here.
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
export type Network = readonly [address: Address, prefixBits: number];

/** IANA's whole IPv4 Special-Purpose Address Registry, multicast, and public addresses that clouds use internally. */
const special4: readonly Network[] = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // shared by carriers (CGNAT); a cloud's metadata at 100.100.100.200
  '127.0.0.0/8', // loopback
  '168.63.129.16/32', // Azure's host: a public address that answers virtual machines only
  '169.254.0.0/16', // link-local; the clouds' metadata at 169.254.169.254
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.31.196.0/24', // AS112
  '192.52.193.0/24', // multicast tunnelling
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16', // private
  '192.175.48.0/24', // AS112
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
].map((text) => ipaddr.parseCIDR(text));

/** All unicast space that IANA has allocated. The rest is special: loopback, unique local, link-local, multicast, … */
const globalUnicast6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** The entries of IANA's IPv6 Special-Purpose Address Registry within global unicast. */
const special6: readonly Network[] = [
  '2001::/23', // protocol assignments: Teredo, benchmarks, ORCHID, …
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4
  '2620:4f:8000::/48', // AS112
  '3fff::/20', // documentation
].map((text) => ipaddr.parseCIDR(text));

/**
 * NAT64: the addresses by which networks without IPv4 reach IPv4 hosts. The embedded IPv4 address decides.
 */
const nat64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/**
 * Parses an address as the kernel does: an IPv4-mapped IPv6 address becomes the IPv4 address; a zone id, which only
 * names an interface, is dropped.
 *
 * @returns undefined for anything but an address in plain notation
 */
export function readAddress(text: string): Address | undefined {
  const family = isIP(text);
  if (family === 4) return ipaddr.IPv4.parse(text);
  const literal = `http://[${text.replace(/%.*$/, '')}]`;
  if (family === 0 || !URL.canParse(literal)) return undefined;
  // A URL writes IPv6 in hex only. ipaddr.js would take `::1.2.3.4`, a different address, for `::ffff:1.2.3.4`.
  return ipaddr.process(new URL(literal).hostname.slice(1, -1));
}

/** Whether an address is not that of a public host. */
export function isSpecial(address: Address): boolean {
  if (address instanceof ipaddr.IPv4) return isIn(special4, address);
  if (address.match(nat64)) return isIn(special4, lastIPv4(address));
  if (!address.match(globalUnicast6) || isIn(special6, address)) return true;
  return isIsatap(address) && isIn(special4, lastIPv4(address));
}

export function isIn(networks: readonly Network[], address: Address): boolean {
  return networks.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
}

/** ISATAP interfaces tunnel to the IPv4 address behind `0:5efe` or `200:5efe`, under any prefix. */
function isIsatap({ parts }: ipaddr.IPv6): boolean {
  return (parts[4] === 0 || parts[4] === 0x200) && parts[5] === 0x5efe;
}

function lastIPv4(address: ipaddr.IPv6): ipaddr.IPv4 {
  return new ipaddr.IPv4(address.toByteArray().slice(-4));
}
