import { CallbusError } from '@callbus/client';
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
  const { status, message, retryAfterS, requestId } = error;
  if (status === 0)
    return new Failure(
      `${url} does not answer (${message}): start it, or set --url or CALLBUS_URL`,
      exitCodes.unavailable,
    );
  const remedy = remedies[status] ?? (retryAfterS === undefined ? undefined : `try again in ${retryAfterS} s`);
  const id = requestId === undefined ? '' : ` [request ${requestId}]`;
  const code = status >= 500 ? exitCodes.unavailable : exitCodes.refused;
  return new Failure(`${message} (${status})${remedy === undefined ? '' : `: ${remedy}`}${id}`, code);
}
