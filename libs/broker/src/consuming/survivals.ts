/**
 * Counts how often a process survived the return of a message, because it only lost its connection or gave the message back. RabbitMQ counts
 * such a return like the return of a message that has crashed its worker.
 */
export interface Survivals {
  /** Records a survival. Never waits and never fails. @param keys of the messages that returned to their queues */
  note(keys: readonly string[]): void;
  /** Removes a survival that was recorded in advance. Resolves when the other processes know of it too. Never rejects. */
  takeBack(key: string): Promise<void>;
  /** The number of survivals that are known now. Never rejects. */
  countOf(key: string): Promise<number>;
}

/** Enough for about thirty lost connections with a full prefetch of both queues. */
const keysKept = 30_000;

/** The survivals of this process only. */
export function createLocalSurvivals(): Survivals {
  const counts = new Map<string, number>();

  return {
    note(keys) {
      for (const key of keys) {
        const count = counts.get(key) ?? 0;
        // Deleted first, so that the key moves to the end of the map, where it is dropped last.
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
