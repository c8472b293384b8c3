import Joi from 'joi';
import { accountMaxBytes } from '../account.js';

/**
 * `publish` sends events, `manage` changes subscriptions, `operate` watches the bus, `look` reads all of its account and
 * changes nothing, `admin` makes and revokes keys.
 */
export const allRoles = ['publish', 'manage', 'operate', 'look', 'admin'] as const;

export type Role = (typeof allRoles)[number];

/** The account of a key that may read every account. */
export const everyAccount = '*';

/** The caller that a key stands for. */
export interface KeyHolder {
  readonly account: string;
  /** The operator to record for a change when the request names none. */
  readonly user: string;
  readonly roles: readonly Role[];
}

/** Whether the roles may be given for the account: a key for every account may only look. */
export function mayHold(account: string, roles: readonly string[]): boolean {
  return account !== everyAccount || roles.every((role) => role === 'look');
}

export const holderSchema = Joi.object<KeyHolder>({
  account: Joi.string().max(accountMaxBytes, 'utf8').required(),
  user: Joi.string().allow('').default(''),
  roles: Joi.array()
    .items(Joi.valid(...allRoles))
    .unique()
    .min(1)
    .required(),
})
  .custom((holder: KeyHolder, helpers) => (mayHold(holder.account, holder.roles) ? holder : helpers.error('any.look')))
  .messages({ 'any.look': 'the account * is for keys of the role look alone' });
