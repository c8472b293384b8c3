import { isAscii, isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { isUtf8Charset, readMediaType } from '@callbus/contracts/events/media-type';
import { CONSTANTS } from 'cloudevents';
import { Fault } from '../errors.js';
import type { EventData, Limits } from './incoming-event.js';
import { readJsonAsSent } from './read-json.js';
import { toUri } from './uri.js';

const prefix = CONSTANTS.EXTENSIONS_PREFIX;

/** The attributes by name. There are none when the request is not a binary CloudEvent. */
export function attributesOf(headers: IncomingHttpHeaders): ReadonlyMap<string, string> | Fault {
  const attributes = new Map<string, string>();
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith(prefix)) continue;
    const decoded = decode(String(value));
    if (decoded === undefined) return new Fault('notEncoded', { field: header });
    const name = header.slice(prefix.length);
    attributes.set(name, name === 'dataschema' ? toUri(decoded) : decoded);
  }
  const contentType = headers[CONSTANTS.HEADER_CONTENT_TYPE];
  // In binary mode only Content-Type carries this attribute.
  attributes.delete(CONSTANTS.CE_ATTRIBUTES.CONTENT_TYPE);
  if (attributes.size > 0 && contentType !== undefined)
    attributes.set(CONSTANTS.CE_ATTRIBUTES.CONTENT_TYPE, contentType);
  return attributes;
}

const byteOrderMark = Buffer.from('\uFEFF');

/**
 * JSON stays unchanged, text becomes a JSON string, and all other bodies become base64. Text that is not UTF-8, or begins
 * with a byte order mark, becomes base64 too, so that a callback carries the bytes that were published. An empty body
 * means no data.
 */
export function dataOf(body: Buffer, contentType: string | undefined, limits: Limits): EventData | undefined | Fault {
  if (body.length === 0) return undefined;
  const { isJson, isText, charset } = readMediaType(contentType);
  const isUtf8Text = charset === 'us-ascii' ? isAscii(body) : isUtf8Charset(charset) && isUtf8(body);
  if (isJson && isUtf8Text && !body.subarray(0, byteOrderMark.length).equals(byteOrderMark)) {
    const json = readJsonAsSent(body, limits);
    return json instanceof Fault ? json : { json };
  }
  const isString = isText && isUtf8Text;
  return isString ? { json: JSON.stringify(body.toString()) } : { base64: body.toString('base64') };
}

/**
 * Decodes a header as section 3.1.3.2 of the HTTP binding says: removes the quotes, then percent-decodes once.
 *
 * @returns undefined when the bytes are not UTF-8
 */
function decode(header: string): string | undefined {
  const unquoted = /^"(.*)"$/.exec(header)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? header;
  const bytes = unquoted.replaceAll(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  // Node decodes each byte of a header to one character.
  const buffer = Buffer.from(bytes, 'latin1');
  return isUtf8(buffer) ? buffer.toString() : undefined;
}
