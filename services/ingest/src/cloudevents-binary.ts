import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { CONSTANTS } from 'cloudevents';
import type { Fault } from './errors.js';
import type { EventData, Limits } from './incoming-event.js';
import { readMediaType } from './media-type.js';
import { readJson } from './read-json.js';

const prefix = CONSTANTS.EXTENSIONS_PREFIX;

/** The attributes by name; none at all when the request is no binary CloudEvent. */
export function attributesOf(headers: IncomingHttpHeaders): ReadonlyMap<string, string> | { fault: Fault } {
  const attributes = new Map<string, string>();
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith(prefix)) continue;
    const decoded = decode(String(value));
    if (decoded === undefined) return { fault: { kind: 'notEncoded', place: header } };
    attributes.set(header.slice(prefix.length), decoded);
  }
  const contentType = headers[CONSTANTS.HEADER_CONTENT_TYPE];
  // Content-Type is the only place of this attribute.
  attributes.delete(CONSTANTS.CE_ATTRIBUTES.CONTENT_TYPE);
  if (attributes.size > 0 && contentType !== undefined)
    attributes.set(CONSTANTS.CE_ATTRIBUTES.CONTENT_TYPE, contentType);
  return attributes;
}

/** JSON stays as it is, text becomes a JSON string, everything else base64; an empty body is no data. */
export function dataOf(
  body: Buffer,
  contentType: string | undefined,
  limits: Limits,
): { data: EventData | undefined } | { fault: Fault } {
  if (body.length === 0) return { data: undefined };
  const mediaType = readMediaType(contentType);
  if (mediaType.isJson) {
    const json = readJson(body, limits);
    return typeof json === 'string' ? { data: { json } } : { fault: json };
  }
  const isText = mediaType.name.startsWith('text/') && mediaType.isUtf8 && isUtf8(body);
  return { data: isText ? { json: JSON.stringify(body.toString()) } : { base64: body.toString('base64') } };
}

/**
 * HTTP binding 3.1.3.2: quotes are taken off, then percents are decoded once.
 *
 * @returns undefined when the bytes are not UTF-8
 */
function decode(header: string): string | undefined {
  const unquoted = /^"(.*)"$/.exec(header)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? header;
  const bytes = unquoted.replaceAll(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  // Node gives each byte of a header as one character.
  const buffer = Buffer.from(bytes, 'latin1');
  return isUtf8(buffer) ? buffer.toString() : undefined;
}
