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
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testEnvironmentOptions: { customExportConditions: ['@callbus/source', 'node', 'node-addons'] },
  testEnvironment: 'node',
  testMatch: ['**/test/**/*.{unit,int,e2e}.test.ts'],
  testTimeout: 30_000,
};
