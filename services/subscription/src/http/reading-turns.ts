import { limitConcurrency } from '@callbus/concurrency/limit-concurrency';
import { createSlots, type Slots } from '@callbus/concurrency/slots';
import { Fault } from './errors.js';
import { reasonFor } from './reasons.js';

/**
 * Limits readings that may be large. Each account has a limit on readings at once and a budget of database time, and all
 * accounts together have a limit on connections, so that no account slows down another.
 */
export interface ReadingTurns {
  /** Waits for a turn of the account. @returns a fault when the account reads too much */
  enter(account: string): Promise<Turn | Fault>;
}

export interface Turn {
  /** Runs `work` on the database, within the limit of all accounts. */
  read<T>(work: () => Promise<T>): Promise<T>;
  /** Call it when the answer is sent. Until then the answer takes up memory, and the turn lasts. */
  end(): void;
}

interface ReadingLimits {
  /** Readings of all accounts together on the database at once. */
  readonly atOnce: number;
  readonly perAccount: number;
  readonly waitingPerAccount: number;
  /** The database time that an account may use in advance. */
  readonly aheadMs: number;
  /** The database time that an account gains per second. */
  readonly msPerS: number;
  /** The time of each reading that is not charged, so that a short reading is free, like any other call. */
  readonly freeMs: number;
}

const defaultReadingLimits: ReadingLimits = {
  atOnce: 4,
  perAccount: 2,
  waitingPerAccount: 10,
  aheadMs: 5_000,
  msPerS: 250,
  freeMs: 50,
};

interface Account {
  readonly slots: Slots;
  /** The database time that the account has used in advance, at the time `at`. */
  usedMs: number;
  at: number;
}

/** @param options.now monotonic milliseconds */
export function createReadingTurns(options: {
  now: () => number;
  limits?: ReadingLimits;
  /** The reason in the fault when too many readings, or calls, of an account run and wait. */
  limited?: 'reading.count' | 'call.count';
}): ReadingTurns {
  const { now, limits = defaultReadingLimits, limited = 'reading.count' } = options;
  const accounts = new Map<string, Account>();
  const reading = limitConcurrency(limits.atOnce);

  function find(name: string): Account {
    let account = accounts.get(name);
    if (account === undefined) {
      account = { slots: createSlots(limits.perAccount), usedMs: 0, at: now() };
      accounts.set(name, account);
    }
    const passedMs = now() - account.at;
    account.usedMs = Math.max(0, account.usedMs - (passedMs / 1_000) * limits.msPerS);
    account.at = now();
    return account;
  }

  function endTurn(name: string): void {
    const account = find(name);
    account.slots.free();
    if (isIdle(account)) accounts.delete(name);
    else if (accounts.size > rememberedMax) forgetIdle();
  }

  function forgetIdle(): void {
    for (const name of accounts.keys()) {
      if (isIdle(find(name))) accounts.delete(name);
    }
  }

  return {
    async enter(name) {
      const account = find(name);
      const overMs = account.usedMs - limits.aheadMs;
      if (overMs >= 0) return tooMuch('reading.time', Math.ceil((overMs + 1) / limits.msPerS));
      const { slots } = account;
      if (slots.taken() === limits.perAccount && slots.waiting() === limits.waitingPerAccount)
        return tooMuch(limited, 1);
      await slots.take();

      let hasEnded = false;
      return {
        read: (work) =>
          reading(async () => {
            const startedAt = now();
            try {
              return await work();
            } finally {
              find(name).usedMs += Math.max(0, now() - startedAt - limits.freeMs);
            }
          }),
        end() {
          if (!hasEnded) endTurn(name);
          hasEnded = true;
        },
      };
    },
  };
}

/** Above this number idle accounts are forgotten, because callers may name any account. */
const rememberedMax = 1_000;

function isIdle({ slots, usedMs }: Account): boolean {
  return slots.taken() === 0 && usedMs === 0;
}

function tooMuch(reason: string, retryAfterS: number): Fault {
  return new Fault('tooMuch', { reason: reasonFor(reason), retryAfterS });
}
