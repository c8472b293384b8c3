/** Why the bus refused a request, or why it gave no answer. */
export class CallbusError extends Error {
  override readonly name = 'CallbusError';
  /** The HTTP status; 0 without an answer. */
  readonly status: number;
  /**
   * The `code` of publish APIs, the `bk_error_code` of the subscription API, else the HTTP status. Without a request or an answer:
   * `NO_EVENT`, `CLOSED` or `NO_ANSWER`.
   */
  readonly code: string;
  /** By this id the request is found in the logs of the bus. */
  readonly requestId: string | undefined;
  /** The pause that the bus asks for, in seconds. */
  readonly retryAfterS: number | undefined;

  constructor(
    message: string,
    more: {
      readonly status: number;
      readonly code: string;
      readonly requestId?: string | undefined;
      readonly retryAfterS?: number | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: more.cause });
    this.status = more.status;
    this.code = more.code;
    this.requestId = more.requestId;
    this.retryAfterS = more.retryAfterS;
  }
}

/** Makes the error of a request without an answer. */
export function noAnswer(cause: unknown): CallbusError {
  return new CallbusError(`no answer: ${reasonsOf(cause)}`, { status: 0, code: 'NO_ANSWER', cause });
}

/** `fetch` says only that it failed; its cause says why. */
function reasonsOf(error: unknown): string {
  const { message, cause } = Object(error) as Partial<Error>;
  const own = message ?? String(error);
  return cause === undefined ? own : `${own}: ${reasonsOf(cause)}`;
}

/**
 * Reads the error of an answer, in whichever of the three forms of the bus.
 *
 * @param body the parsed JSON of the answer, or its text
 * @returns undefined for a success
 */
export function errorOf(response: Response, body: unknown): CallbusError | undefined {
  const { request_id, requestId, code, msg, message, bk_error_code, bk_error_msg } = membersOf(body);
  // With ETC_ERROR_STATUS=200 only `code` tells that a notification was refused.
  const isRefusedEtc = typeof msg === 'string' && typeof code === 'string' && code !== '000';
  if (response.ok && !isRefusedEtc) return undefined;
  const text = [msg, message, bk_error_msg, body].find((each) => typeof each === 'string' && each !== '');
  return new CallbusError(typeof text === 'string' ? text : `HTTP status ${response.status}`, {
    status: response.ok ? Number(code) : response.status,
    code: [code, bk_error_code?.toString()].find(isText) ?? String(response.status),
    requestId: [request_id, requestId].find(isText) ?? response.headers.get('x-request-id') ?? undefined,
    retryAfterS: secondsUntil(response.headers.get('retry-after')),
  });
}

const isText = (value: unknown) => typeof value === 'string';

function membersOf(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null ? { ...body } : {};
}

/** @param retryAfter seconds, or a date */
function secondsUntil(retryAfter: string | null): number | undefined {
  if (retryAfter === null) return undefined;
  const seconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - Date.now()) / 1_000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, Math.ceil(seconds));
}
