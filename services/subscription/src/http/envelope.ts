import type { Request, Response } from 'express';
import { acceptedEncodings } from '@callbus/runtime/http/inflate';
import { withMember } from '@callbus/runtime/parsing/raw-json';
import { Fault, type Language } from './errors.js';
import type { Warning } from '../changes/warnings.js';

/** `data` that is JSON already: what events hold is told digit for digit. */
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
      /** The deliveries that went with a deleted subscription; undefined when the number is not known. */
      readonly dropped?: number | undefined;
    }
  | Fault;

/** Every answer of this API; a failed one has `data: null`, as the original's. */
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

/** Headers with underscores are what the bk platform sends; node gives their names in lower case. */
export function languageOf(request: Pick<Request, 'headers' | 'acceptsLanguages'>): Language {
  const told = request.headers['http_blueking_language'];
  if (told === 'en' || told === 'zh-cn') return told;
  // Chinese first, which holds for who has no preference.
  return request.acceptsLanguages('zh-cn', 'zh', 'en') === 'en' ? 'en' : 'zh-cn';
}
