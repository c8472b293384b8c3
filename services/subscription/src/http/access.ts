import type { IncomingHttpHeaders } from 'node:http';
import { accountNamedBy, type Authenticate, type Caller } from '@callbus/runtime/auth/auth';
import { fault, type Fault } from './errors.js';

interface Request {
  readonly authenticate: Authenticate;
  readonly headers: IncomingHttpHeaders;
  /** The path's; undefined where it names none. */
  readonly account: string | undefined;
  /** One of these is needed. */
  readonly roles: Caller['roles'];
}

/** Whether the caller may do this with the account that the path names, and that the bk platform's header repeats. */
export function checkAccess({ authenticate, headers, account, roles }: Request): Caller | Fault {
  const caller = authenticate({ headers });
  if (caller === undefined) return fault('unknownCaller');
  const named = accountNamedBy(headers) ?? account;
  const isAllowed = named === undefined || (named === (account ?? named) && caller.mayUse(named));
  return isAllowed && roles.some((role) => caller.roles.includes(role)) ? caller : fault('notAllowed');
}
