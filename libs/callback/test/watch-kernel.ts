import { createServer, type AddressInfo } from 'node:net';

export interface KernelWatch {
  /** Every address that the process asked the kernel to connect to, in order. */
  readonly connects: string[];
  /** Addresses that refuse connections. */
  readonly refuse: Set<string>;
  stop(): void;
}

type ConnectCall = (request: unknown, address: string, port: number) => number;

interface TcpHandle {
  connect: ConnectCall;
  connect6: ConnectCall;
}

/**
 * Replaces the call in which node hands an address to the kernel, after all code that could choose another address. The
 * replacement records the address and leads the connection to a port of this machine, because tests reach no public host.
 */
export async function watchKernel(options: { leadTo: number }): Promise<KernelWatch> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: closedPort } = server.address() as AddressInfo;
  const { _handle } = server as unknown as { _handle: object };
  const tcp = Object.getPrototypeOf(_handle) as TcpHandle;
  await new Promise((resolve) => server.close(resolve));

  const connects: string[] = [];
  const refuse = new Set<string>();
  const { connect, connect6 } = tcp;
  tcp.connect = tcp.connect6 = function (this: TcpHandle, request, address) {
    connects.push(address);
    return connect.call(this, request, '127.0.0.1', refuse.has(address) ? closedPort : options.leadTo);
  };
  return { connects, refuse, stop: () => Object.assign(tcp, { connect, connect6 }) };
}
