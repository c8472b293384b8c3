import { deepestNesting, nestsDeeperThan } from '@callbus/runtime/parsing/json-nesting';
import { defaultJsonValues, jsonExcessOf } from '@callbus/runtime/parsing/json-values';
import { utf8Text } from '@callbus/runtime/parsing/utf8-text';
import { Fault } from '../errors.js';
import type { Limits } from './incoming-event.js';

/**
 * Reads a body as JSON text, without surrounding white space and byte order mark.
 *
 * @returns a fault when the body is not UTF-8, not JSON, nests too deeply or holds too many values
 */
export function readJson(body: Buffer, limits: Limits): string | Fault {
  const text = readJsonAsSent(body, limits);
  return typeof text === 'string' ? text.trim() : text;
}

/** Like `readJson`, but keeps the white space. */
export function readJsonAsSent(body: Buffer, { jsonValues = defaultJsonValues }: Limits): string | Fault {
  const text = utf8Text(body);
  if (text === undefined) return new Fault('notJson');
  const excess = jsonExcessOf(jsonValues, text);
  if (excess === 'tooManyValues') return new Fault('tooManyValues', { limit: jsonValues });
  return excess === undefined && isJson(text) ? text : new Fault('notJson');
}

export function isJson(text: string): boolean {
  if (nestsDeeperThan(deepestNesting, text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
