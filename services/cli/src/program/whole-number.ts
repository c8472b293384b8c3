import { InvalidArgumentError } from 'commander';

/** Reads an argument that is a whole number. @returns a parser for commander */
export const wholeNumber =
  (most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    if (!/^\d+$/.test(text) || Number(text) > most)
      throw new InvalidArgumentError(`It is no whole number up to ${most}.`);
    return Number(text);
  };
