import type { Case } from './case.js';
import { here, type Checkout } from './processes/checkout.js';
import { compareTurns, type Comparison, type Side, type Turn } from './compare-turns.js';
import { describeRun, type Play, type Run } from './runs.js';
import type { Stage } from './processes/stage.js';

export interface BesideResult {
  /** The comparisons by the name of the work. */
  readonly comparisons: Readonly<Record<string, readonly Comparison[]>>;
  readonly runs: readonly { readonly side: Side; readonly run: Run }[];
}

export interface BesideOptions {
  readonly other: Checkout;
  readonly turns: number;
  /** More turns are played until this time is over, because each turn makes the medians more certain. */
  readonly seconds: number;
  /** The share of the usual length. */
  readonly share: number;
  readonly progress: (text: string) => void;
}

const warmUpShare = 0.5;
const orders: readonly (readonly Side[])[] = [
  ['this', 'other', 'again'],
  ['other', 'again', 'this'],
  ['again', 'this', 'other'],
];

/**
 * Plays a case on three buses side by side, in many short turns, so that a change of the machine affects all three
 * alike. Each side is the first of a turn as often as the others. The first turn warms up and does not count.
 */
export async function playBeside(
  stage: Stage,
  compared: Case,
  { other, turns, seconds, share, progress }: BesideOptions,
): Promise<BesideResult> {
  const endMs = performance.now() + seconds * 1_000;
  const sides = {
    this: await compared.openBeside(stage, { checkout: here, share }),
    other: await compared.openBeside(stage, { checkout: other, share }),
    again: await compared.openBeside(stage, { checkout: here, share }),
  };
  const works = new Map<string, Turn[]>(Object.keys(sides.this).map((work) => [work, []]));
  for (let turn = 0; turn <= turns || performance.now() < endMs; turn += 1) {
    for (const [work, played] of works) {
      const plays = mapSides((side) => playOf(sides[side], work));
      const result = await playTurn(plays, { turn, share: share * (turn === 0 ? warmUpShare : 1) });
      progress(`${turn === 0 ? 'warm-up' : `turn ${turn}`} ${work}: ${describeTurn(result)}`);
      played.push(result);
    }
  }
  return {
    comparisons: Object.fromEntries(Array.from(works, ([work, played]) => [work, compareTurns(played.slice(1))])),
    runs: [...works.values()]
      .flat()
      .flatMap((played) => Object.values(mapSides((side) => ({ side, run: played[side] })))),
  };
}

async function playTurn(plays: Readonly<Record<Side, Play>>, options: { turn: number; share: number }): Promise<Turn> {
  const runs = new Map<Side, Run>();
  for (const side of orders[options.turn % orders.length] ?? []) runs.set(side, await plays[side](options.share));
  return mapSides((side) => {
    const run = runs.get(side);
    if (run === undefined) throw new Error(`${side} was not played`);
    return run;
  });
}

function playOf(plays: Readonly<Record<string, Play>>, work: string): Play {
  const play = plays[work];
  if (play === undefined) throw new Error(`a side has no play for ${work}`);
  return play;
}

function mapSides<T>(toValue: (side: Side) => T): Record<Side, T> {
  return { this: toValue('this'), other: toValue('other'), again: toValue('again') };
}

function describeTurn(turn: Turn): string {
  return Object.entries(turn)
    .map(([side, run]) => `${side} ${describeRun(run)}`)
    .join('; ');
}
