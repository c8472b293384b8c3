import { Command } from 'commander';
import type { Runner } from '../program/run.js';
import { deleteUndelivered } from './delete.js';
import { listUndelivered, showUndelivered } from './list-and-show.js';
import { replayUndelivered } from './replay.js';

export function undeliveredCommand(runner: Runner): Command {
  const undelivered = new Command('undelivered').description('List, show, replay and delete undelivered events');
  for (const make of [listUndelivered, showUndelivered, replayUndelivered, deleteUndelivered])
    undelivered.addCommand(make(runner));
  return undelivered;
}
