import { receive, type ReceiveOptions } from './receive.js';

/**
 * A handler for servers in the style of `fetch`, such as those of Bun, Deno, Hono, Next.js and Cloudflare Workers.
 *
 * @throws what `onEvent` throws, which these servers answer with 500
 */
export function fetchHandler(options: ReceiveOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    const { method, headers } = request;
    const { status, body, ...more } = await receive({ method, headers, body: await request.arrayBuffer() }, options);
    return new Response(body, { status, headers: more.headers });
  };
}
