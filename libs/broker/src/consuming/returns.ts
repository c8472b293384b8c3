import { messageKeyOf } from '@callbus/contracts/messages/message-key';
import type { Table } from '@callbus/contracts/messages/message-format';
import { poisonTable, renewedTable, returnsOf } from '@callbus/contracts/messages/set-aside';
import type { WorkQueue } from '@callbus/contracts/messages/topology';
import type { Logger } from 'pino';
import type { ReceivedMessage } from '../broker.js';
import type { NextStep } from '../next-step.js';
import type { Survivals } from './survivals.js';
import { createTrials } from './trials.js';
import type { Held, Verdict } from './work.js';

/** The number of deaths after which a message is poison. The broker has the same limit for returns. */
const mostDeaths = 20;
/**
 * From this number of returns on, the survivals of a message are looked up. Few messages return so often, and the broker's limit is not
 * reached yet. From the same number of deaths on, a message is on trial.
 */
const suspectFrom = mostDeaths / 2;

export interface ReturnsOptions {
  readonly survivals: Survivals;
  readonly logger: Logger;
}

export type Returns = ReturnType<typeof createReturns>;

type Judgement =
  | { readonly kind: 'handle' }
  /** The message may have crashed its workers, or it was in their hands when another message crashed them. */
  | { readonly kind: 'try'; readonly key: string }
  /** The message is not handled, but forwarded. */
  | { readonly kind: 'forward'; readonly step: NextStep };

/**
 * Finds messages that crash their workers. The broker counts every return of a message alike: because its worker crashed, because the worker
 * only lost its connection, or because another message crashed the worker. A return that the process survived is not the fault of the message,
 * so a message with survivals is published again before the broker's limit. All other returns are deaths, which have a limit of their own.
 * From half of that limit on, messages are tried one at a time.
 */
export function createReturns({ survivals, logger }: ReturnsOptions) {
  const tryAlone = createTrials(survivals);

  async function judge(queue: WorkQueue, received: ReceivedMessage): Promise<Judgement> {
    const { headers, table = headers } = received;
    const { now: counted, before } = returnsOf(headers);
    const returned = before + counted;
    const key = messageKeyOf(headers);
    // Messages of `undelivered` have no limit.
    if (returned < suspectFrom || queue === 'undelivered' || key === undefined) return { kind: 'handle' };
    const survived = await survivals.countOf(key);
    const deaths = returned - survived;
    // Without known survivals the broker's own limit applies.
    if (survived > 0 || before > 0) {
      logger.info({ queue, eventId: headers['id'], returned, deaths }, 'a message has returned often');
      if (deaths >= mostDeaths) return { kind: 'forward', step: poisonStep(queue, received, returned, deaths) };
      if (counted >= suspectFrom)
        return { kind: 'forward', step: { queue, headers, table: renewedTable(table, returned) } };
    }
    return deaths < suspectFrom ? { kind: 'handle' } : { kind: 'try', key };
  }

  return {
    /** Whether the message has returned before, and so has to be judged. */
    hasReturned: ({ isRedelivered, headers }: ReceivedMessage) => isRedelivered || returnsOf(headers).before > 0,

    /** Handles a message that has returned. Never rejects. */
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
    /** Records that this process survived the return of these messages. */
    survived(messages: readonly Table[]): void {
      const keys = messages.map(messageKeyOf).filter((key) => key !== undefined);
      if (keys.length > 0) survivals.note(keys);
    },
  };
}

function poisonStep(queue: WorkQueue, received: ReceivedMessage, returned: number, deaths: number): NextStep {
  const { headers, table = headers } = received;
  const answer = `returned ${returned} times, ${deaths} of them from a worker that probably crashed`;
  return { queue: 'undelivered', headers, table: poisonTable(queue, table, answer) };
}
