import type { IncomingHttpHeaders } from 'node:http';
import type { Authenticate, Caller } from '@callbus/runtime/auth';
import { fault, type Fault } from './errors.js';

/**
 * Whether the caller may manage the account that the path names, and that the bk platform's headers repeat.
 *
 * @param account undefined where the path names none
 */
export function checkAccess(
  authenticate: Authenticate,
  headers: IncomingHttpHeaders,
  account: string | undefined,
): Caller | Fault {
  const caller = authenticate({ headers });
  if (caller === undefined) return fault('unknownCaller');
  const named = [account, headers['http_bk_supplier_account'], headers['http_blueking_supplier_id']];
  const accounts = new Set(named.filter((name) => typeof name === 'string' && name !== ''));
  const isAllowed = accounts.size <= 1 && [...accounts].every((name) => caller.mayUse(String(name)));
  return isAllowed && caller.roles.includes('manage') ? caller : fault('notAllowed');
}
