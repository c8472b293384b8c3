import type { Place } from '@callbus/testing/isolate';
import { openTcpProxy, type TcpProxy } from '@callbus/testing/network/tcp-proxy';
import { findFreePort } from '@callbus/testing/servers/server-process';

/** The servers of a place, at ports where nothing listens before `come`. */
export async function reserveServers(place: Omit<Place, 'cleanUp'>) {
  const elsewhere = async (text: string) => {
    const url = new URL(text);
    url.host = `127.0.0.1:${await findFreePort()}`;
    return url.href;
  };
  const servers = {
    amqpUrl: await elsewhere(place.amqpUrl),
    databaseUrl: await elsewhere(place.databaseUrl),
    redisUrl: await elsewhere(place.redisUrl),
  };
  let proxies: TcpProxy[] = [];
  return {
    place: { ...place, ...servers },
    /** Lets RabbitMQ, Postgres and Redis answer. */
    async come(): Promise<void> {
      const names = ['amqpUrl', 'databaseUrl', 'redisUrl'] as const;
      proxies = await Promise.all(
        names.map((name) => openTcpProxy(place[name], { port: Number(new URL(servers[name]).port) })),
      );
    },
    close: () => Promise.all(proxies.map((proxy) => proxy.close())),
  };
}
