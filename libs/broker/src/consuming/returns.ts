import { messageKeyOf } from '@callbus/contracts/message-key';
import type { Table } from '@callbus/contracts/message-format';
import { poisonTable, renewedTable, returnsOf } from '@callbus/contracts/set-aside';
import type { WorkQueue } from '@callbus/contracts/topology';
import type { Logger } from 'pino';
import type { ReceivedMessage } from '../broker.js';
import type { NextStep } from '../next-step.js';
import type { Survivals } from './survivals.js';
import { createTrials } from './trials.js';
import type { Held, Verdict } from './work.js';

/** Returns to its queue after which the broker makes a message undelivered by itself, and deaths after which this does. */
const deathsMost = 20;
/**
 * Returns from which on it is asked what they were, late enough to be rare, early enough to be before the broker's end; and deaths from
 * which on a message is on trial.
 */
const askedFrom = deathsMost / 2;

export interface ReturnsOptions {
  readonly survivals: Survivals;
  readonly logger: Logger;
}

export type Returns = ReturnType<typeof createReturns>;

type Judgement =
  | { readonly kind: 'handle' }
  /** It may have ended its workers, or have been in hand when another did. */
  | { readonly kind: 'try'; readonly key: string }
  /** Instead of handling it. */
  | { readonly kind: 'forward'; readonly step: NextStep };

/**
 * Tells a message that ends its workers from one whose workers lost their connections, and from one that was only in hand when
 * another ended them. The broker counts the returns of all, and makes any undelivered. A return that a process has outlived is no fault
 * of the message: where there are such, the message is published anew before its count is full. What is left over is the deaths,
 * which have a limit still; from half of it on messages are tried one at a time.
 */
export function createReturns({ survivals, logger }: ReturnsOptions) {
  const tryAlone = createTrials(survivals);

  async function judge(queue: WorkQueue, received: ReceivedMessage): Promise<Judgement> {
    const { headers, table = headers } = received;
    const { now: counted, before } = returnsOf(headers);
    const returned = before + counted;
    const key = messageKeyOf(headers);
    // Nobody gives up what is undelivered.
    if (returned < askedFrom || queue === 'undelivered' || key === undefined) return { kind: 'handle' };
    const outlived = await survivals.countOf(key);
    const deaths = returned - outlived;
    // Without any that it can tell from a death the broker's own limit holds.
    if (outlived > 0 || before > 0) {
      logger.info({ queue, eventId: headers['id'], returned, deaths }, 'a message came back often');
      if (deaths >= deathsMost) return { kind: 'forward', step: poisonStep(queue, received, returned, deaths) };
      if (counted >= askedFrom)
        return { kind: 'forward', step: { queue, headers, table: renewedTable(table, returned) } };
    }
    return deaths < askedFrom ? { kind: 'handle' } : { kind: 'try', key };
  }

  return {
    /** Whether it has to be judged. */
    cameBack: ({ isRedelivered, headers }: ReceivedMessage) => isRedelivered || returnsOf(headers).before > 0,

    /** From a message that came back to its verdict. Never rejects. */
    async workOn(
      queue: WorkQueue,
      received: ReceivedMessage,
      held: Held,
      work: () => Promise<Verdict>,
    ): Promise<Verdict> {
      const judgement = await judge(queue, received);
      if (!held.isOurs()) return 'release';
      if (judgement.kind === 'forward')
        return (await held.forward(judgement.step, received.body, true)) ? 'ack' : 'release';
      return judgement.kind === 'try' ? tryAlone(judgement.key, held, work) : work();
    },
    /** These went back to their queues, and this process goes on. */
    outlived(messages: readonly Table[]): void {
      const keys = messages.map(messageKeyOf).filter((key) => key !== undefined);
      if (keys.length > 0) survivals.note(keys);
    },
  };
}

function poisonStep(queue: WorkQueue, received: ReceivedMessage, returned: number, deaths: number): NextStep {
  const { headers, table = headers } = received;
  const answer = `returned ${returned} times, ${deaths} times by a worker that was not heard of again`;
  return { queue: 'undelivered', headers, table: poisonTable(queue, table, answer) };
}
