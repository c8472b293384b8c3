import type { ApiPart } from '@callbus/openapi/document';
import type { Answer, Operation } from '@callbus/openapi/operation';
import { flag, inline, object, oneOf, optional, text, typed, type TSchema } from '@callbus/openapi/schema';
import { commonParameters, headersOf, serverAnswers, withEarlierAnswers } from './common.js';

const json = 'application/json';

function answer(description: string, content: Readonly<Record<string, TSchema>>): Answer {
  return {
    description,
    headers: headersOf(200),
    content: Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema }])),
  };
}

interface OwnRoute {
  readonly path: string;
  readonly operationId: string;
  readonly tag: keyof typeof tags;
  readonly summary: string;
  readonly answers: Readonly<Record<number, Answer>>;
}

const tags = {
  about: 'What this is.',
  health: 'For probes of each process. A gateway hides these paths.',
};

const html = typed<string>({ type: 'string' });
const readiness = object('Readiness', {
  status: oneOf(['ready', 'not ready', 'draining', 'starting'], 'Whether the process takes requests.'),
  checks: optional(
    typed<Readonly<Record<string, boolean>>>({
      type: 'object',
      additionalProperties: { type: 'boolean' },
      description: 'The conditions by name.',
    }),
  ),
  publishing: optional(
    inline(
      { ok: flag('Whether it does.'), reason: optional(text('Why it does not.')) },
      {
        description:
          'Whether the broker takes messages. Readiness does not depend on it, because another process would have the same broker.',
      },
    ),
  ),
});

export const about = object('About', {
  name: text('`callbus`'),
  description: text('What it does.'),
  version: text('The version.'),
  links: inline({
    docs: text('The description as a page.'),
    openapi: text('The description for programs.'),
  }),
});

/** The routes that every service has, by what they do. */
export const ownRoutes = {
  about: {
    path: '/',
    operationId: 'getAbout',
    tag: 'about',
    summary: 'Read what this is',
    answers: {
      200: answer('The name, the version and links; as a page for a browser.', { [json]: about, 'text/html': html }),
    },
  },
  description: {
    path: '/openapi.json',
    operationId: 'getDescription',
    tag: 'about',
    summary: 'Read this description',
    answers: {
      200: answer('All APIs, whichever service answers.', { [json]: typed<object>({ type: 'object' }) }),
    },
  },
  docs: {
    path: '/docs',
    operationId: 'getDocs',
    tag: 'about',
    summary: 'Read this description as a page',
    answers: { 200: answer('The page.', { 'text/html': html }) },
  },
  health: {
    path: '/healthz',
    operationId: 'getHealth',
    tag: 'health',
    summary: 'Ask whether the process lives',
    answers: {
      200: answer('It lives.', { [json]: object('Health', { status: typed<'ok'>({ type: 'string', const: 'ok' }) }) }),
    },
  },
  readiness: {
    path: '/readyz',
    operationId: 'getReadiness',
    tag: 'health',
    summary: 'Ask whether the process takes requests',
    answers: { 200: answer('It does.', { [json]: readiness }), 503: answer('It does not.', { [json]: readiness }) },
  },
  metrics: {
    path: '/metrics',
    operationId: 'getMetrics',
    tag: 'health',
    summary: 'Read the metrics',
    answers: {
      200: answer("Metrics in Prometheus' text format.", { 'text/plain': typed<string>({ type: 'string' }) }),
    },
  },
} as const satisfies Readonly<Record<string, OwnRoute>>;

/** The routes that a process serves from its start, and to every host. */
const probes: readonly OwnRoute[] = [ownRoutes.health, ownRoutes.readiness];

export const ownPart: ApiPart = {
  operations: Object.values(ownRoutes).map((route): Operation => ({
    ...route,
    method: 'get',
    parameters: commonParameters,
    answers: probes.includes(route) ? { ...route.answers, ...serverAnswers } : withEarlierAnswers(route.answers),
  })),
  tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
};
