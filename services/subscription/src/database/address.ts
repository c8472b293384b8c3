import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';

/** False: without TLS. */
type Tls = false | ConnectionOptions;

export interface DatabaseAddress {
  /** Without what it says of TLS. */
  readonly url: string;
  /** In this order, each where the server refuses the one before; undefined leaves it to pg. */
  readonly ways: readonly [Tls | undefined, ...Tls[]];
}

/**
 * Reads `sslmode` as libpq does, to which it belongs: pg takes `prefer`, `require` and `verify-ca` for `verify-full`
 * (docs/decisions/0049-sslmode-as-libpq-has-it.md).
 *
 * @param ca certificates that are trusted instead of the public ones
 * @throws when a file that the address names cannot be read
 */
export function readDatabaseAddress(text: string, ca?: string): DatabaseAddress {
  const url = new URL(text);
  const take = (name: string) => {
    const value = url.searchParams.get(name) ?? undefined;
    url.searchParams.delete(name);
    return value;
  };
  const [mode, rootFile, certFile, keyFile] = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'].map(take);
  const trusted = ca ?? (rootFile === 'system' ? undefined : textOf(rootFile));
  if (mode === undefined && trusted === undefined && rootFile === undefined && certFile === undefined)
    return { url: text, ways: [undefined] };

  const [cert, key] = [textOf(certFile), textOf(keyFile)];
  const verified: Tls = {
    ...(trusted !== undefined && { ca: trusted }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
  const encrypted: Tls = { ...verified, rejectUnauthorized: false };
  // Whom a private CA trusts is known, whatever the name in its certificate; public ones trust everybody.
  const trustedByCa: Tls = { ...verified, checkServerIdentity: () => undefined };
  const hasCa = trusted !== undefined;
  const unlessVerified = hasCa ? trustedByCa : encrypted;
  return {
    url: url.href,
    ways: isSocket(url)
      ? [false]
      : waysOf(mode, { unlessVerified, trustedByCa: hasCa ? trustedByCa : verified, verified, encrypted }),
  };
}

function waysOf(
  mode: string | undefined,
  tls: Record<'unlessVerified' | 'trustedByCa' | 'verified' | 'encrypted', Tls>,
): DatabaseAddress['ways'] {
  switch (mode) {
    case 'disable':
      return [false];
    case 'allow':
      return [false, tls.unlessVerified];
    case 'prefer':
      return [tls.unlessVerified, false];
    case 'require':
      return [tls.unlessVerified];
    case 'verify-ca':
      return [tls.trustedByCa];
    case 'no-verify':
      return [tls.encrypted];
    default:
      return [tls.verified];
  }
}

/** Whether the URL names a Unix socket, which libpq never encrypts. */
function isSocket({ hostname, searchParams }: URL): boolean {
  return (searchParams.get('host') ?? decodeURIComponent(hostname)).startsWith('/');
}

function textOf(file: string | undefined): string | undefined {
  return file === undefined ? undefined : readFileSync(file, 'utf8');
}
