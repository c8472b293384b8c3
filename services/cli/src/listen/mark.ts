import { isSameProcess, thisProcess, type ProcessMark } from '@callbus/standalone/embedded/process-mark';
import Joi from 'joi';
import type { Subscription } from '../subscriptions/find.js';

/** With this the name of each subscription of a listener begins. Its description is the mark of the listener's process. */
export const namePrefix = 'callbus listen ';

type Marked = Pick<Subscription, 'subscription_name' | 'description'>;

/** Whether a subscription belongs to a listener, of any machine. */
export const isTemporary = (subscription: Marked): boolean => markOf(subscription) !== undefined;

/** Whether a killed listener of this machine has left a subscription. The processes of another machine or container cannot be seen. */
export async function isLeftover(subscription: Marked): Promise<boolean> {
  const mark = markOf(subscription);
  if (mark === undefined || mark.space === '') return false;
  const { space } = await thisProcess();
  return mark.space === space && !(await isSameProcess(mark));
}

const markSchema = Joi.object<ProcessMark>({
  pid: Joi.number().integer().min(1).required(),
  startedAt: Joi.string().allow('').required(),
  space: Joi.string().allow('').required(),
});

function markOf({ subscription_name: name, description }: Marked): ProcessMark | undefined {
  if (!name.startsWith(namePrefix)) return undefined;
  try {
    return Joi.attempt(JSON.parse(description), markSchema);
  } catch {
    return undefined;
  }
}
