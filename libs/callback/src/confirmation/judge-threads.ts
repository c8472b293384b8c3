import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { FromJudge, ToJudge } from './judge-program.js';
import { reasonOf } from '../reason-of.js';

/** `matches` is undefined when the test did not finish; `reason` then says why. */
export interface Judgement {
  readonly matches: boolean | undefined;
  readonly reason?: string;
  /** Thread time that the test used. */
  readonly ms: number;
}

export interface JudgeThreads {
  /** Never rejects. The bodies of one account wait in a queue; the accounts take turns. */
  judge(asked: { pattern: string; body: Uint8Array; account: string }): Promise<Judgement>;
  close(): Promise<void>;
}

export interface JudgeThreadsOptions {
  readonly threads?: number;
  /** Time limit for testing one body. */
  readonly budgetMs?: number;
  /** A thread whose test still runs after this time is terminated. */
  readonly endAfterMs?: number;
  /** How long a body may wait for a free thread. */
  readonly waitMs?: number;
}

interface Job {
  readonly asked: ToJudge;
  readonly resolve: (judgement: Judgement) => void;
  readonly waiting: NodeJS.Timeout;
}

const defaultBudgetMs = 200;
const defaultWaitMs = 5_000;
const overrunMs = 800;
/** Delay before the next start when a thread failed to start. */
const restartMs = 1_000;
/** More threads gain little: few cores are left beside the event loop, and each thread compiles its own patterns. */
const mostThreads = 2;
/** A pattern that exhausts this memory ends its thread, not the process. */
const threadMemoryMb = 64;
/** Resolves to the built file from `dist` and from `src`, where tests run. */
const program = new URL('../../dist/confirmation/judge-program.js', import.meta.url);

/**
 * Threads that test bodies against confirm patterns. A thread starts when a body waits, no thread is free and fewer
 * than `threads` are alive.
 */
export function createJudgeThreads(options: JudgeThreadsOptions = {}): JudgeThreads {
  const { threads = Math.max(1, Math.min(mostThreads, availableParallelism() - 1)) } = options;
  const { budgetMs = defaultBudgetMs, endAfterMs = budgetMs + overrunMs, waitMs = defaultWaitMs } = options;
  /** Waiting bodies by account, in the order of the accounts' turns. */
  const waiting = new Map<string, Job[]>();
  const free: ((job: Job) => void)[] = [];
  const living = new Set<Worker>();

  function nextJob(): Job | undefined {
    for (const [account, jobs] of waiting) {
      const job = jobs.shift();
      waiting.delete(account);
      if (jobs.length > 0) waiting.set(account, jobs);
      if (job !== undefined) return job;
    }
    return undefined;
  }

  function startNext(): void {
    if (waiting.size > 0 && free.length === 0 && living.size < threads) start();
    for (let run = free.pop(); run !== undefined; run = free.pop()) {
      const job = nextJob();
      if (job === undefined) {
        free.push(run);
        return;
      }
      clearTimeout(job.waiting);
      run(job);
    }
  }

  function start(): void {
    const worker = new Worker(program, { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: threadMemoryMb } });
    // The thread need not keep the process alive: the callback that waits for the judgement does.
    worker.unref();
    living.add(worker);
    let isReady = false;
    let running: (Job & { readonly overrun: NodeJS.Timeout }) | undefined;

    function end(judgement: Judgement): void {
      if (running === undefined) return;
      clearTimeout(running.overrun);
      running.resolve(judgement);
      running = undefined;
    }
    const run = (job: Job): void => {
      const overrun = setTimeout(() => void worker.terminate(), endAfterMs);
      running = { ...job, overrun };
      // A copy, because transferring a view would transfer the socket's whole buffer.
      const body = new Uint8Array(job.asked.body);
      worker.postMessage({ ...job.asked, body } satisfies ToJudge, [body.buffer]);
    };
    worker.on('message', (said: FromJudge) => {
      isReady = true;
      if (said !== 'ready') end(said.matches === undefined ? { ...said, reason: tooLong(budgetMs) } : said);
      free.push(run);
      startNext();
    });
    worker.on('error', (error) =>
      end({ matches: undefined, reason: `judging failed: ${reasonOf(error)}`, ms: budgetMs }),
    );
    worker.on('exit', () => {
      living.delete(worker);
      const index = free.indexOf(run);
      if (index >= 0) free.splice(index, 1);
      end({ matches: undefined, reason: tooLong(budgetMs), ms: endAfterMs });
      if (isReady) startNext();
      else setTimeout(startNext, restartMs);
    });
  }

  function giveUp(account: string, job: Job): void {
    const jobs = waiting.get(account)?.filter((each) => each !== job) ?? [];
    if (jobs.length > 0) waiting.set(account, jobs);
    else waiting.delete(account);
    job.resolve({ matches: undefined, reason: 'too many answers of the account wait to be judged', ms: 0 });
  }

  return {
    judge({ account, ...asked }) {
      return new Promise((resolve) => {
        const job: Job = {
          asked: { ...asked, budgetMs },
          resolve,
          waiting: setTimeout(() => giveUp(account, job), waitMs),
        };
        const jobs = waiting.get(account);
        if (jobs === undefined) waiting.set(account, [job]);
        else jobs.push(job);
        startNext();
      });
    },
    async close() {
      await Promise.all([...living].map((worker) => worker.terminate()));
    },
  };
}

function tooLong(budgetMs: number): string {
  return `the confirm pattern took more than ${budgetMs} ms on the answer`;
}
