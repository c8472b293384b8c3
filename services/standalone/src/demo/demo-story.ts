import { pino, type Logger } from 'pino';

const started = performance.now();
const warnLevel = 40;

export function say(step: string, what: string): void {
  const seconds = ((performance.now() - started) / 1_000).toFixed(1).padStart(5);
  process.stdout.write(`${seconds} s  ${step.padEnd(10)}  ${what}\n`);
}

/** Shows log lines of the services as a story, so that it tells what really happened. */
export function createStoryLogger(): Logger {
  const stream = {
    write(text: string) {
      const line = JSON.parse(text) as Record<string, unknown>;
      if (line['msg'] === 'matched')
        say('matched', `${String(line['name'])}: ${String(line['subscriptions'])} subscriptions`);
      if (line['msg'] === 'called') sayJudgement(line);
      if (Number(line['level']) >= warnLevel) say('warning', String(line['msg']));
    },
  };
  return pino({ level: 'debug', base: null }, stream);
}

function sayJudgement({ subscription, attempt, outcome, durationMs }: Record<string, unknown>): void {
  const call = `subscription ${String(subscription)}, attempt ${String(attempt)}`;
  if (outcome === 'confirmed') say('confirmed', `${call}, in ${String(durationMs)} ms`);
  else say('retried', `${call} was not confirmed, so it is tried again later`);
}
