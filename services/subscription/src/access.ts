import type { IncomingHttpHeaders } from 'node:http';
import { accountsNamedBy, type Authenticate, type Caller } from '@callbus/runtime/auth';
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
  const accounts = new Set([...(account === undefined ? [] : [account]), ...accountsNamedBy(headers)]);
  const isAllowed = accounts.size <= 1 && [...accounts].every((name) => caller.mayUse(name));
  return isAllowed && caller.roles.includes('manage') ? caller : fault('notAllowed');
}
