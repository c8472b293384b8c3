import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, jest } from '@jest/globals';
import { startBus, type Bus } from './callbus.js';

/** Opens a bus and an empty folder for the tests of a file. */
export function openBusAndFolder() {
  jest.setTimeout(180_000);
  let bus: Bus;
  let directory: string;
  beforeAll(async () => {
    bus = await startBus();
    directory = await mkdtemp(join(tmpdir(), 'callbus-cli-test-'));
  });
  afterAll(async () => {
    await bus.close();
    await rm(directory, { recursive: true });
  });
  return {
    get url() {
      return bus.url;
    },
    get directory() {
      return directory;
    },
  };
}
