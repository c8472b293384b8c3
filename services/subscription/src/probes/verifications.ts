import type { Logger } from '@callbus/runtime/observability/logger';
import type { Changes } from '../changes/changes.js';
import type { Pool } from '../database/pool.js';
import { Fault, fault } from '../http/errors.js';
import { runLoop, type Step } from '../loop.js';
import type { AnswerToAsking, Probe, ProbeFailure } from './probe.js';
import type { ProbeRate } from './probe-rate.js';
import { claimVerification, grant, noteNotGranted, type Grant, type Verification } from './verification-rows.js';

export interface VerificationOptions {
  readonly pool: Pool;
  readonly changes: Changes;
  readonly probe: Pick<Probe, 'ask'>;
  /** Shared with ping and telnet, because a subscription may name any address, too. */
  readonly rate: ProbeRate;
  /** The DNS name that this bus tells receivers when it asks for permission. */
  readonly origin: string;
  /** The interval at which a receiver is asked. The default is a minute. */
  readonly intervalMs?: number | undefined;
  /** Called when a receiver has allowed callbacks. */
  readonly onGranted: () => void;
  readonly logger: Logger;
}

export interface Verifications {
  /** Looks for receivers to ask at once. Otherwise it looks every second. */
  wake(): void;
  /** Resolves when no receiver is being asked. */
  stop(): Promise<void>;
}

export const defaultWebhookOrigin = 'callbus';
const idleMs = 1_000;
const defaultIntervalMs = 60_000;
/** The most receivers that this process asks at once. */
const atOnce = 32;
/** The most receivers of one account that are asked at once, because all of them may be silent. */
const atOncePerAccount = 4;
const failureMaxLength = 256;

/**
 * Asks receivers whether they allow callbacks (CloudEvents' web hooks, section 4). Any process may ask; each receiver
 * is asked once per minute. A receiver that has not allowed callbacks within an hour is asked again only when its
 * subscription is saved.
 */
export function runVerifications(options: VerificationOptions): Verifications {
  const { pool, changes, probe, rate, origin, intervalMs = defaultIntervalMs, onGranted, logger } = options;
  const underWay = new Map<Promise<unknown>, string>();

  async function ask(verification: Verification): Promise<void> {
    const granted = grantIn(await probe.ask(verification.callbackUrl, origin), origin);
    if ('failure' in granted) {
      await noteNotGranted(pool, verification, storable(granted.failure.slice(0, failureMaxLength)));
      return;
    }
    const made = await changes.make({
      call: undefined,
      change: async (client) => {
        const row = await grant(client, verification, granted);
        return row === undefined ? fault('updateNotFound') : { kind: 'saved', row };
      },
    });
    if (!(made instanceof Fault)) onGranted();
  }

  function accountsAtBound(): string[] {
    const accounts = [...underWay.values()];
    return [...new Set(accounts)].filter(
      (account) => accounts.filter((each) => each === account).length >= atOncePerAccount,
    );
  }

  /** @returns whether a receiver is asked */
  async function askNext({ noteFailure }: Step): Promise<boolean> {
    if (underWay.size >= atOnce) return false;
    const verification = await claimVerification(pool, {
      intervalMs,
      exceptAccounts: [...accountsAtBound(), ...rate.accountsWithout()],
    });
    if (verification === undefined) return false;
    rate.take(verification.account);
    const asking = ask(verification)
      .catch(noteFailure)
      .finally(() => {
        underWay.delete(asking);
        loop.wake();
      });
    underWay.set(asking, verification.account);
    return true;
  }

  const loop = runLoop({
    step: askNext,
    pauseMs: idleMs,
    failure: 'receivers are not asked whether they allow callbacks',
    logger,
  });
  return {
    wake: () => loop.wake(),
    async stop() {
      await loop.stop();
      await Promise.all(underWay.keys());
    },
  };
}

/** A header may hold a NUL, and a text in Postgres may not. */
function storable(failure: string): string {
  return failure.replaceAll('\0', '\ufffd');
}

/** The status does not matter: a receiver without the handshake may answer 200, and a receiver with it need not. */
function grantIn(answer: AnswerToAsking | ProbeFailure, origin: string): Grant | ProbeFailure {
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
