import { mark } from '../load/event-bytes.js';
import type { Processes } from '../processes/usage.js';
import type { LoadTarget } from '../programs/load.js';

/** A running system that takes events and makes callbacks. */
export interface System {
  readonly audiences: readonly Audience[];
  /** Where the events for an audience go, and in which form. */
  target(audience: Audience): LoadTarget;
  /** The processes of the system and its servers that run now. */
  processes(): Processes;
}

/** The receivers of an event: one, ten, or ten of which one never answers. */
export type Audience = keyof typeof audiences;

const tenPaths = Array.from({ length: 10 }, (_, index) => `/at-once/${index}`);

/** The paths of the receivers, as `programs/receiver.ts` reads them. */
export const audiences = {
  'fan-out-1': ['/at-once'],
  'fan-out-10': tenPaths,
  'one-hangs': ['/hang', ...tenPaths.slice(1)],
} as const satisfies Record<string, readonly string[]>;

const dataBytes = 350;
const data = (pad: string) => ({ mark, pad });

/** What every system carries to its receivers: a JSON object of 350 bytes. */
export const eventData = data('x'.repeat(dataBytes - JSON.stringify(data('')).length));
