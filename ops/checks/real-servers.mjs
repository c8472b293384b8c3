// The servers of the tests, and a place on them.
import { isolate } from '../../libs/testing/dist/isolate.js';
import { closeRegistry, openRegistry } from '../../libs/testing/dist/places.js';
import { findServers } from '../../libs/testing/dist/servers/servers.js';

/** @returns `place`, and `leave`, which cleans up and returns the names of objects that are left */
export async function enterRealServers(options) {
  const servers = await findServers();
  await openRegistry();
  const place = await isolate(options);
  return {
    place,
    async leave() {
      await place.cleanUp();
      const left = await closeRegistry(servers.urls);
      await servers.remove();
      return left;
    },
  };
}
