import Joi from 'joi';
import { Failure } from '../program/failure.js';
import { textOfInput } from '../program/read-input.js';

export interface Capture {
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes that were signed. */
  readonly body: Buffer;
}

const schema = Joi.object<{ headers: Record<string, string>; body: string }>({
  headers: Joi.object().pattern(Joi.string(), Joi.string()).required(),
  body: Joi.string().allow('').required(),
})
  .unknown()
  .required();

/** Enough to see whether JSON begins. */
const beginningBytes = 16;
const headEnd = /\r?\n\r?\n/;

/** Reads a request as it came over the wire, or JSON with `headers` and `body`. @throws Failure for anything else */
export function captureIn(bytes: Buffer): Capture {
  if (/^\ufeff?\s*\{/.test(bytes.toString('utf8', 0, beginningBytes))) return fromJson(textOfInput('the file', bytes));
  // Latin-1 has a character for each byte, so that positions are those of the bytes.
  const text = bytes.toString('latin1');
  const end = headEnd.exec(text);
  if (end === null) throw new Failure('the file has no empty line after the headers of a request');
  const lines = text.slice(0, end.index).split(/\r?\n/);
  const headers = lines.flatMap((line) => {
    const [, name, value] = /^([\w-]+):[ \t]*(.*)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  return { headers: Object.fromEntries(headers), body: bytes.subarray(end.index + end[0].length) };
}

function fromJson(text: string): Capture {
  try {
    const { headers, body } = Joi.attempt(JSON.parse(text), schema);
    return { headers, body: Buffer.from(body) };
  } catch {
    throw new Failure('the file is no JSON with headers and body');
  }
}
