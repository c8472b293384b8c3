import type { Logger } from '@callbus/runtime/observability/logger';
import type { Changes } from '../changes/changes.js';
import type { Pool } from '../database/pool.js';
import { Fault } from '../http/errors.js';
import { runLoop, type Step } from '../loop.js';
import type { Probe, ProbeFailure, VerificationAnswer } from './probe.js';
import type { ProbeRate } from './probe-rate.js';
import { claimVerification, grant, noteRefusal, type Grant, type Verification } from './verification-rows.js';

interface Options {
  readonly pool: Pool;
  readonly changes: Changes;
  readonly probe: Pick<Probe, 'verify'>;
  /** Shared with ping and telnet, because a subscription may name any address as well. */
  readonly rate: ProbeRate;
  /** The DNS name of this bus, which receivers get with the request for permission. */
  readonly origin: string;
  /** Called when a receiver has allowed callbacks. */
  readonly onGranted: () => void;
  readonly logger: Logger;
}

export interface Verifications {
  /** Looks for due verifications at once, without waiting for the end of the pause. */
  wake(): void;
  /** Resolves when no verification is running. */
  stop(): Promise<void>;
}

const idleMs = 1_000;
/** The most verifications that this process runs at once. */
const atOnce = 32;
/** The most verifications of one account at once, because all its receivers may be silent. */
const atOncePerAccount = 4;
const failureMaxLength = 256;

/**
 * Asks receivers whether they allow callbacks (CloudEvents' web hooks, section 4). The processes together ask each
 * receiver once per minute. A receiver that has not allowed callbacks within an hour is asked again only when its
 * subscription is saved.
 */
export function runVerifications(options: Options): Verifications {
  const { pool, changes, probe, rate, origin, onGranted, logger } = options;
  /** The running verifications with their accounts. */
  const running = new Map<Promise<unknown>, string>();

  async function verify(verification: Verification): Promise<void> {
    const granted = grantIn(await probe.verify(verification.callbackUrl, origin), origin);
    if ('failure' in granted) {
      await noteRefusal(pool, verification, storable(granted.failure.slice(0, failureMaxLength)));
      return;
    }
    const made = await changes.make({
      call: undefined,
      change: async (client) => {
        const row = await grant(client, verification, granted);
        return row === undefined ? new Fault('updateNotFound') : { kind: 'saved', row };
      },
    });
    if (!(made instanceof Fault)) onGranted();
  }

  function accountsAtLimit(): string[] {
    const accounts = [...running.values()];
    return [...new Set(accounts)].filter(
      (account) => accounts.filter((each) => each === account).length >= atOncePerAccount,
    );
  }

  /** @returns whether a verification was due */
  async function verifyNext({ noteFailure }: Step): Promise<boolean> {
    if (running.size >= atOnce) return false;
    const verification = await claimVerification(pool, [...accountsAtLimit(), ...rate.exhaustedAccounts()]);
    if (verification === undefined) return false;
    rate.take(verification.account);
    const verifying = verify(verification)
      .catch(noteFailure)
      .finally(() => {
        running.delete(verifying);
        loop.wake();
      });
    running.set(verifying, verification.account);
    return true;
  }

  const loop = runLoop({
    step: verifyNext,
    pauseMs: idleMs,
    failure: 'receivers cannot be verified',
    logger,
  });
  return {
    wake: () => loop.wake(),
    async stop() {
      await loop.stop();
      await Promise.all(running.keys());
    },
  };
}

/** A header may contain a NUL, which Postgres cannot store. */
function storable(failure: string): string {
  return failure.replaceAll('\0', '\ufffd');
}

/** Ignores the status: a receiver that does not know the handshake may answer 200, and one that knows it need not. */
function grantIn(answer: VerificationAnswer | ProbeFailure, origin: string): Grant | ProbeFailure {
  if ('failure' in answer) return answer;
  const { status, grant: given } = answer;
  if (given === undefined) return { failure: `answered ${status} without WebHook-Allowed-Origin` };
  const isForUs = given.origin === '*' || given.origin.toLowerCase() === origin.toLowerCase();
  if (!isForUs) return { failure: `WebHook-Allowed-Origin is ${given.origin}, neither ${origin} nor *` };
  const { rate = '*' } = given;
  if (rate === '*') return { origin, perMinute: null };
  if (!/^0*[1-9]\d{0,14}$/.test(rate))
    return { failure: `WebHook-Allowed-Rate is ${rate}, neither a number above 0 nor *` };
  return { origin, perMinute: Number(rate) };
}
