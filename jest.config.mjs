/** @type {import('jest').Config} */
export default {
  // The tests run the sources: swc strips the types, and the condition resolves packages to their sources.
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
