import { pino, type Logger } from 'pino';

const started = performance.now();
const warnLevel = 40;

export function say(step: string, what: string): void {
  const seconds = ((performance.now() - started) / 1_000).toFixed(1).padStart(5);
  process.stdout.write(`${seconds} s  ${step.padEnd(10)}  ${what}\n`);
}

/** A logger that shows what happens in the services as a story. */
export function createStoryLogger(): Logger {
  const stream = {
    write(text: string) {
      const line = JSON.parse(text) as Record<string, unknown>;
      if (line['msg'] === 'matched')
        say('matched', `${String(line['name'])}: ${String(line['subscriptions'])} subscriptions`);
      if (line['msg'] === 'called') sayOutcome(line);
      if (Number(line['level']) >= warnLevel) say('warning', String(line['msg']));
    },
  };
  return pino({ level: 'debug', base: null }, stream);
}

function sayOutcome({ subscription, attempt, outcome, durationMs }: Record<string, unknown>): void {
  const call = `subscription ${String(subscription)}, attempt ${String(attempt)}`;
  if (outcome === 'confirmed') say('confirmed', `${call}, in ${String(durationMs)} ms`);
  else say('retried', `${call} was not confirmed and is retried`);
}
