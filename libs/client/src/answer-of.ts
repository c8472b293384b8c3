import { CallbusError, errorOf, noAnswer } from './callbus-error.js';

/**
 * Returns the body of a successful answer: `const { data } = await answerOf(client.api.GET('/api/v3/event/queues'))`.
 *
 * @throws CallbusError after an error of the bus, or without an answer
 */
export async function answerOf<Answer>(
  call: Promise<{ readonly data?: Answer; readonly error?: unknown; readonly response: Response }>,
): Promise<Answer> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    throw cause instanceof CallbusError ? cause : noAnswer(cause);
  });
  const refusal = errorOf(response, error ?? data);
  if (refusal !== undefined) throw refusal;
  return data as Answer;
}
