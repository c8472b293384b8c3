import type { Request, Response } from 'express';
import { acceptedEncodings } from '@callbus/runtime/http/inflate';
import { withMember } from '@callbus/runtime/parsing/raw-json';
import { Fault, type Language } from './errors.js';
import type { Warning } from '../changes/warnings.js';

/** `data` that is JSON text already, so that numbers in events keep every digit. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The result of an operation: the envelope's `data` and the members beside it, or a fault. */
export type Outcome =
  | {
      readonly data: unknown;
      readonly warnings?: readonly Warning[];
      /** The number of undelivered events that a deletion removes; undefined when it is not known. */
      readonly dropped?: number | undefined;
    }
  | Fault;

/** Sends every answer of this API. A failed call has `data: null`, as in the original. */
export function sendEnvelope(response: Response, outcome: Outcome, language: Language): void {
  if (outcome instanceof Fault) {
    const retryAfterS = outcome.retryAfterS ?? (outcome.status === 503 ? awayRetryAfterS : undefined);
    if (retryAfterS !== undefined) response.setHeader('Retry-After', String(retryAfterS));
    if (outcome.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
    if (outcome.status === 415) response.setHeader('Accept-Encoding', acceptedEncodings);
    response
      .status(outcome.status)
      .json({ result: false, bk_error_code: outcome.code, bk_error_msg: outcome.message[language], data: null });
    return;
  }
  const { data, dropped } = outcome;
  const warnings = outcome.warnings?.map(({ path, message }) => ({ path, message: message[language] }));
  const envelope = JSON.stringify({ result: true, bk_error_code: 0, bk_error_msg: 'success', dropped, warnings });
  response.type('json').send(withMember(envelope, 'data', data instanceof JsonText ? data.text : JSON.stringify(data)));
}

const awayRetryAfterS = 5;

/** The bk platform sends header names with underscores; node converts them to lower case. */
export function languageOf(request: Pick<Request, 'headers' | 'acceptsLanguages'>): Language {
  const told = request.headers['http_blueking_language'];
  if (told === 'en' || told === 'zh-cn') return told;
  // Chinese comes first: it is the default for callers without a preference.
  return request.acceptsLanguages('zh-cn', 'zh', 'en') === 'en' ? 'en' : 'zh-cn';
}
