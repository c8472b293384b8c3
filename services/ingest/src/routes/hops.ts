import type { IncomingHttpHeaders } from 'node:http';
import { hopsHeader } from '@callbus/contracts/events/event';
import { Fault } from '../errors.js';

/** The longest chain of callbacks, each of which led to the event of the next. AWS ends a loop after 16 rounds. */
const hopsMost = 8;

/**
 * The number of callbacks that led to this request; 0 when the request is not a callback. A malformed header is a fault: if
 * it counted as 0, a loop through a proxy that garbles the header would never end.
 */
export function readHops({ [hopsHeader]: header }: IncomingHttpHeaders): number | Fault {
  if (header === undefined) return 0;
  const text = String(header);
  if (!/^\d{1,300}$/.test(text)) return new Fault('notHops', { field: 'X-Callbus-Hops' });
  const hops = Number(text);
  return hops > hopsMost ? new Fault('loop', { limit: hopsMost, hops: text }) : hops;
}
