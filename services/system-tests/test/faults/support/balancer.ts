import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

const connectTimeoutMs = 2_000;

/** In front of several servers: each new connection goes to the next one that takes it, as behind a Kubernetes service. */
export async function openBalancer(urls: readonly string[]) {
  const targets = urls.map((url) => new URL(url));
  const sockets = new Set<Socket>();
  let turn = 0;
  let first: number | undefined;
  let isFirstOnly = false;

  async function passOn(client: Socket): Promise<void> {
    keep(client);
    const start = first ?? turn;
    turn = start + 1;
    if (isFirstOnly) first = undefined;
    for (let attempt = 0; attempt < targets.length; attempt += 1) {
      const target = targets[(start + attempt) % targets.length];
      const upstream = target && (await dial(target));
      if (upstream === undefined) continue;
      keep(upstream);
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        from.once('close', () => to.destroy());
        from.pipe(to);
      }
      return;
    }
    client.destroy();
  }

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  }

  const server = createServer({ pauseOnConnect: true }, (client) => void passOn(client));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const own = new URL(urls[0] ?? '');
  own.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url: own.href,
    /** From here on new connections go to this server first, or in turn again. */
    prefer(url: string | undefined): void {
      first = url === undefined ? undefined : urls.indexOf(url);
      isFirstOnly = false;
    },
    /** The next connection goes to this server, those after it in turn. */
    preferOnce(url: string): void {
      first = urls.indexOf(url);
      isFirstOnly = true;
    },
    async close(): Promise<void> {
      sockets.forEach((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** @returns undefined when it does not take the connection; a server that hangs takes it */
function dial({ hostname, port }: URL): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    const giveUp = () => {
      socket.destroy();
      resolve(undefined);
    };
    socket.setTimeout(connectTimeoutMs, giveUp);
    socket.once('error', giveUp);
    socket.once('connect', () => {
      socket.setTimeout(0);
      resolve(socket);
    });
  });
}
