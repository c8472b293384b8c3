/** A server that belongs to its user alone, so that it may be stopped. Its URL and its data stay the same until it is removed. */
export interface PrivateServer {
  readonly url: string;
  /** In order, as an operator would. */
  stop(): Promise<void>;
  /** Resolves when clients are served again. */
  start(): Promise<void>;
  /** At once, without warning, as the kernel would. */
  kill(): Promise<void>;
  /** Stops it for good and deletes its data. */
  remove(): Promise<void>;
}

export function noPrivateServer(name: string): never {
  throw new Error(`${name} cannot be started here: start Docker, or run as root on Debian`);
}
