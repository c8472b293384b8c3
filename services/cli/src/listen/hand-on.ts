import type { GivenAnswer, ReceivedCallback } from './receiver.js';

/** Headers of one connection, which the next one has of its own. */
const ofConnection = new Set(['connection', 'content-length', 'host', 'keep-alive', 'transfer-encoding', 'expect']);

export interface HandedOn {
  readonly answer: GivenAnswer;
  /** What the local program did, for people. */
  readonly summary: string;
  readonly ms: number;
}

/** Hands a callback on to a local program, byte for byte. @param stopping ends the wait for its answer */
export async function handOn(
  target: string,
  { headers, body }: ReceivedCallback,
  stopping: AbortSignal,
): Promise<HandedOn> {
  const passed = Object.entries(headers).filter(([name]) => !ofConnection.has(name));
  const started = performance.now();
  const since = () => Math.round(performance.now() - started);
  try {
    const answer = await fetch(target, {
      method: 'POST',
      headers: passed.map(([name, value]): [string, string] => [name, String(value)]),
      body: new Uint8Array(body),
      redirect: 'manual',
      signal: stopping,
    });
    const text = Buffer.from(await answer.arrayBuffer());
    return {
      answer: { status: answer.status, body: text },
      summary: `${answer.status} ${text.toString()}`.trim(),
      ms: since(),
    };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    const summary = `no answer from ${target}: ${cause}`;
    return { answer: { status: 502, body: summary }, summary, ms: since() };
  }
}
