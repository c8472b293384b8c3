import { closeRegistry } from './libs/testing/dist/places.js';

/** Fails the run when a test file left something on the servers, and stops those that were started for the run. */
export default async function tearDown() {
  const servers = globalThis.callbusTestServers;
  try {
    const left = await closeRegistry(servers.urls);
    if (left.length > 0) throw new Error(`left behind by the tests:\n${left.map((what) => `  ${what}`).join('\n')}`);
  } finally {
    await servers.remove();
  }
}
