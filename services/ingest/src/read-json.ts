import { isUtf8 } from 'node:buffer';
import { deepestNesting, nestsDeeperThan } from '@callbus/runtime/json-nesting';

/**
 * The text of a JSON document without surrounding white space and byte order mark; undefined when the body is not
 * UTF-8, not JSON, or nests too deep.
 */
export function readJson(body: Buffer): string | undefined {
  if (!isUtf8(body)) return undefined;
  const text = body.toString().replace(/^\uFEFF/, '');
  return isJson(text) ? text.trim() : undefined;
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
