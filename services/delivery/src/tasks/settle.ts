import type { Forwarded, ReceivedMessage, Settlement } from '@callbus/broker/broker';
import { readEventHeaders } from '@callbus/contracts/events/event';
import { fateShared, type Fate, type MessageFate } from './fate.js';
import type { Journal } from '../journal/journal.js';
import { messageStepOf, stepOf } from './next-steps.js';
import type { Task } from './task.js';

export interface SettleOptions {
  readonly journal: Pick<Journal, 'settled' | 'parkedTogether'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export type Settle = ReturnType<typeof createSettle>;

const done = { kind: 'done' } as const;

/** Turns fates into next steps for the broker, and tells the journal of each fate once its steps are durable. */
export function createSettle({ journal, now }: SettleOptions) {
  function forwarded(task: Task, fate: Parameters<typeof stepOf>[1]): Forwarded {
    return {
      kind: 'forwarded',
      steps: [stepOf(task, fate, now())],
      // Only a task whose receiver was not called may return to its queue.
      mayReturn: fate.kind === 'park',
      onDurable: () => journal.settled(task, fate),
    };
  }

  /** Settles a task that shares its message. */
  function part(task: Task, fate: Fate): Exclude<Settlement, { kind: 'returned' }> {
    const shared = fateShared(fate);
    switch (shared.kind) {
      case 'delivered':
      case 'dropped':
        journal.settled(task, shared);
        return done;
      case 'retry':
      case 'park':
      case 'alone':
      case 'undelivered':
        return forwarded(task, shared);
    }
  }

  return {
    part,
    /** Settles a task that came as a message of its own. */
    task: (task: Task, fate: Fate): Settlement => (fate.kind === 'returned' ? fate : part(task, fate)),

    /** Settles an event or a group that is not dispatched. */
    message(queue: 'events' | 'deliveries', message: ReceivedMessage, fate: MessageFate): Settlement {
      if (fate.kind === 'returned') return fate;
      const steps = [messageStepOf(queue, message, fate, now())];
      const event = readEventHeaders(message.headers);
      if (fate.kind !== 'park' || event === undefined) return { kind: 'forwarded', steps, mayReturn: false };
      return {
        kind: 'forwarded',
        steps,
        mayReturn: true,
        onDurable: () => journal.parkedTogether(event, [], fate.after),
      };
    },
  };
}
