import type { Subscription } from '@callbus/contracts/subscription';
import { readFields, type SubscriptionRow, type ToldToWorkers } from './fields.js';
import type { PatternLimits } from './patterns.js';

/** Where a subscription belongs: the account is the boundary; the business is only stored, as in the original. */
export type Place = Pick<SubscriptionRow, 'account' | 'bizId'>;

/** SQL: a whole row. */
export const columns = readFields.map(([name, { select }]) => `${select} AS "${name}"`).join(', ');

/** A subscription as workers need it. A member that no field gives fails to compile here. */
export function toSubscription(row: SubscriptionRow, limits: PatternLimits): Subscription {
  const told: Partial<Subscription> = {};
  for (const [name, field] of readFields) Object.assign(told, field.toWorkers?.(row[name], limits));
  return told as ToldToWorkers;
}
