import { CallbusError } from '@callbus/client';
import { short } from '../output/table.js';
import { exitCodes } from './exit-codes.js';

/** A failure that the user can mend. It is printed as one line. */
export class Failure extends Error {
  override readonly name = 'Failure';

  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.usage) {
    super(message);
    this.exitCode = exitCode;
  }
}

const remedies: Readonly<Record<number, string>> = {
  401: 'set CALLBUS_KEY, or store a key with callbus profiles set',
  403: 'the key has no such role, or belongs to another account: see --account',
};

/** Makes one line of an error, with what to do. @returns undefined for an error that nobody expects */
export function failureOf(error: unknown, url: string): Failure | undefined {
  if (error instanceof Failure) return error;
  if (!(error instanceof CallbusError)) return undefined;
  const { status, code: reason, retryAfterS, requestId, cause } = error;
  // It comes from the client's fetch.
  if (cause instanceof Failure) return cause;
  const message = messageIn(error);
  if (reason === 'NO_EVENT') return new Failure(message);
  if (status === 0)
    return new Failure(
      `${url} does not answer (${message}): start it, or set --url or CALLBUS_URL`,
      exitCodes.unavailable,
    );
  if (requestId === undefined && status < 500)
    return new Failure(
      `${message} (${status}), and not from the bus: correct --url or CALLBUS_URL, or ask who runs the gateway at ${url}`,
      exitCodes.unavailable,
    );
  const remedy = remedies[status] ?? (retryAfterS === undefined ? undefined : `try again in ${retryAfterS} s`);
  const id = requestId === undefined ? '' : ` [request ${requestId}]`;
  const code = status >= 500 ? exitCodes.unavailable : exitCodes.refused;
  return new Failure(`${message} (${status})${remedy === undefined ? '' : `: ${remedy}`}${id}`, code);
}

const mostCharacters = 300;

/** A gateway or another program may answer a page instead of a message. */
function messageIn({ message }: CallbusError): string {
  if (/^\s*<(!doctype|html|\?xml)/i.test(message)) return 'a page instead of an answer of the bus';
  return short(message.slice(0, 10 * mostCharacters), mostCharacters);
}
