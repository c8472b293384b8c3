/** A server of one test or run, which may stop it. Its URL and its data stay the same until it is removed. */
export interface PrivateServer {
  readonly url: string;
  /** Shuts the server down in order, as an operator would. */
  stop(): Promise<void>;
  /** Resolves when clients are served again. */
  start(): Promise<void>;
  /** Kills the server at once, without warning, as the kernel would. */
  kill(): Promise<void>;
  /** Stops the server for good and deletes its data. */
  remove(): Promise<void>;
}

export function noPrivateServer(name: string): never {
  throw new Error(`${name} cannot be started here: start Docker, or run as root on Debian`);
}
