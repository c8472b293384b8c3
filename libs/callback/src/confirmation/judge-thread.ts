import { Worker } from 'node:worker_threads';
import { reasonOf } from '../reason-of.js';
import type { FromJudge, ToJudge } from './judge-program.js';

/** `matches` is undefined when the test did not finish; `reason` then says why. */
export interface Judgement {
  readonly matches: boolean | undefined;
  readonly reason?: string;
  /** Thread time that the test used. */
  readonly ms: number;
}

/** A thread that tests one body after the other against a confirm pattern. */
export interface JudgeThread {
  /** Call it only while the thread is free. */
  judge(test: Omit<ToJudge, 'budgetMs'>, resolve: (judgement: Judgement) => void): void;
  terminate(): Promise<unknown>;
}

export interface JudgeThreadOptions {
  /** Time limit for testing one body. */
  readonly budgetMs: number;
  /** A thread whose test still runs after this time is terminated. */
  readonly endAfterMs: number;
  /** The thread can take a body now: after its start, and after each body. */
  readonly onFree: (thread: JudgeThread) => void;
  /** The thread has ended. `wasReady`: it had started before. */
  readonly onEnd: (thread: JudgeThread, wasReady: boolean) => void;
}

/** A pattern that exhausts this memory ends its thread, not the process. */
const threadMemoryMb = 64;
/** Resolves to the built file from `dist` and from `src`, where tests run. */
const program = new URL('../../dist/confirmation/judge-program.js', import.meta.url);

export function startJudgeThread({ budgetMs, endAfterMs, onFree, onEnd }: JudgeThreadOptions): JudgeThread {
  const worker = new Worker(program, { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: threadMemoryMb } });
  // The thread need not keep the process alive: the callback that waits for the judgement does.
  worker.unref();
  const tooLong = `the confirm pattern took more than ${budgetMs} ms on the answer`;
  let isReady = false;
  let running: { readonly resolve: (judgement: Judgement) => void; readonly overrun: NodeJS.Timeout } | undefined;

  function end(judgement: Judgement): void {
    if (running === undefined) return;
    clearTimeout(running.overrun);
    running.resolve(judgement);
    running = undefined;
  }

  const thread: JudgeThread = {
    judge({ pattern, body }, resolve) {
      running = { resolve, overrun: setTimeout(() => void worker.terminate(), endAfterMs) };
      // A copy, because transferring a view would transfer the socket's whole buffer.
      const copy = new Uint8Array(body);
      worker.postMessage({ pattern, body: copy, budgetMs } satisfies ToJudge, [copy.buffer]);
    },
    terminate: () => worker.terminate(),
  };
  worker.on('message', (message: FromJudge) => {
    isReady = true;
    if (message !== 'ready') end(message.matches === undefined ? { ...message, reason: tooLong } : message);
    onFree(thread);
  });
  worker.on('error', (error) =>
    end({ matches: undefined, reason: `judging failed: ${reasonOf(error)}`, ms: budgetMs }),
  );
  worker.on('exit', () => {
    end({ matches: undefined, reason: tooLong, ms: endAfterMs });
    onEnd(thread, isReady);
  });
  return thread;
}
