/**
 * How often a process that held a message outlived the return of it to its queue: its connection was lost, or it gave the message
 * back. RabbitMQ counts such a return like one of a worker that the message has killed, and cannot tell the two apart.
 */
export interface Survivals {
  /** Never waits and never fails. @param keys of messages that went back to their queues */
  note(keys: readonly string[]): void;
  /** One that was noted in advance, and did not come about. Resolves when the others know, too, and never rejects. */
  takeBack(key: string): Promise<void>;
  /** As far as it is known now. Never rejects. */
  countOf(key: string): Promise<number>;
}

/** Some thirty lost connections with a full prefetch of both queues. */
const keysKept = 30_000;

/** Those of this process. */
export function createLocalSurvivals(): Survivals {
  const counts = new Map<string, number>();

  return {
    note(keys) {
      for (const key of keys) {
        const count = counts.get(key) ?? 0;
        // Noted last, it is dropped last.
        counts.delete(key);
        counts.set(key, count + 1);
      }
      for (const key of counts.keys()) {
        if (counts.size <= keysKept) return;
        counts.delete(key);
      }
    },
    takeBack(key) {
      counts.set(key, (counts.get(key) ?? 0) - 1);
      return Promise.resolve();
    },
    countOf: (key) => Promise.resolve(counts.get(key) ?? 0),
  };
}
