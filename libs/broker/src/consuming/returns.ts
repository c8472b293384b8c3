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

/** The number of returns after which the broker makes a message undelivered, and the number of deaths after which this module does. */
const deathsMost = 20;
/**
 * Survivals are looked up from this number of returns on: few messages return so often, and the number is below the broker's limit. From
 * the same number of deaths on a message is on trial.
 */
const askedFrom = deathsMost / 2;

export interface ReturnsOptions {
  readonly survivals: Survivals;
  readonly logger: Logger;
}

export type Returns = ReturnType<typeof createReturns>;

type Judgement =
  | { readonly kind: 'handle' }
  /** The message may have crashed its workers, or it was in hand when another message crashed them. */
  | { readonly kind: 'try'; readonly key: string }
  /** The message is forwarded instead of handled. */
  | { readonly kind: 'forward'; readonly step: NextStep };

/**
 * Tells whether a message crashes its workers, or its workers only lost their connections, or the message was only in hand when another
 * message crashed them. The broker counts all of these returns alike. A return that its process survived is not the message's
 * fault: a message with survivals is published anew before the broker's limit. The other returns are deaths, which have a limit of their
 * own. From half of that limit on messages are tried one at a time.
 */
export function createReturns({ survivals, logger }: ReturnsOptions) {
  const tryAlone = createTrials(survivals);

  async function judge(queue: WorkQueue, received: ReceivedMessage): Promise<Judgement> {
    const { headers, table = headers } = received;
    const { now: counted, before } = returnsOf(headers);
    const returned = before + counted;
    const key = messageKeyOf(headers);
    // Messages of `undelivered` have no limit.
    if (returned < askedFrom || queue === 'undelivered' || key === undefined) return { kind: 'handle' };
    const outlived = await survivals.countOf(key);
    const deaths = returned - outlived;
    // Without a known survival the broker's own limit holds.
    if (outlived > 0 || before > 0) {
      logger.info({ queue, eventId: headers['id'], returned, deaths }, 'a message came back often');
      if (deaths >= deathsMost) return { kind: 'forward', step: poisonStep(queue, received, returned, deaths) };
      if (counted >= askedFrom)
        return { kind: 'forward', step: { queue, headers, table: renewedTable(table, returned) } };
    }
    return deaths < askedFrom ? { kind: 'handle' } : { kind: 'try', key };
  }

  return {
    /** Whether the message has to be judged. */
    cameBack: ({ isRedelivered, headers }: ReceivedMessage) => isRedelivered || returnsOf(headers).before > 0,

    /** Handles a message that came back. Never rejects. */
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
    /** Records that these messages returned to their queues while this process goes on. */
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
