import { getDomain } from 'tldts-icann';

/**
 * The result of the last look-up of a name; `unknown` also before the first. Each standing has its own places, so that
 * neither dead names nor a flood of unknown names takes places from names that resolve.
 */
export type Standing = 'answered' | 'unknown' | 'silent';

export interface LookUpPlacesOptions {
  /** Concurrent look-ups by standing. */
  readonly places?: Readonly<Record<Standing, number>>;
  /** Of these, concurrent look-ups per registrable domain: the owner of a domain can create any number of names. */
  readonly placesPerDomain?: number;
}

interface Waiting {
  readonly domain: string;
  readonly start: () => void;
}

/** Limits concurrent look-ups by the standing of their names and by registrable domain. */
export interface LookUpPlaces {
  /** @returns a function that gives the place back, or leaves the queue if the look-up still waits */
  take(name: string, standing: Standing, start: () => void): () => void;
}

const defaultPlaces = { answered: 64, unknown: 128, silent: 32 };
const defaultPlacesPerDomain = 16;

export function createLookUpPlaces(options: LookUpPlacesOptions = {}): LookUpPlaces {
  const { places = defaultPlaces, placesPerDomain = defaultPlacesPerDomain } = options;
  const rooms = {
    answered: createRoom(places.answered, placesPerDomain),
    unknown: createRoom(places.unknown, placesPerDomain),
    silent: createRoom(places.silent, placesPerDomain),
  };
  return { take: (name, standing, start) => rooms[standing]({ domain: domainOf(name), start }) };
}

function createRoom(places: number, placesPerDomain: number) {
  const taken = new Map<string, number>();
  const waiting = new Set<Waiting>();
  let takenInAll = 0;

  const hasPlace = (domain: string) => takenInAll < places && (taken.get(domain) ?? 0) < placesPerDomain;

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
      if (!hasPlace(each.domain)) continue;
      waiting.delete(each);
      begin(each);
      return;
    }
  }

  return (asking: Waiting): (() => void) => {
    if (hasPlace(asking.domain)) begin(asking);
    else waiting.add(asking);
    return () => {
      if (!waiting.delete(asking)) giveBack(asking.domain);
    };
  };
}

/**
 * By ICANN's part of the public suffix list. Names below a private suffix, such as those of dynamic DNS, share their
 * provider's places.
 */
function domainOf(name: string): string {
  return getDomain(name) ?? name;
}
