import { availableParallelism } from 'node:os';
import { startJudgeThread, type Judgement, type JudgeThread } from './judge-thread.js';

export interface JudgeThreads {
  /** Never rejects. The bodies of one account wait in a queue; the accounts take turns. */
  judge(test: { pattern: string; body: Uint8Array; account: string }): Promise<Judgement>;
  close(): Promise<void>;
}

interface Job {
  readonly pattern: string;
  readonly body: Uint8Array;
  readonly resolve: (judgement: Judgement) => void;
  readonly waiting: NodeJS.Timeout;
}

/** More threads gain little: few cores are left beside the event loop, and each thread compiles its own patterns. */
const mostThreads = 2;
/** Time limit for testing one body. */
const budgetMs = 200;
const endAfterMs = 1_000;
/** How long a body may wait for a free thread. */
const longestWaitMs = 5_000;
/** Delay before the next start when a thread failed to start. */
const restartMs = 1_000;

/** Threads that test bodies against confirm patterns. A thread starts when a body waits and no thread is free, up to a limit. */
export function createJudgeThreads(): JudgeThreads {
  const most = Math.max(1, Math.min(mostThreads, availableParallelism() - 1));
  /** Waiting bodies by account, in the order of the accounts' turns. */
  const waiting = new Map<string, Job[]>();
  const free: JudgeThread[] = [];
  const living = new Set<JudgeThread>();

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
    if (waiting.size > 0 && free.length === 0 && living.size < most) startThread();
    for (let thread = free.pop(); thread !== undefined; thread = free.pop()) {
      const job = nextJob();
      if (job === undefined) {
        free.push(thread);
        return;
      }
      clearTimeout(job.waiting);
      thread.judge(job, job.resolve);
    }
  }

  function startThread(): void {
    const started = startJudgeThread({
      budgetMs,
      endAfterMs,
      onFree(thread) {
        free.push(thread);
        startNext();
      },
      onEnd(thread, wasReady) {
        living.delete(thread);
        const index = free.indexOf(thread);
        if (index >= 0) free.splice(index, 1);
        if (wasReady) startNext();
        else setTimeout(startNext, restartMs);
      },
    });
    living.add(started);
  }

  function giveUp(account: string, job: Job): void {
    const jobs = waiting.get(account)?.filter((each) => each !== job) ?? [];
    if (jobs.length > 0) waiting.set(account, jobs);
    else waiting.delete(account);
    job.resolve({ matches: undefined, reason: 'too many answers of the account wait to be judged', ms: 0 });
  }

  return {
    judge({ account, pattern, body }) {
      return new Promise((resolve) => {
        const job: Job = { pattern, body, resolve, waiting: setTimeout(() => giveUp(account, job), longestWaitMs) };
        const jobs = waiting.get(account);
        if (jobs === undefined) waiting.set(account, [job]);
        else jobs.push(job);
        startNext();
      });
    },
    async close() {
      await Promise.all([...living].map((thread) => thread.terminate()));
    },
  };
}
