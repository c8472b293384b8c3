import base from './jest.config.mjs';

// The drills start private servers. They run one at a time, because each needs the whole machine.
const { globalSetup, globalTeardown, ...shared } = base;

/** @type {import('jest').Config} */
export default {
  ...shared,
  testMatch: ['**/test/faults/*.faults.test.ts'],
  // Drills that take minutes run only with --long.
  testPathIgnorePatterns: [
    '/node_modules/',
    ...(process.env.CALLBUS_LONG_DRILLS ? [] : ['\\.long\\.faults\\.test\\.ts$']),
  ],
  reporters: ['default', './jest.faults-reporter.mjs'],
  testTimeout: 300_000,
  maxWorkers: 1,
  // Handles that a failed drill leaves open must not keep the run from ending.
  forceExit: true,
};
