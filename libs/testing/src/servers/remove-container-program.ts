import { once } from 'node:events';
import { getContainerRuntimeClient } from 'testcontainers';
import { removalLabel } from './docker.js';

/** Waits until its standard input ends, then removes the container whose label is its argument, with the container's volumes. */
const [name = ''] = process.argv.slice(2);
process.stdin.resume();
await once(process.stdin, 'end');
const client = await getContainerRuntimeClient();
const container = await client.container.fetchByLabel(removalLabel, name);
await container?.remove({ force: true, v: true });
