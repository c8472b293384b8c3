/** Most names have one subscription, and a set for each of them would take 200 bytes. */
export type OneOrMany<T extends object> = T | Set<T>;

export function withOne<T extends object>(some: OneOrMany<T> | undefined, one: T): OneOrMany<T> {
  if (some === undefined || some === one) return one;
  return some instanceof Set ? some.add(one) : new Set([some, one]);
}

/** @returns undefined when none is left */
export function withoutOne<T extends object>(some: OneOrMany<T> | undefined, one: T): OneOrMany<T> | undefined {
  if (some === one) return undefined;
  if (!(some instanceof Set)) return some;
  some.delete(one);
  return some.size === 0 ? undefined : some;
}

export function addAll<T extends object>(to: Set<T>, some: OneOrMany<T> | undefined): void {
  if (some instanceof Set) for (const one of some) to.add(one);
  else if (some !== undefined) to.add(some);
}
