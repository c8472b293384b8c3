/** Reads a JSON list. @returns an empty list when the text is not one */
export function listIn(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

export function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

export function isOneOf<T extends string>(value: unknown, names: readonly T[]): value is T {
  return names.some((name) => name === value);
}
