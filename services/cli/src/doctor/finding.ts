/** What one check has found. */
export interface Finding {
  readonly part: 'gateway' | 'key' | 'RabbitMQ' | 'Postgres' | 'Redis' | 'settings';
  readonly isFault: boolean;
  /** Whether nothing was found out. */
  readonly isUnchecked?: true;
  readonly what: string;
  /** What to do about a fault, or to check it. */
  readonly remedy?: string;
}

type Part = Finding['part'];

export const fine = (part: Part, what: string): Finding => ({ part, isFault: false, what });
export const unchecked = (part: Part, what: string, remedy: string): Finding => ({
  part,
  isFault: false,
  isUnchecked: true,
  what,
  remedy,
});
export const fault = (part: Part, what: string, remedy: string): Finding => ({ part, isFault: true, what, remedy });

/** By how many seconds clocks may differ before events expire at the wrong time. */
const skewLimitS = 60;

/** @param ms the other clock, in milliseconds since 1970 */
export function clockFinding(part: Part, ms: number): Finding {
  const aheadS = Math.round((ms - Date.now()) / 1_000);
  if (Math.abs(aheadS) <= skewLimitS) return fine(part, `clock within ${skewLimitS} s of ours`);
  const where = aheadS > 0 ? 'ahead of' : 'behind';
  return fault(part, `its clock is ${Math.abs(aheadS)} s ${where} ours`, 'run chrony or ntpd on both machines');
}

/** @param least the oldest version that is supported, such as `3.10` */
export function versionFinding(part: Part, version: string, least: string): Finding {
  const isOld = version.localeCompare(least, 'en', { numeric: true }) < 0;
  if (!isOld) return fine(part, `version ${version}`);
  return fault(part, `version ${version} is older than ${least}`, `upgrade it to ${least} or later`);
}

/** Codes of TLS and of connections, which mean the same for every server. */
export function connectionFinding(part: Part, setting: string, error: unknown): Finding {
  const { code, message } = rootOf(error);
  if (code === 'CERT_HAS_EXPIRED')
    return fault(part, 'its certificate has expired', 'renew the certificate of the server');
  if (/SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/.test(code))
    return fault(
      part,
      'its certificate is signed by nobody that is trusted',
      'name the authority in the setting …_CA_FILE',
    );
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return fault(part, `its certificate is for another name (${message})`, `use its name in ${setting}`);
  return fault(part, `it cannot be reached (${code === '' ? message : code})`, `start it, or correct ${setting}`);
}

/** The innermost cause, which says why. */
function rootOf(error: unknown): { code: string; message: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return rootOf(error.errors[0]);
  if (error instanceof Error && error.cause !== undefined) return rootOf(error.cause);
  // The codes of DOMException are numbers.
  const { code } = Object(error) as { code?: unknown };
  return {
    code: typeof code === 'string' ? code : '',
    message: error instanceof Error ? error.message : String(error),
  };
}
