import type { Stage } from '../processes/stage.js';
import type { OpenedChain } from './chain.js';
import { runAtFullSpeed } from './full-speed.js';

const calibrationEvents = 8_000;

/** @returns half of the end-to-end maximum of the bus at fan-out 1, in events per second */
export async function findHalfLoad(stage: Stage, chain: OpenedChain, share: number): Promise<number> {
  const calibrate = () => runAtFullSpeed(stage, chain.bus(1, calibrationEvents * share));
  // The first run warms up.
  await calibrate();
  const { values } = await calibrate();
  return (values['events/s'] ?? 0) / 2;
}
