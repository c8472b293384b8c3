import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BlockList } from 'node:net';
import { createAddressPolicy, parseCidrs } from '@callbus/callback/network/address-policy';

const strict = createAddressPolicy({ allowCidrs: [] });
const withAllowed = (cidrs: string) => createAddressPolicy({ allowCidrs: parseCidrs(cidrs) });

/** A second copy of the table in the code, so that a line that is missing in either fails a test. */
const refused4 =
  `0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
  192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15
  198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4`.split(/\s+/);
/** The networks of the registry, within global unicast and outside. */
const refused6 =
  `::/128 ::1/128 ::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001::/32 2001:1::1/128 2001:2::/48
  2001:3::/32 2001:4:112::/48 2001:10::/28 2001:20::/28 2001:30::/28 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20
  5f00::/16 fc00::/7 fd00:ec2::254/128 fe80::/10 fec0::/10 ff00::/8 4000::/3 8000::/1 ::/3`.split(/\s+/);

const number4 = (text: string) => text.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
const text4 = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
const hex4 = (text: string) => {
  const hex = number4(text).toString(16).padStart(8, '0');
  return `${hex.slice(0, 4)}:${hex.slice(4)}`;
};

const ranges4 = refused4.map((cidr) => {
  const [start = '', bits = ''] = cidr.split('/');
  return { cidr, first: number4(start), last: number4(start) + 2 ** (32 - Number(bits)) - 1 };
});
const isRefused4 = (value: number) => ranges4.some(({ first, last }) => first <= value && value <= last);

const in4 = fc
  .constantFrom(...ranges4)
  .chain(({ first, last }) => fc.integer({ min: first, max: last }))
  .map(text4);
const public4 = fc
  .integer({ min: 0, max: 2 ** 32 - 1 })
  .filter((value) => !isRefused4(value))
  .map(text4);

const address6 = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 })
  .map((words) => words.map((word) => word.toString(16)).join(':'));
/** The bits of the network, then random bits. */
const in6 = (cidr: string) => {
  const [start = '', bits = ''] = cidr.split('/');
  const mask = (1n << BigInt(128 - Number(bits))) - 1n;
  return address6.map((any) => text6(number6(start) | (number6(any) & mask)));
};
const number6 = (text: string) => {
  const [head = [], tail = []] = text.split('::').map((half) => half.split(':').filter(Boolean));
  const zeros = Array<string>(8 - head.length - tail.length).fill('0');
  return [...head, ...zeros, ...tail].reduce((sum, word) => (sum << 16n) | BigInt(`0x${word}`), 0n);
};
const text6 = (value: bigint) =>
  [7, 6, 5, 4, 3, 2, 1, 0].map((word) => ((value >> BigInt(word * 16)) & 0xffffn).toString(16)).join(':');

const oracle = (cidrs: readonly string[], family: 'ipv4' | 'ipv6') => {
  const list = new BlockList();
  for (const cidr of cidrs) list.addSubnet(cidr.split('/')[0]!, Number(cidr.split('/')[1]), family);
  return (address: string) => list.check(address, family);
};

/** Forms that mean the IPv4 host itself, and are allowed if the host is. */
const sameHost: [string, (address: string) => string][] = [
  ['plain', (address) => address],
  ['mapped', (address) => `::ffff:${address}`],
  ['mapped in hex', (address) => `::ffff:${hex4(address)}`],
  ['mapped, written out', (address) => `0:0:0:0:0:FFFF:${hex4(address).toUpperCase()}`],
  ['NAT64', (address) => `64:ff9b::${address}`],
  ['ISATAP', (address) => `2606:4700:1:2:0:5efe:${address}`],
  ['ISATAP of a public address', (address) => `2606:4700:1:2:200:5efe:${hex4(address)}`],
  ['mapped with a zone', (address) => `::ffff:${address}%eth0`],
];
/** Forms that no public host needs. They are refused with any IPv4 address inside. */
const refusedForms: [string, (address: string) => string][] = [
  ['compatible', (address) => `::${address}`],
  ['translated', (address) => `::ffff:0:${address}`],
  ['NAT64 of local use', (address) => `64:ff9b:1::${address}`],
  ['6to4', (address) => `2002:${hex4(address)}::1`],
  ['Teredo server', (address) => `2001:0:${hex4(address)}::1`],
  ['Teredo client', (address) => `2001::${hex4(text4(~number4(address) >>> 0))}`],
  ['link-local ISATAP', (address) => `fe80::5efe:${address}%eth0`],
];

