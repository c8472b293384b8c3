import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { isIn, isSpecial, readAddress, type Network } from './special-addresses.js';

/** `reason` names the target as the caller gave it, never what a name resolved to. */
export type AddressCheck = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Which hosts callbacks may reach: public hosts, and the networks that the operator lists. */
export interface AddressPolicy {
  /** @param address as a resolver returns it, including a zone id; any other text is not allowed */
  allowsAddress(address: string): boolean;
  /** Checks hosts that need no look-up: literal addresses, `localhost` and names below it, names that end in a dot. */
  checkHost(host: string): AddressCheck;
  /** Checks the host of an http or https URL in the same way, when a subscription is created or changed. */
  checkUrl(url: string): AddressCheck;
}

/** @param options.allowCidrs from `parseCidrs`: networks that are allowed although they are special */
export function createAddressPolicy(options: { allowCidrs: readonly Network[] }): AddressPolicy {
  function allowsAddress(text: string): boolean {
    const address = readAddress(text);
    return address !== undefined && (isIn(options.allowCidrs, address) || !isSpecial(address));
  }

  function allowsHost(host: string): boolean {
    if (isIP(host) !== 0) return allowsAddress(host);
    if (isLocalName(host)) return allowsAddress('127.0.0.1') || allowsAddress('::1');
    return !host.endsWith('.');
  }

  function checkHost(host: string): AddressCheck {
    return allowsHost(host) ? { ok: true } : { ok: false, reason: `address not allowed: ${host}` };
  }

  function checkUrl(text: string): AddressCheck {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
      return { ok: false, reason: 'not an http or https URL' };
    return checkHost(hostOf(url));
  }

  return { allowsAddress, checkHost, checkUrl };
}

/** A URL's host as sockets take it: an IPv6 address without its brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/** RFC 6761: these names mean this machine, whatever a resolver answers. */
export function isLocalName(host: string): boolean {
  return /(^|\.)localhost$/i.test(host);
}

/**
 * Parses the networks of `CALLBACK_ALLOW_CIDRS`, separated by commas or blanks.
 *
 * @throws Error that names the first invalid entry and the reason
 */
export function parseCidrs(text: string): readonly Network[] {
  return text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(parseCidr);
}

function parseCidr(text: string): Network {
  const [, start = '', bits = ''] = /^([^/%]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const family = isIP(start);
  const prefixBits = Number(bits);
  if (family === 0 || prefixBits > (family === 4 ? 32 : 128))
    throw new Error(`"${text}" is not a network such as 10.0.0.0/8 or fd00::/8`);
  const address = ipaddr.parse(start);
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress())
    throw new Error(`"${text}" is IPv4 in IPv6 notation: list the IPv4 network`);
  const first = networkStart(address, text);
  if (first !== address.toString())
    throw new Error(`"${text}" starts inside of its network: did you mean ${first}/${bits}?`);
  return [address, prefixBits];
}

function networkStart(address: ipaddr.IPv4 | ipaddr.IPv6, cidr: string): string {
  const family = address instanceof ipaddr.IPv4 ? ipaddr.IPv4 : ipaddr.IPv6;
  return family.networkAddressFromCIDR(cidr).toString();
}
