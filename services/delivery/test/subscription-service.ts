import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Subscription } from '@callbus/contracts/subscriptions/subscription';

export const token = 'a-token-of-the-test';
const pageSize = 2;

/** The internal API of the subscription service over real HTTP, with its rows in a map. */
export async function openSubscriptionService() {
  const rows = new Map<number, Subscription>();
  const seen: string[] = [];
  const state = {
    isAway: false,
    epoch: undefined as number | undefined,
    beforePage: (_after: number) => Promise.resolve(),
    /** A page of more rows fails in this way. */
    tooLarge: { rows: Infinity, how: 'cancelled' as 'cancelled' | 'cut' | 'too many bytes' },
  };

  const server: Server = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url ?? '/', 'http://test');
      seen.push(`${url.pathname}${url.search}`);
      const answer = (status: number, body: unknown) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      if (state.isAway) return answer(503, {});
      if (request.headers.authorization !== `Bearer ${token}`) return answer(401, {});
      const id = /^\/internal\/subscriptions\/(\d+)$/.exec(url.pathname)?.[1];
      if (id !== undefined) return rows.has(Number(id)) ? answer(200, rows.get(Number(id))) : answer(404, {});
      const after = Number(url.searchParams.get('after'));
      const page = [...rows.values()]
        .filter((row) => row.id > after)
        .sort((a, b) => a.id - b.id)
        .slice(0, pageSize);
      await state.beforePage(after);
      if (Number(url.searchParams.get('limit')) > state.tooLarge.rows) {
        if (state.tooLarge.how === 'cancelled') return answer(500, { message: 'cannot be answered now' });
        response.writeHead(200, { 'content-type': 'application/json' });
        if (state.tooLarge.how === 'too many bytes') return response.end(Buffer.alloc(65 * 1024 * 1024, ' '));
        return response.write('{"subscriptions":[', () => response.destroy());
      }
      return answer(200, {
        subscriptions: page,
        next: page.length < pageSize ? null : page.at(-1)!.id,
        epoch: state.epoch,
      });
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    rows,
    seen,
    state,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}
