import pg from 'pg';
import type { DatabaseAddress } from './address.js';

type Callback = Parameters<pg.Pool['connect']>[0];

/** A pool that connects with or without TLS, whichever the server accepts. */
export class NegotiatingPool extends pg.Pool {
  private readonly ways: DatabaseAddress['ways'];

  constructor({ url, ways }: DatabaseAddress, options: pg.PoolConfig) {
    super({ ...options, connectionString: url, ssl: ways[0] });
    this.ways = ways;
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Callback): void;
  override connect(callback?: Callback): Promise<pg.PoolClient> | undefined {
    const tried = this.options.ssl;
    const connecting = super.connect().catch((error: unknown) => this.connectOtherwise(error, tried));
    if (callback === undefined) return connecting;
    connecting.then(
      (client) => callback(undefined, client, (destroy: Error | boolean | undefined) => client.release(destroy)),
      (error: unknown) => callback(error as Error, undefined, () => undefined),
    );
    return undefined;
  }

  private async connectOtherwise(error: unknown, tried: unknown): Promise<pg.PoolClient> {
    const other = this.ways.find((way) => way !== tried);
    if (other === undefined || !isRefusal(error)) throw error;
    // When several connections fail at once, the first of them has already changed the option.
    this.options.ssl = other;
    return super.connect().catch(() => {
      throw error;
    });
  }
}

/** Whether the server refuses TLS, or refuses a connection without TLS by `pg_hba.conf`. */
function isRefusal(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return error.code === '28000';
  return error instanceof Error && error.message === 'The server does not support SSL connections';
}
