import { limitConcurrency } from '@callbus/concurrency/limit-concurrency';
import { answerOf, type components } from '@callbus/client';
import type { Progress } from '../output/progress.js';
import type { Context } from '../program/run.js';
import { anySuccess } from '../subscriptions/definition.js';
import type { Plan } from './plan.js';

/** The bus lets other calls of an account wait beyond this. */
const atOnce = 4;

export interface CarriedOut {
  /** The signing secrets of new subscriptions, by name. Nobody else has them. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly done: number;
  readonly total: number;
  /** Of the first step that has failed. The steps after it were not begun. */
  readonly failure?: { readonly name: string; readonly error: unknown };
}

/** Carries out a plan, until it is stopped or a step fails. Changes send only the fields that differ. */
export async function carryOut(
  { client, account, stopping }: Context,
  { create, change }: Pick<Plan, 'create' | 'change'>,
  remove: Plan['others'],
  progress: Progress,
): Promise<CarriedOut> {
  const { api } = client;
  // A subscription may have the name of a member of every object.
  const secrets = new Map<string, string>();
  const pathOf = (id: number) => ({ account, biz: 0, id });
  const steps = [
    ...create.map((wanted) => ({
      name: wanted.subscription_name,
      act: async () => {
        const body = { ...anySuccess, ...wanted } as unknown as components['schemas']['SubscriptionDefinition'];
        const path = { account, biz: 0 };
        const { data } = await answerOf(
          api.POST('/api/v3/event/subscribe/{account}/{biz}', { params: { path }, body }),
        );
        if (data.secret !== undefined) secrets.set(wanted.subscription_name, data.secret);
      },
    })),
    ...change.map(({ current, changes }) => ({
      name: current.subscription_name,
      act: async () => {
        const body = Object.fromEntries(changes.map(({ field, to }) => [field, to]));
        const path = pathOf(current.subscription_id);
        await answerOf(api.PATCH('/api/v3/event/subscribe/{account}/{biz}/{id}', { params: { path }, body }));
      },
    })),
    ...remove.map(({ subscription_id: id, subscription_name: name }) => ({
      name,
      act: async () => {
        await answerOf(api.DELETE('/api/v3/event/subscribe/{account}/{biz}/{id}', { params: { path: pathOf(id) } }));
      },
    })),
  ];
  const limited = limitConcurrency(atOnce);
  const total = steps.length;
  let done = 0;
  let failure: CarriedOut['failure'];
  await Promise.all(
    steps.map(({ name, act }) =>
      limited(async () => {
        if (failure !== undefined || stopping.aborted) return;
        try {
          await act();
          progress((done += 1), total);
        } catch (error) {
          failure ??= { name, error };
        }
      }),
    ),
  );
  return { secrets: Object.fromEntries(secrets), done, total, ...(failure && { failure }) };
}
