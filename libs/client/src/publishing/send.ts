import { errorOf, noAnswer, CallbusError } from '../callbus-error.js';
import type { WrittenEvent } from './event.js';

export interface Published {
  /** The id by which the event can be traced. */
  readonly id: string;
  /**
   * Whether the bus had the event before, also from an earlier attempt of the same publish. Missing when the bus says only that some
   * events of a list are repeats.
   */
  readonly repeated?: boolean;
}

/** Posts a body to a path of the bus. */
export type Post = (path: string, headers: Readonly<Record<string, string>>, body: string) => Promise<Response>;

/**
 * Publishes an ETC notification, or one or several CloudEvents with the same hops, by one request.
 *
 * @throws CallbusError
 */
export async function send(post: Post, events: readonly WrittenEvent[]): Promise<readonly Published[]> {
  const [first] = events;
  if (first === undefined) return [];
  const { path, type, body } = requestOf(first, events);
  const headers = { 'content-type': type, ...(first.hops > 0 && { 'x-callbus-hops': String(first.hops) }) };
  const { response, text } = await answerTo(() => post(path, headers, body));
  const answer = parse(text);
  const error = errorOf(response, answer);
  if (error !== undefined) throw error;
  if (first.isEtc) return [{ id: requestIdOf(answer, response), repeated: false }];
  const repeats = Number(response.headers.get('x-callbus-repeated') ?? 0);
  const isKnown = repeats === 0 || repeats === events.length;
  return events.map(({ id }) => ({ id, ...(isKnown && { repeated: repeats > 0 }) }));
}

function requestOf(first: WrittenEvent, events: readonly WrittenEvent[]) {
  if (first.isEtc) return { path: '/api/publish', type: 'application/json', body: first.json };
  const path = '/cloudevents';
  if (events.length === 1) return { path, type: 'application/cloudevents+json', body: first.json };
  const body = `[${events.map(({ json }) => json).join(',')}]`;
  return { path, type: 'application/cloudevents-batch+json', body };
}

/** The connection may also be lost while the body of the answer comes. */
async function answerTo(call: () => Promise<Response>): Promise<{ response: Response; text: string }> {
  try {
    const response = await call();
    return { response, text: await response.text() };
  } catch (cause) {
    throw noAnswer(cause);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** @throws CallbusError when the answer comes from another server than the bus */
function requestIdOf(answer: unknown, { status }: Response): string {
  const { request_id: id } = Object(answer) as { request_id?: unknown };
  if (typeof id === 'string') return id;
  throw new CallbusError('the answer is not that of the bus', { status, code: String(status) });
}
