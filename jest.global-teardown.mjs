import { closeRegistry } from './libs/testing/dist/places.js';

/** Stops the servers of the run, and fails the run when a test file left objects on a server. */
export default async function tearDown() {
  const servers = globalThis.callbusTestServers;
  try {
    const left = await closeRegistry(servers.urls);
    if (left.length > 0) throw new Error(`left behind by the tests:\n${left.map((what) => `  ${what}`).join('\n')}`);
  } finally {
    await servers.remove();
  }
}
