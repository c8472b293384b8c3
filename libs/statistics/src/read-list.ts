/** What is kept as a JSON list. @returns an empty one when the text is none */
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
