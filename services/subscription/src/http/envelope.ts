import type { Request, Response } from 'express';
import { acceptedEncodings } from '@callbus/runtime/http/inflate';
import { sendJson, sendJsonText } from '@callbus/runtime/http/send-json';
import { withMember } from '@callbus/runtime/parsing/raw-json';
import { Fault, type Language } from './errors.js';
import type { Warning } from '../changes/warnings.js';

/** `data` that is already JSON text, so that numbers in events keep every digit. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The result of an operation: the envelope's `data` and our members of the envelope, or a fault. */
export type EndpointResult<Data = unknown> =
  | {
      readonly data: Data | JsonText;
      readonly warnings?: readonly Warning[];
      /** The number of undelivered events that a deletion removes; undefined when it is not known. */
      readonly dropped?: number | undefined;
    }
  | Fault;

/** Sends an answer of this API. A failed call has `data: null`, as in the original. */
export function sendEnvelope(response: Response, result: EndpointResult, language: Language): void {
  if (result instanceof Fault) {
    const retryAfterS = result.retryAfterS ?? (result.status === 503 ? awayRetryAfterS : undefined);
    if (retryAfterS !== undefined) response.setHeader('Retry-After', String(retryAfterS));
    if (result.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
    if (result.status === 415) response.setHeader('Accept-Encoding', acceptedEncodings);
    const { status, code, message } = result;
    sendJson(response, status, { result: false, bk_error_code: code, bk_error_msg: message[language], data: null });
    return;
  }
  const { data, dropped } = result;
  const warnings = result.warnings?.map(({ path, message }) => ({ path, message: message[language] }));
  const envelope = JSON.stringify({ result: true, bk_error_code: 0, bk_error_msg: 'success', dropped, warnings });
  sendJsonText(response, withMember(envelope, 'data', data instanceof JsonText ? data.text : JSON.stringify(data)));
}

const awayRetryAfterS = 5;

/** The language of an answer. The bk platform sends header names with underscores; node converts them to lower case. */
export function languageOf(request: Pick<Request, 'headers' | 'acceptsLanguages'>): Language {
  const language = request.headers['http_blueking_language'];
  if (language === 'en' || language === 'zh-cn') return language;
  // Chinese comes first, because it is the default for callers without a preference.
  return request.acceptsLanguages('zh-cn', 'zh', 'en') === 'en' ? 'en' : 'zh-cn';
}
