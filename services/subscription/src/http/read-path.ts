import { accountMaxBytes } from '@callbus/contracts/account';
import { isStorable } from './check-body.js';
import { Fault, fault } from './errors.js';
import type { Place } from '../subscriptions/row.js';

export type PathParameters = Readonly<Record<string, unknown>>;

export function isAccount(account: string): boolean {
  return Buffer.byteLength(account) <= accountMaxBytes && isStorable(account);
}

export function readAccount({ account }: PathParameters): string | Fault {
  if (typeof account !== 'string' || !isAccount(account)) return fault('wrongType', { field: 'bk_supplier_account' });
  return account;
}

export function readPlace(params: PathParameters): Place | Fault {
  const account = readAccount(params);
  if (account instanceof Fault) return account;
  const bizId = readInteger(params['biz']);
  return bizId === undefined ? fault('wrongType', { field: 'bk_biz_id' }) : { account, bizId };
}

/** A subscription of an account, whichever business the path names. */
export interface Target {
  readonly account: string;
  readonly id: number;
}

export function readTarget(params: PathParameters): Target | Fault {
  const place = readPlace(params);
  if (place instanceof Fault) return place;
  const id = readInteger(params['id']);
  return id === undefined ? fault('wrongType', { field: 'subscription_id' }) : { account: place.account, id };
}

/** Reads a subscription and one of its replays from the path. */
export function readReplayTarget(params: PathParameters): (Target & { job: number }) | Fault {
  const target = readTarget(params);
  if (target instanceof Fault) return target;
  const job = readInteger(params['job']);
  return job === undefined ? fault('wrongType', { field: 'job_id' }) : { ...target, job };
}

/** Integers of up to fifteen digits are safe. */
export function readInteger(text: unknown): number | undefined {
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
