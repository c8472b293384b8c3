import { openRegistry } from './libs/testing/dist/places.js';
import { findServers } from './libs/testing/dist/servers/servers.js';

/** Looks the servers up, or starts them, and names them to the test files. */
export default async function setUp() {
  globalThis.callbusTestServers = await findServers();
  await openRegistry();
}
