import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export type ServiceName = 'ingest' | 'subscription' | 'delivery';
export type ProgramName = 'bare-server' | 'load' | 'receiver' | 'floor-ingest' | 'floor-worker' | 'queue';

/** A folder with the sources of the bus, built. */
export interface Checkout {
  readonly directory: string;
  /** The file that starts a service. */
  service(name: ServiceName): string;
  /** The file of a program of the benchmark. One that makes messages for a bus must be of the same build as the bus. */
  program(name: ProgramName): string;
}

/** The checkout of the running benchmark. */
export const here = createCheckout(fileURLToPath(new URL('../../../', import.meta.url)));

/** @returns undefined when the folder holds no built checkout */
export function findCheckout(directory: string): Checkout | undefined {
  const checkout = createCheckout(resolve(directory));
  const needed = [checkout.service('ingest'), checkout.service('subscription'), checkout.service('delivery')];
  return [...needed, checkout.program('queue')].every((file) => existsSync(file)) ? checkout : undefined;
}

function createCheckout(directory: string): Checkout {
  return {
    directory,
    service: (name) => resolve(directory, `services/${name}/dist/main.js`),
    program: (name) => resolve(directory, `bench/dist/programs/${name}.js`),
  };
}
