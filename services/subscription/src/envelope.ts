import type { Response } from 'express';
import { Fault, type Language } from './errors.js';
import type { Warning } from './warnings.js';

/** What an operation comes to: the envelope's `data`, or a fault. */
export type Outcome = { readonly data: unknown; readonly warnings?: readonly Warning[] } | Fault;

/** Every answer of this API; a failed one has `data: null`, as the original's. */
export function sendEnvelope(response: Response, outcome: Outcome, language: Language): void {
  if (outcome instanceof Fault) {
    const retryAfterS = outcome.retryAfterS ?? (outcome.status === 503 ? awayRetryAfterS : undefined);
    if (retryAfterS !== undefined) response.setHeader('Retry-After', String(retryAfterS));
    response
      .status(outcome.status)
      .json({ result: false, bk_error_code: outcome.code, bk_error_msg: outcome.message[language], data: null });
    return;
  }
  const warnings = outcome.warnings?.map(({ path, message }) => ({ path, message: message[language] }));
  response.json({ result: true, bk_error_code: 0, bk_error_msg: 'success', data: outcome.data, warnings });
}

const awayRetryAfterS = 5;

/** Headers with underscores are what the bk platform sends; node gives their names in lower case. */
export function languageOf(headers: Readonly<Record<string, unknown>>): Language {
  return headers['http_blueking_language'] === 'en' ? 'en' : 'zh-cn';
}
