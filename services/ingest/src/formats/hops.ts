import type { IncomingHttpHeaders } from 'node:http';
import { hopsHeader } from '@callbus/contracts/hops';
import type { Fault } from '../errors.js';

/** Callbacks in a row, each of which led to the event of the next: 16 rounds are where AWS ends a loop, half of it here. */
const hopsMost = 8;

/**
 * How many callbacks led to this request; 0 for one that is no callback. What is no count is refused: to take it for none would let a
 * loop go round that passes something which garbles the header.
 */
export function readHops({ [hopsHeader]: header }: IncomingHttpHeaders): number | Fault {
  if (header === undefined) return 0;
  const text = String(header);
  if (!/^\d{1,300}$/.test(text)) return { kind: 'notHops', place: 'X-Callbus-Hops' };
  const hops = Number(text);
  return hops > hopsMost ? { kind: 'loop', limit: hopsMost, hops: text } : hops;
}
