/** The head of an answer: its status, the header fields that we use, the length of the body, and whether the connection is kept. */
export interface AnswerHead {
  readonly status: number;
  /** Header fields that we use, by lower-case name. */
  readonly fields: AnswerFields;
  readonly body: BodyLength;
  /** Whether the receiver keeps the connection open after the body. */
  readonly isKept: boolean;
}

export type AnswerFields = Readonly<Record<string, string | undefined>>;

/** How the end of the body is found (RFC 9112 6.3): the number of bytes, the last chunk, or the end of the connection. */
export type BodyLength = number | 'chunked' | 'until-close' | 'invalid';

const usedFields = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'keep-alive',
  'retry-after',
  'x-callbus-hops',
  'transfer-encoding',
  'webhook-allowed-origin',
  'webhook-allowed-rate',
]);
/** First letters of the used fields, in lower case: one comparison skips most lines of a head. */
const firstLetters = new Set([...usedFields].map((name) => name.charCodeAt(0)));
const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [^\n]*)?\r?$/;

/** @returns the index after the head's empty line; -1 when the head is incomplete */
export function endOfHead(bytes: Buffer): number {
  const end = bytes.indexOf('\r\n\r\n');
  if (end >= 0) return end + 4;
  const bare = bytes.indexOf('\n\n');
  return bare < 0 ? -1 : bare + 2;
}

/** @returns undefined when the line is not the status line of an HTTP/1 answer */
export function readStatus(line: string): number | undefined {
  const code = statusLine.exec(line)?.[2];
  return code === undefined ? undefined : Number(code);
}

/** @returns undefined when the answer is not HTTP/1 */
export function readHead(text: string): AnswerHead | undefined {
  let lineEnd = text.indexOf('\n');
  const [, minor, code] = statusLine.exec(text.slice(0, lineEnd)) ?? [];
  if (code === undefined) return undefined;
  const status = Number(code);
  const fields: Record<string, string> = {};
  for (let start = lineEnd + 1; start < text.length; start = lineEnd + 1) {
    lineEnd = text.indexOf('\n', start);
    // `| 0x20` makes a letter lower case, and turns no other character into a letter.
    if (firstLetters.has(text.charCodeAt(start) | 0x20)) addField(fields, text.slice(start, lineEnd));
  }
  const body = bodyLengthOf(status, fields);
  return {
    status,
    fields,
    body,
    isKept: isKept(minor === '1', fields['connection']) && isSafeToKeep(status, fields, body),
  };
}

/** Joins the values of a repeated field with commas. */
function addField(fields: Record<string, string>, line: string): void {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon).trim().toLowerCase();
  if (!usedFields.has(name)) return;
  const value = line.slice(colon + 1).trim();
  fields[name] = fields[name] === undefined ? value : `${fields[name]}, ${value}`;
}

function hasNoBody(status: number): boolean {
  return status === 204 || status === 304;
}

function bodyLengthOf(status: number, fields: AnswerFields): BodyLength {
  const { 'content-length': length, 'transfer-encoding': coding } = fields;
  if (hasNoBody(status)) return 0;
  if (coding !== undefined) return /(?:^|,)\s*chunked\s*$/i.test(coding) ? 'chunked' : 'until-close';
  if (length === undefined) return 'until-close';
  return readLength(length) ?? readRepeatedLength(length);
}

function readLength(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** A repeated field is valid when all of its values are equal. */
function readRepeatedLength(text: string): BodyLength {
  const [bytes = '', ...others] = new Set(text.split(',').map((each) => each.trim()));
  return others.length > 0 ? 'invalid' : (readLength(bytes) ?? 'invalid');
}

function isKept(isHttp11: boolean, connection: string | undefined): boolean {
  if (connection === undefined) return isHttp11;
  const options = connection.toLowerCase();
  return isHttp11 ? !options.includes('close') : options.includes('keep-alive') && !options.includes('close');
}

/** Whether it is certain where the next answer on the connection begins. */
function isSafeToKeep(status: number, fields: AnswerFields, body: BodyLength): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = fields;
  // A body that is sent nevertheless would be taken for the next answer.
  if (hasNoBody(status)) return coding === undefined && (length === undefined || length === '0' || status === 304);
  return body !== 'until-close' && (coding === undefined || length === undefined);
}
