/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'libs-know-no-service', severity: 'error', from: { path: '^libs/' }, to: { path: '^services/' } },
    {
      name: 'services-apart',
      comment: 'Only standalone composes services; the others meet on the broker and over HTTP.',
      severity: 'error',
      from: { path: '^services/(ingest|subscription|delivery)/' },
      to: { path: '^services/(?!$1/)' },
    },
    {
      name: 'one-start-per-service',
      comment: 'Standalone starts a service as its main.ts does; wired a second time, their options drift apart.',
      severity: 'error',
      from: { path: '^services/standalone/src' },
      to: { path: '^services/(ingest|subscription|delivery)/src/service' },
    },
    {
      name: 'libs-are-not-started',
      severity: 'error',
      from: { path: '^libs/(?!start/)' },
      to: { path: '^libs/start/' },
    },
    {
      name: 'bench-outside-of-services',
      comment: 'What is measured runs as it is run in earnest: the built programs.',
      severity: 'error',
      from: { path: '^bench/' },
      to: { path: '^services/' },
    },
    {
      name: 'contracts-import-joi-only',
      severity: 'error',
      from: { path: '^libs/contracts/src' },
      to: { pathNot: '^libs/contracts/src|/joi/|^node:|^(crypto|buffer)$' },
    },
    {
      name: 'concurrency-imports-nothing',
      severity: 'error',
      from: { path: '^libs/concurrency/src' },
      to: { pathNot: '^libs/concurrency/src' },
    },
    {
      name: 'broker-is-below-the-services',
      severity: 'error',
      from: { path: '^libs/broker/src' },
      to: { path: '^libs/(?!(broker|contracts|concurrency)/)' },
    },
    {
      name: 'callback-knows-no-bus',
      severity: 'error',
      from: { path: '^libs/callback/src' },
      to: { path: '^libs/(?!(callback|concurrency)/)' },
    },
    {
      name: 'statistics-knows-no-bus',
      severity: 'error',
      from: { path: '^libs/statistics/src' },
      to: { path: '^libs/(?!(statistics|concurrency)/)' },
    },
    {
      name: 'runtime-is-below-start',
      severity: 'error',
      from: { path: '^libs/runtime/src' },
      to: { path: '^libs/(?!(runtime|broker|contracts|concurrency)/)' },
    },
    {
      name: 'testing-only-in-tests',
      severity: 'error',
      from: { pathNot: '/test/|^libs/testing/|^bench/' },
      to: { path: '^libs/testing/' },
    },
    {
      name: 'postgres-in-subscription-only',
      severity: 'error',
      from: { pathNot: '^services/subscription/|^libs/testing/|^bench/|/test/' },
      to: { path: '/pg/' },
    },
    {
      name: 'amqplib-in-broker-only',
      severity: 'error',
      from: { pathNot: '^libs/(broker|testing)/|^bench/|/test/' },
      to: { path: '/amqplib/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.tests.json' },
    tsPreCompilationDeps: true,
    exclude: { path: '/dist/' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@callbus/source', 'import', 'node', 'default', 'types'],
    },
  },
};
