/** @type {import('jest').Config} */
export default {
  // Sources are run as they are: swc strips the types, the condition leads from one package to the other's sources.
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  extensionsToTreatAsEsm: ['.ts'],
  resolver: './jest.resolver.cjs',
  testEnvironment: './jest.environment.mjs',
  testEnvironmentOptions: { customExportConditions: ['@callbus/source', 'node', 'node-addons'] },
  testMatch: ['**/test/**/*.{unit,int,e2e}.test.ts'],
  globalSetup: './jest.global-setup.mjs',
  globalTeardown: './jest.global-teardown.mjs',
  testTimeout: 30_000,
  maxWorkers: 2,
};
