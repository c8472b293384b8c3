import { afterAll, beforeAll, expect } from '@jest/globals';
import { openSlowAccount, type SlowAccount } from './slow-account.js';
import { openStage, type Stage, type StageOptions } from './stage.js';

const openTimeoutMs = 120_000;

/** Opens a stage before the tests of a file. After them it closes the stage, whose three services must exit with 0. */
export function stageOfFile(options: Omit<StageOptions, 'workers'>): () => Stage {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage(options);
  }, openTimeoutMs);
  afterAll(async () => {
    expect(await stage.close()).toEqual([0, 0, 0]);
  }, openTimeoutMs);
  return () => stage;
}

/** Opens a slow account on the stage of a file, until the stage is closed. */
export function slowAccountOfFile(stage: () => Stage, options: { delayMs: number }): () => SlowAccount {
  let slow: SlowAccount;
  beforeAll(async () => {
    slow = await openSlowAccount(stage(), options);
  }, openTimeoutMs);
  afterAll(() => slow.close());
  return () => slow;
}
