import { openRegistry } from './libs/testing/dist/places.js';
import { findServers } from './libs/testing/dist/servers/servers.js';

/** Finds or starts the servers, and passes their URLs to the test files. */
export default async function setUp() {
  globalThis.callbusTestServers = await findServers();
  await openRegistry();
}
