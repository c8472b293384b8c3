import { getDomain } from 'tldts-icann';

/**
 * The result of the last look-up of a name; `unknown` also before the first. Each standing has its own slots, so that
 * neither dead names nor a flood of unknown names takes slots from names that resolve.
 */
export type Standing = 'answered' | 'unknown' | 'silent';

interface Waiting {
  readonly domain: string;
  readonly start: () => void;
}

/** Limits concurrent look-ups by the standing of their names and by registrable domain. */
export interface LookUpSlots {
  /** @returns a function that gives the slot back, or leaves the queue if the look-up still waits */
  take(name: string, standing: Standing, start: () => void): () => void;
}

/** Concurrent look-ups by standing. */
export const slotsOf = { answered: 64, unknown: 128, silent: 32 };
/** The concurrent look-ups of one standing per registrable domain: the owner of a domain can create any number of names. */
export const slotsPerDomain = 16;

export function createLookUpSlots(): LookUpSlots {
  const pools = {
    answered: createPool(slotsOf.answered),
    unknown: createPool(slotsOf.unknown),
    silent: createPool(slotsOf.silent),
  };
  return { take: (name, standing, start) => pools[standing]({ domain: domainOf(name), start }) };
}

/** Waiting look-ups begin in FIFO order, except that a look-up whose domain has no free slot lets others pass. */
function createPool(slots: number) {
  const taken = new Map<string, number>();
  const waiting = new Set<Waiting>();
  let takenInAll = 0;

  const hasFree = (domain: string) => takenInAll < slots && (taken.get(domain) ?? 0) < slotsPerDomain;

  function begin({ domain, start }: Waiting): void {
    takenInAll += 1;
    taken.set(domain, (taken.get(domain) ?? 0) + 1);
    start();
  }

  function giveBack(domain: string): void {
    takenInAll -= 1;
    const left = (taken.get(domain) ?? 0) - 1;
    if (left > 0) taken.set(domain, left);
    else taken.delete(domain);
    for (const each of waiting) {
      if (!hasFree(each.domain)) continue;
      waiting.delete(each);
      begin(each);
      return;
    }
  }

  return (arriving: Waiting): (() => void) => {
    if (hasFree(arriving.domain)) begin(arriving);
    else waiting.add(arriving);
    return () => {
      if (!waiting.delete(arriving)) giveBack(arriving.domain);
    };
  };
}

/**
 * The registrable domain by ICANN's part of the public suffix list. Names below a private suffix, such as those of dynamic DNS, share their
 * provider's slots.
 */
function domainOf(name: string): string {
  return getDomain(name) ?? name;
}
