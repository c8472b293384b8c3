import { openReceiver } from '@callbus/testing/receivers/callback-receiver';
import type { Count } from './ledger.js';
import type { Stage } from './stage.js';

const account = '1';
const idsOfCallback = 'ce-id';

/** Opens an account beside that of the loads. It has one slow receiver, which accepts one callback at a time. */
export async function openSlowAccount(stage: Pick<Stage, 'client'>, { delayMs }: { delayMs: number }) {
  const accepted = new Set<string>();
  let currentDelayMs = delayMs;
  let onCall: ((id: string) => void) | undefined;
  const receiver = await openReceiver({
    answer: ({ headers }) => {
      onCall?.(String(headers[idsOfCallback]));
      return { delayMs: currentDelayMs };
    },
  });
  const subscription = await stage.client.subscribe(
    {
      subscription_name: 'slow',
      callback_url: receiver.url,
      subscription_form: 'drill.slow',
      payload_format: 'cloudevents-binary',
      max_in_flight: 1,
    },
    account,
  );
  const called = () => receiver.requests.map(({ headers }) => String(headers[idsOfCallback]));

  return {
    subscription,
    accepted: accepted as ReadonlySet<string>,
    /** Callbacks so far, duplicates included. */
    calls: () => receiver.requests.length,
    isDelivered: () => new Set(called()).size >= accepted.size,
    answerAfter: (nextMs: number) => void (currentDelayMs = nextMs),
    onCall: (listener: (id: string) => void) => void (onCall = listener),

    async publish(ids: readonly string[]): Promise<void> {
      for (const id of ids) {
        const { status } = await stage.client.publishList([{ id, source: 'drill', type: 'slow', accountId: account }]);
        if (status === 200) accepted.add(id);
      }
    },

    count(): Count {
      const calls = called().filter((id) => accepted.has(id));
      const delivered = new Set(calls).size;
      const due = accepted.size;
      return { accepted: due, due, delivered, duplicate: calls.length - delivered, lost: due - delivered };
    },
    close: () => receiver.close(),
  };
}

export type SlowAccount = Awaited<ReturnType<typeof openSlowAccount>>;
