import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';

/** False stands for a connection without TLS. */
type Tls = false | ConnectionOptions;

export interface DatabaseAddress {
  /** The address without its TLS parameters. */
  readonly url: string;
  /**
   * The ways to connect, in the order in which they are tried when the server refuses. Undefined leaves TLS to pg.
   */
  readonly ways: readonly [Tls | undefined, ...Tls[]];
}

/**
 * Reads `sslmode` with the meaning that libpq gives it; pg takes `prefer`, `require` and `verify-ca` for `verify-full`
 * (docs/decisions/0049-sslmode-as-in-libpq.md).
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
  // A private CA signs only certificates of known servers, so the name in the certificate does not matter.
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
