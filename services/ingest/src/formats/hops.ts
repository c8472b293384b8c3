import type { IncomingHttpHeaders } from 'node:http';
import { hopsHeader } from '@callbus/contracts/events/event';
import type { Fault } from '../errors.js';

/** The longest chain of callbacks, each of which led to the event of the next. AWS ends a loop after 16 rounds; this is half of that. */
const hopsMost = 8;

/**
 * The number of callbacks that led to this request; 0 when it is not a callback. A malformed header is refused: if it counted as 0, a loop through
 * something that garbles the header would never end.
 */
export function readHops({ [hopsHeader]: header }: IncomingHttpHeaders): number | Fault {
  if (header === undefined) return 0;
  const text = String(header);
  if (!/^\d{1,300}$/.test(text)) return { kind: 'notHops', place: 'X-Callbus-Hops' };
  const hops = Number(text);
  return hops > hopsMost ? { kind: 'loop', limit: hopsMost, hops: text } : hops;
}
