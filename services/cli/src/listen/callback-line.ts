import { readCallback, verify, type Verdict } from '@callbus/client/receiver';
import type { Output } from '../output/output.js';
import { short } from '../output/table.js';
import type { HandedOn } from './hand-on.js';
import type { ReceivedCallback } from './receiver.js';

/** What is printed of a callback. */
export interface CallbackReport {
  readonly at: string;
  readonly name: string;
  readonly event_id: string;
  readonly attempt: number;
  /** `verified`, or why it does not fit. */
  readonly signature: string;
  readonly answer?: { readonly summary: string; readonly ms: number };
  readonly headers: ReceivedCallback['headers'];
  readonly body: string;
}

export async function reportOf(
  callback: ReceivedCallback,
  secret: string,
  handed: HandedOn | undefined,
): Promise<CallbackReport> {
  const { headers, body } = callback;
  const verdict = await verify(headers, body, { secret });
  return {
    at: new Date().toISOString(),
    ...eventIn(callback),
    signature: signatureOf(verdict),
    ...(handed && { answer: { summary: handed.summary, ms: handed.ms } }),
    headers,
    body: body.toString(),
  };
}

const signatureOf = (verdict: Verdict) => (verdict.ok ? 'verified' : `${verdict.reason}: ${verdict.message}`);

function eventIn({ headers, body }: ReceivedCallback) {
  try {
    const { attempt, events } = readCallback(headers, body);
    const [event] = events;
    const data = event?.data;
    const key = typeof data === 'object' && data !== null && 'event_key' in data ? data.event_key : undefined;
    return {
      name: typeof key === 'string' ? key : `${event?.source ?? ''}.${event?.type ?? ''}`,
      event_id: event?.id ?? '',
      attempt,
    };
  } catch (error) {
    return { name: String(error), event_id: '', attempt: 0 };
  }
}

const timeAt = 'yyyy-mm-ddT'.length;

export function lineOf({ colors }: Output, report: CallbackReport): string {
  const { at, name, event_id, attempt, signature, answer, body } = report;
  const time = at.slice(timeAt, timeAt + 'hh:mm:ss.sss'.length);
  const signed = signature === 'verified' ? colors.green('signature verified') : colors.red(`signature ${signature}`);
  const summary = answer === undefined ? '' : `\n    ${answer.ms} ms: ${short(answer.summary, 100)}`;
  return `${time}  ${colors.bold(name)}  attempt ${attempt}  ${signed}  [${event_id}]\n    ${short(body, 200)}${summary}`;
}