describe('the table of addresses', () => {
  test.each(ranges4)('$cidr is refused from its first to its last address', ({ first, last }) => {
    expect([first, last].filter((edge) => strict.allowsAddress(text4(edge)))).toEqual([]);
    for (const beside of [first - 1, last + 1].filter((value) => value >= 0 && value < 2 ** 32 && !isRefused4(value)))
      expect(strict.allowsAddress(text4(beside))).toBe(true);
  });

  test.each(refused6)('%s is refused from its first to its last address', (cidr) => {
    const [start = '', bits = ''] = cidr.split('/');
    const first = number6(start);
    expect(strict.allowsAddress(start)).toBe(false);
    // The widest range contains two forms whose IPv4 address decides.
    fc.assert(
      fc.property(
        in6(cidr),
        (address) => /^(0:0:0:0:0:ffff|64:ff9b:0:0:0:0):/.test(address) || !strict.allowsAddress(address),
      ),
    );
    expect(strict.allowsAddress(text6(first | ((1n << BigInt(128 - Number(bits))) - 1n)))).toBe(false);
  });

  test.each([
    '2606:4700::1111',
    '2001:200::1',
    '2001:4860:4860::8888',
    '2003::1',
    '2a00:1450::1',
    '2620:4f:8001::1',
    '3ffe::1',
  ])('%s is public', (address) => expect(strict.allowsAddress(address)).toBe(true));

  test.each(sameHost)('%s: refused with refused IPv4 addresses only', (_form, write) => {
    fc.assert(fc.property(in4, (address) => !strict.allowsAddress(write(address))));
    fc.assert(fc.property(public4, (address) => strict.allowsAddress(write(address))));
  });

  test.each(refusedForms)('%s: refused with every IPv4 address', (_form, write) => {
    fc.assert(fc.property(fc.oneof(in4, public4), (address) => !strict.allowsAddress(write(address))));
  });

  test('no other global unicast address is refused', () => {
    const isSpecial = oracle(refused6.slice(0, -3), 'ipv6');
    const isIsatap = (address: string) => /:2?0?0?:5efe:[^:]+:[^:]+$/.test(address);
    fc.assert(
      fc.property(
        in6('2000::/3'),
        (address) => isIsatap(address) || strict.allowsAddress(address) === !isSpecial(address),
      ),
      { numRuns: 1_000 },
    );
  });

  test.each([
    '',
    'localhost',
    'example.com',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '8.8.8',
    '08.8.8.8',
    '8.8.8.8/32',
    '[2606:4700::1]',
    ' 8.8.8.8',
    '8.8.8.8%eth0',
    '::g',
    '1::2::3',
  ])('%j is not an address, and so is not allowed', (text) => {
    expect(strict.allowsAddress(text)).toBe(false);
    expect(withAllowed('0.0.0.0/0 ::/0').allowsAddress(text)).toBe(false);
  });
});

