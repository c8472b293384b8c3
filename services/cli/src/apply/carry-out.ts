import { limitConcurrency } from '@callbus/concurrency/limit-concurrency';
import { answerOf, type components } from '@callbus/client';
import type { Progress } from '../output/progress.js';
import type { Context } from '../program/run.js';
import type { Plan } from './plan.js';

/** The bus lets other calls of an account wait beyond this. */
const atOnce = 4;

const defaults = { confirm_mode: 'httpstatus', confirm_pattern: '2xx' };

export interface CarriedOut {
  /** The signing secrets of new subscriptions, by name. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** Carries out a plan. Changes send only the fields that differ. @throws CallbusError of the first step that fails */
export async function carryOut(
  { client, account }: Context,
  { create, change }: Pick<Plan, 'create' | 'change'>,
  remove: Plan['others'],
  progress: Progress,
): Promise<CarriedOut> {
  const { api } = client;
  const secrets: Record<string, string> = {};
  const pathOf = (id: number) => ({ account, biz: 0, id });
  const steps = [
    ...create.map((wanted) => async () => {
      const body = { ...defaults, ...wanted } as unknown as components['schemas']['SubscriptionDefinition'];
      const path = { account, biz: 0 };
      const { data } = await answerOf(api.POST('/api/v3/event/subscribe/{account}/{biz}', { params: { path }, body }));
      if (data.secret !== undefined) secrets[wanted.subscription_name] = data.secret;
    }),
    ...change.map(({ current, changes }) => async () => {
      const body = Object.fromEntries(changes.map(({ field, to }) => [field, to]));
      const path = pathOf(current.subscription_id);
      await answerOf(api.PATCH('/api/v3/event/subscribe/{account}/{biz}/{id}', { params: { path }, body }));
    }),
    ...remove.map(({ subscription_id: id }) => async () => {
      await answerOf(api.DELETE('/api/v3/event/subscribe/{account}/{biz}/{id}', { params: { path: pathOf(id) } }));
    }),
  ];
  const limited = limitConcurrency(atOnce);
  let done = 0;
  let hasFailed = false;
  await Promise.all(
    steps.map((step) =>
      limited(async () => {
        if (hasFailed) return;
        await step().catch((error: unknown) => {
          hasFailed = true;
          throw error;
        });
        progress.to((done += 1), steps.length);
      }),
    ),
  );
  return { secrets };
}
