import type { Options } from 'amqplib';

/** AMQP short strings, of which the message id is one, hold 255 bytes. */
const shortStringMaxBytes = 255;

/** More names than ours have: headers of a stranger that we pass on. */
const maxReusedNames = 32;

/**
 * Makes the properties of a persistent message that has to reach a queue, for amqplib to encode before the next one is
 * made: all share one object for their headers. amqplib makes the headers a prototype, and the engine takes 12 µs to turn
 * a new object into one, against 5 µs for writing over one that is a prototype already (measured on Node 20).
 */
export function createPropertiesOf() {
  let reused: Record<string, unknown> = {};

  function reuse(headers: object): Record<string, unknown> {
    let names = 0;
    for (const name in reused) {
      reused[name] = undefined;
      names += 1;
    }
    if (names > maxReusedNames) reused = {};
    return Object.assign(reused, headers);
  }

  /** @param correlationId by which a returned message names its publish */
  return (given: object, correlationId: string): Options.Publish => {
    const headers = reuse(given);
    const { id, receivedAt } = headers;
    const contentType = 'application/cloudevents+json';
    const properties: Options.Publish = { persistent: true, mandatory: true, contentType, correlationId, headers };
    if (typeof id === 'string' && Buffer.byteLength(id) <= shortStringMaxBytes) properties.messageId = id;
    if (typeof receivedAt === 'number') properties.timestamp = Math.floor(receivedAt / 1_000);
    return properties;
  };
}
