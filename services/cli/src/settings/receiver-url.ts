import { Failure } from '../program/failure.js';

/**
 * Reads the address of a receiver: a URL, or a port of this machine, perhaps with a path: `9000/events`.
 *
 * @throws Failure for anything else
 */
export function receiverUrl(text: string): string {
  const url = /^\d+(\/|$)/.test(text) ? `http://127.0.0.1:${text}` : text;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new Failure(`${text} is neither a port nor an http or https URL`);
  return url;
}
