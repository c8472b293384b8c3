import { oneWordNumber, type Vocabulary } from './vocabulary.js';

/**
 * The words of a name as rows of bits. A position is between two words, or at an end of the name: position `n` has `n` words before it. A row
 * has a bit for each position.
 */
interface NameWords {
  /** The number of words. */
  readonly length: number;
  /** The number of integers per row: one more than the name needs, so that 32 positions can be read from any position on. */
  readonly width: number;
  /** The numbers of `*` and of all words of the name that occur in patterns, each once. */
  readonly numbers: readonly number[];
  /** The index in `positions` at which the row of a word begins, indexed by the number of the word; 0 for a word that is not in the name. */
  readonly rows: Int32Array;
  /** A row for each of `numbers`: bit `n` is set where the word of the number follows position `n`. The first row is empty. */
  readonly positions: Int32Array;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export interface NameReader {
  /** @returns the same object for every name, valid until `forget`: allocating for every name took longer than the walk */
  read(name: string): NameWords;
  forget(): void;
}

export function createNameReader(vocabulary: Vocabulary): NameReader {
  const numbers: number[] = [];
  let rows = new Int32Array(64);
  let positions = new Int32Array(64);
  const words: Mutable<NameWords> = { length: 0, width: 0, numbers, rows, positions };

  function addRow(number: number, width: number): number {
    const row = numbers.push(number) * width;
    rows[number] = row;
    clear(row, width);
    return row;
  }

  /** A loop, because a row has only two or three integers. */
  function clear(row: number, width: number): void {
    for (let cell = row; cell < row + width; cell += 1) positions[cell] = 0;
  }

  return {
    read(name) {
      const split = name.split('.');
      const { length } = split;
      const width = (length >>> 5) + 2;
      if (rows.length < vocabulary.size()) rows = new Int32Array(2 * vocabulary.size());
      if (positions.length < (length + 2) * width) positions = new Int32Array((length + 2) * width);
      clear(0, width);
      const everywhere = addRow(oneWordNumber, width);
      for (let part = 0; part << 5 < length; part += 1) positions[everywhere + part] = -1;
      positions[everywhere + (length >>> 5)] = (1 << (length & 31)) - 1;
      for (let position = 0; position < length; position += 1) {
        const number = vocabulary.numberOf(split[position] ?? '');
        if (number === undefined) continue;
        const cell = (rows[number] || addRow(number, width)) + (position >>> 5);
        positions[cell] = (positions[cell] ?? 0) | (1 << (position & 31));
      }
      words.length = length;
      words.width = width;
      words.rows = rows;
      words.positions = positions;
      return words;
    },
    forget() {
      for (const number of numbers) rows[number] = 0;
      numbers.length = 0;
    },
  };
}
