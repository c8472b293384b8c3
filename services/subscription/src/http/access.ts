import type { IncomingHttpHeaders } from 'node:http';
import { accountNamedBy, type Authenticate, type Caller } from '@callbus/runtime/auth/auth';
import { Fault } from './errors.js';

interface Request {
  readonly authenticate: Authenticate;
  readonly headers: IncomingHttpHeaders;
  /** The account in the path; undefined when the path names none. */
  readonly account: string | undefined;
  /** The roles of which the caller needs one. */
  readonly roles: Caller['roles'];
}

/**
 * Finds out who calls and checks that the caller has one of the roles and may use the account. The path and the bk
 * platform's header must not name different accounts.
 */
export function checkAccess({ authenticate, headers, account, roles }: Request): Caller | Fault {
  const caller = authenticate({ headers });
  if (caller === undefined) return new Fault('unknownCaller');
  const named = accountNamedBy(headers) ?? account;
  const isAllowed = named === undefined || (named === (account ?? named) && caller.mayUse(named));
  return isAllowed && roles.some((role) => caller.roles.includes(role)) ? caller : new Fault('notAllowed');
}
