import base from './jest.config.mjs';

// The drills start servers of their own, and one at a time, because each takes the machine for itself.
const { globalSetup, globalTeardown, ...shared } = base;

/** @type {import('jest').Config} */
export default {
  ...shared,
  testMatch: ['**/test/faults/*.faults.test.ts'],
  // Drills that take minutes each run only when they are asked for, with --long.
  testPathIgnorePatterns: [
    '/node_modules/',
    ...(process.env.CALLBUS_LONG_DRILLS ? [] : ['\\.long\\.faults\\.test\\.ts$']),
  ],
  reporters: ['default', './jest.faults-reporter.mjs'],
  testTimeout: 300_000,
  maxWorkers: 1,
  // What a failed drill leaves open must not keep the run from ending.
  forceExit: true,
};
