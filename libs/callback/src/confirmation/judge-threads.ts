import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { FromJudge, ToJudge } from './judge-program.js';
import { reasonOf } from '../reason-of.js';

/** `matches` is undefined when the body could not be judged; `reason` says why. */
export interface Judgement {
  readonly matches: boolean | undefined;
  readonly reason?: string;
  /** The time that a thread took. */
  readonly ms: number;
}

export interface JudgeThreads {
  /** Never rejects. The bodies of an account wait for one another, and accounts take turns. */
  judge(asked: { pattern: string; body: Uint8Array; account: string }): Promise<Judgement>;
  close(): Promise<void>;
}

export interface JudgeThreadsOptions {
  readonly threads?: number;
  /** The time limit for one body. */
  readonly budgetMs?: number;
  /** The time after which a thread that has not stopped by itself is terminated. */
  readonly endAfterMs?: number;
  /** How long a body waits for its turn. */
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
/** The pause after a thread that could not start. */
const restartMs = 1_000;
/** Beside the event loop there is not much to share, and a thread has its own compiled patterns. */
const mostThreads = 2;
/** A pattern that fills the memory ends its thread, not the process. */
const threadMemoryMb = 64;
/** Beside this file once it is built; tests run from `src`. */
const program = new URL('../../dist/confirmation/judge-program.js', import.meta.url);

/** Threads that test bodies against confirm patterns; started when the first is asked, and one more for each that dies. */
export function createJudgeThreads(options: JudgeThreadsOptions = {}): JudgeThreads {
  const { threads = Math.max(1, Math.min(mostThreads, availableParallelism() - 1)) } = options;
  const { budgetMs = defaultBudgetMs, endAfterMs = budgetMs + overrunMs, waitMs = defaultWaitMs } = options;
  /** By account; the account whose turn is next comes first. */
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
    // The callback that waits for the judgement keeps the process alive.
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
      // A copy, because a view would transfer the whole buffer of the socket.
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