describe('the list of allowed networks', () => {
  test('allows exactly the listed networks', () => {
    fc.assert(
      fc.property(fc.constantFrom(...refused4), fc.integer({ min: 0, max: 8 }), in4, (cidr, narrower, address) => {
        const [start = '', bits = ''] = cidr.split('/');
        const listed = `${start}/${Math.min(32, Number(bits) + narrower)}`;
        const isListed = oracle([listed], 'ipv4')(address);
        const policy = withAllowed(listed);
        expect([policy.allowsAddress(address), policy.allowsAddress(`::ffff:${address}`)]).toEqual([
          isListed,
          isListed,
        ]);
        expect(policy.allowsAddress(`64:ff9b::${address}`)).toBe(false);
        expect(policy.allowsAddress('2606:4700::1')).toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 7, max: 20 }), in6('fc00::/7'), (bits, address) => {
        const listed = `fd00::/${bits === 7 ? 8 : bits}`;
        return withAllowed(listed).allowsAddress(address) === oracle([listed], 'ipv6')(address);
      }),
    );
  });

  test.each<[string, string[], string[]]>([
    ['127.0.0.0/8', ['127.0.0.1', '::ffff:127.0.0.1'], ['::1', '::127.0.0.1', '10.0.0.1', '169.254.169.254']],
    ['::1/128', ['::1', '0:0:0:0:0:0:0:1'], ['::', '::2', '127.0.0.1']],
    ['fe80::/10', ['fe80::1', 'fe80::1%eth0', 'fe80::1%br-lan.5'], ['fec0::1', 'fd00::1']],
    ['::/0', ['::1', 'fd00:ec2::254', '64:ff9b::10.0.0.1'], ['10.0.0.1', '::ffff:10.0.0.1']],
    ['0.0.0.0/0', ['10.0.0.1', '::ffff:10.0.0.1', '169.254.169.254'], ['::1', 'fd00::1', '::10.0.0.1', '2002:a00:1::']],
    ['10.0.0.7/32, 192.168.0.0/16\n fd00::/8', ['10.0.0.7', '192.168.9.9', 'fd12::1'], ['10.0.0.8', 'fc00::1']],
    ['64:ff9b::10.0.0.0/104', ['64:ff9b::10.1.2.3'], ['10.1.2.3', '64:ff9b::127.0.0.1']],
    [' ', ['8.8.8.8'], ['127.0.0.1']],
  ])('%j allows its addresses only', (cidrs, open, closed) => {
    const policy = withAllowed(cidrs);
    expect([...open, ...closed].filter((address) => policy.allowsAddress(address))).toEqual(open);
  });

  test.each([
    ['10.0.0.0', '"10.0.0.0" is not a network such as 10.0.0.0/8 or fd00::/8'],
    ['10.0.0.0/33', '"10.0.0.0/33" is not a network'],
    ['::/129', '"::/129" is not a network'],
    ['10/8', '"10/8" is not a network'],
    ['0x0a.0.0.0/8', '"0x0a.0.0.0/8" is not a network'],
    ['010.0.0.0/8', '"010.0.0.0/8" is not a network'],
    ['10.0.0.0/08', '"10.0.0.0/08" is not a network'],
    ['10.0.0.0/255.0.0.0', 'is not a network'],
    ['fe80::%eth0/10', 'is not a network'],
    ['localhost/8', '"localhost/8" is not a network'],
    ['10.0.0.0/8 nonsense', '"nonsense" is not a network'],
    ['10.0.0.1/8', '"10.0.0.1/8" starts inside of its network: did you mean 10.0.0.0/8?'],
    ['fd12::1/8', '"fd12::1/8" starts inside of its network: did you mean fd00::/8?'],
    ['::ffff:10.0.0.0/104', '"::ffff:10.0.0.0/104" is IPv4 in IPv6 notation: list the IPv4 network'],
  ])('%j is refused with the reason', (cidrs, message) => {
    expect(() => parseCidrs(cidrs)).toThrow(message);
  });
});

describe('checkUrl', () => {
  test.each([
    'http://example.com',
    'https://example.com:8443/a?b=c',
    'http://8.8.8.8/',
    'http://[2606:4700::1111]/',
    'http://[::ffff:8.8.8.8]/',
    'http://localhost.example.com/',
    'http://notlocalhost/',
    'http://10.0.0.1.example.com/',
    'http://127.0.0.1@example.com/',
  ])('allows %s', (url) => {
    expect(strict.checkUrl(url)).toEqual({ ok: true });
  });

  test.each([
    ['http://10.0.0.1/', 'address not allowed: 10.0.0.1'],
    ['http://2130706433/', 'address not allowed: 127.0.0.1'],
    ['http://[::1]:80/', 'address not allowed: ::1'],
    ['http://LocalHost', 'address not allowed: localhost'],
    ['https://a.b.localhost/', 'address not allowed: a.b.localhost'],
    ['https://localhost./', 'address not allowed: localhost.'],
    ['https://example.com./', 'address not allowed: example.com.'],
    ['http://example.com@127.0.0.1/', 'address not allowed: 127.0.0.1'],
    ['ftp://example.com/', 'not an http or https URL'],
    ['example.com', 'not an http or https URL'],
    ['http://[fe80::1%25eth0]/', 'not an http or https URL'],
    ['', 'not an http or https URL'],
  ])('refuses %s', (url, reason) => {
    expect(strict.checkUrl(url)).toEqual({ ok: false, reason });
  });

  test.each([
    ['127.0.0.0/8', true],
    ['::1/128', true],
    ['10.0.0.0/8', false],
  ])('with %s allowed, localhost is checked as loopback', (cidrs, ok) => {
    expect(withAllowed(cidrs).checkUrl('http://localhost:8080/').ok).toBe(ok);
    expect(withAllowed(cidrs).checkUrl('http://api.localhost:8080/').ok).toBe(ok);
  });
});
