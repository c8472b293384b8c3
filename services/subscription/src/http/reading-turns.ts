import { limitConcurrency } from '@callbus/concurrency/limit-concurrency';
import { fault, type Fault } from './errors.js';
import { reasonFor } from './reasons.js';

/**
 * Whose turn it is to read what may be much. An account has few readings at once and so much of the database's time, and all
 * accounts together have a share of its connections, so that no reading of one account takes anything from the others.
 */
export interface ReadingTurns {
  /** Waits for a turn of the account. @returns a fault when the account reads too much */
  enter(account: string): Promise<Turn | Fault>;
}

export interface Turn {
  /** Reads the database while few others do. */
  read<T>(work: () => Promise<T>): Promise<T>;
  /** The answer is sent: until then it is in memory, and the turn is not over. */
  end(): void;
}

interface ReadingLimits {
  /** Of all accounts, in the database. */
  readonly atOnce: number;
  readonly perAccount: number;
  readonly waitingPerAccount: number;
  /** Of the database's time that an account may use ahead. */
  readonly aheadMs: number;
  /** Of the database's time, for each second that goes by. */
  readonly msPerS: number;
  /** A reading that is done so soon costs nothing: it is as any other call. */
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
  turns: number;
  readonly waiting: (() => void)[];
  /** Time used ahead, as of `at`. */
  usedMs: number;
  at: number;
}

/** @param options.now a clock of milliseconds that never goes back */
export function createReadingTurns(options: {
  now: () => number;
  limits?: ReadingLimits;
  /** What an account is told to have too many of. */
  what?: 'reading.count' | 'call.count';
}): ReadingTurns {
  const { now, limits = defaultReadingLimits, what = 'reading.count' } = options;
  const accounts = new Map<string, Account>();
  const reading = limitConcurrency(limits.atOnce);

  function find(name: string): Account {
    let account = accounts.get(name);
    if (account === undefined) accounts.set(name, (account = { turns: 0, waiting: [], usedMs: 0, at: now() }));
    const passedMs = now() - account.at;
    account.usedMs = Math.max(0, account.usedMs - (passedMs / 1_000) * limits.msPerS);
    account.at = now();
    return account;
  }

  function endTurn(name: string): void {
    const account = find(name);
    const next = account.waiting.shift();
    // A turn that is handed on stays taken.
    if (next === undefined) account.turns -= 1;
    else next();
    if (account.turns === 0 && account.usedMs === 0) accounts.delete(name);
    else if (accounts.size > rememberedMax) forgetIdle();
  }

  function forgetIdle(): void {
    for (const name of accounts.keys()) {
      const { turns, usedMs } = find(name);
      if (turns === 0 && usedMs === 0) accounts.delete(name);
    }
  }

  return {
    async enter(name) {
      const account = find(name);
      const overMs = account.usedMs - limits.aheadMs;
      if (overMs >= 0) return tooMuch('reading.time', Math.ceil((overMs + 1) / limits.msPerS));
      if (account.turns < limits.perAccount) account.turns += 1;
      else if (account.waiting.length < limits.waitingPerAccount)
        await new Promise<void>((resolve) => account.waiting.push(resolve));
      else return tooMuch(what, 1);

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

/** Accounts are names that a caller may make up. */
const rememberedMax = 1_000;

function tooMuch(reason: string, retryAfterS: number): Fault {
  return fault('tooMuch', { reason: reasonFor(reason), retryAfterS });
}
