import { accountMaxBytes } from '@callbus/contracts/account';
import { isStorable } from './check-body.js';
import { Fault } from './errors.js';
import type { Owner } from '../subscriptions/row.js';

export type PathParameters = Readonly<Record<string, unknown>>;

export function isAccount(account: string): boolean {
  return Buffer.byteLength(account) <= accountMaxBytes && isStorable(account);
}

export function readAccount({ account }: PathParameters): string | Fault {
  if (typeof account !== 'string' || !isAccount(account))
    return new Fault('wrongType', { field: 'bk_supplier_account' });
  return account;
}

export function readOwner(params: PathParameters): Owner | Fault {
  const account = readAccount(params);
  if (account instanceof Fault) return account;
  const bizId = readInteger(params['biz']);
  return bizId === undefined ? new Fault('wrongType', { field: 'bk_biz_id' }) : { account, bizId };
}

/** A subscription of an account. The business in the path does not matter. */
export interface Target {
  readonly account: string;
  readonly id: number;
}

export function readTarget(params: PathParameters): Target | Fault {
  const owner = readOwner(params);
  if (owner instanceof Fault) return owner;
  const id = readInteger(params['id']);
  return id === undefined ? new Fault('wrongType', { field: 'subscription_id' }) : { account: owner.account, id };
}

/** Reads a subscription and one of its replays from the path. */
export function readReplayTarget(params: PathParameters): (Target & { job: number }) | Fault {
  const target = readTarget(params);
  if (target instanceof Fault) return target;
  const job = readInteger(params['job']);
  return job === undefined ? new Fault('wrongType', { field: 'job_id' }) : { ...target, job };
}

/** Reads an integer of up to fifteen digits, which JavaScript represents exactly. */
export function readInteger(text: unknown): number | undefined {
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
