import { isStorable } from './check-body.js';
import { Fault, fault } from './errors.js';
import type { Place } from './subscription-row.js';

export type PathParameters = Readonly<Record<string, unknown>>;

/** The database indexes it. */
const accountMaxLength = 128;

export function isAccount(account: string): boolean {
  return account.length <= accountMaxLength && isStorable(account);
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

/** Place and id of one subscription. */
export function readTarget(params: PathParameters): { place: Place; id: number } | Fault {
  const place = readPlace(params);
  if (place instanceof Fault) return place;
  const id = readInteger(params['id']);
  return id === undefined ? fault('wrongType', { field: 'subscription_id' }) : { place, id };
}

/** The same, and the id of one of its replays. */
export function readReplayTarget(params: PathParameters): { place: Place; id: number; job: number } | Fault {
  const target = readTarget(params);
  if (target instanceof Fault) return target;
  const job = readInteger(params['job']);
  return job === undefined ? fault('wrongType', { field: 'job_id' }) : { ...target, job };
}

/** Fifteen digits are safe integers. */
export function readInteger(text: unknown): number | undefined {
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
