import type { Frame } from '@callbus/openapi/document';
import { gatewayRoles } from '../auth/auth.js';
import { version } from '../config/version.js';

const gatewayHas = (roles: readonly string[]) => gatewayRoles.some((role) => roles.includes(role));

/** What the descriptions of all services have in common. */
export const frame = {
  info: {
    title: 'Callbus',
    version,
    summary: 'An event bus: events come in over HTTP, rest safely on RabbitMQ, and go out as callbacks.',
    description: [
      'Three publish APIs take events, one API manages subscriptions, and callbacks carry events to receivers.',
      '',
      '- Each API has its own format of errors: one for ETC, one for the event bus and CloudEvents, one for subscriptions (as in bk-cmdb).',
      '- With `AUTH=keys` a request shows a key, `Authorization: Bearer callbus_…`. With `AUTH=gateway` it comes from a gateway, which shows its token in `X-Gateway-Token`. With `AUTH=none` no request needs a key.',
      '- Bodies are UTF-8 of at most 5 MiB. Unknown members are ignored.',
      '- Every answer has `X-Request-Id`, `Cache-Control: no-store` and the usual headers against misuse by browsers.',
      '- While a process cannot take another connection, it answers 503 with `Retry-After` and without a body.',
    ].join('\n'),
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  securitySchemes: {
    key: {
      type: 'http',
      scheme: 'bearer',
      description: 'With `AUTH=keys`: a key `callbus_…`, which has an account and roles.',
    },
    gateway: {
      type: 'apiKey',
      in: 'header',
      name: 'X-Gateway-Token',
      description:
        'With `AUTH=gateway`: the token of the gateway, which authenticates callers and names their account.',
    },
  },
  // All roles of a list would be needed, so each role is an alternative. With AUTH=none every caller is trusted.
  securityOf: (roles) => [
    ...roles.map((role) => ({ key: [role] })),
    ...(gatewayHas(roles) ? [{ gateway: [] }] : []),
    {},
  ],
  accessOf(roles) {
    if (roles === undefined) return 'Needs no key.';
    const needed = `Needs a key with the role ${roles.map((role) => `\`${role}\``).join(' or ')}.`;
    return gatewayHas(roles) ? needed : `${needed} Callers of a gateway have no such role.`;
  },
} satisfies Frame;
