import type { CallbackBody } from './body.js';
import type { CallbackHeaders } from './headers.js';
import { bodyMaxBytes, receive, type ReceiveOptions } from './receive.js';

interface FastifyRequest {
  readonly method: string;
  readonly headers: CallbackHeaders;
  readonly body: unknown;
}

interface FastifyReply {
  code(status: number): unknown;
  headers(headers: Record<string, string>): unknown;
  send(body: string): unknown;
}

/** What the plugin uses of an instance of Fastify. */
export interface FastifyScope {
  removeAllContentTypeParsers(): void;
  addContentTypeParser(
    type: string,
    options: { parseAs: 'buffer'; bodyLimit: number },
    parse: (request: unknown, body: Uint8Array, done: (error: null, body: Uint8Array) => void) => void,
  ): unknown;
  route(route: {
    method: string[];
    url: string;
    handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
  }): unknown;
}

/**
 * A plugin for Fastify: `app.register(fastifyHandler(options), { prefix: '/events' })`. Within it bodies stay bytes; the parsers of other
 * routes are as before.
 */
export function fastifyHandler(options: ReceiveOptions): (scope: FastifyScope) => Promise<void> {
  return (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: bodyMaxBytes }, (_, body, done) =>
      done(null, body),
    );
    scope.route({
      method: ['OPTIONS', 'POST'],
      url: '/',
      handler: async ({ method, headers, body }, reply) => {
        // A request without a body has none of these.
        const given = await receive({ method, headers, body: (body ?? '') as CallbackBody }, options);
        reply.code(given.status);
        reply.headers({ ...given.headers });
        return reply.send(given.body);
      },
    });
    return Promise.resolve();
  };
}
