import { Command } from 'commander';
import type { Runner } from '../program/run.js';
import { applySubs } from '../apply/apply.js';
import { createSubs, editSubs } from './create-and-edit.js';
import { listSubs } from './list.js';
import { deleteSubs, pauseSubs, resumeSubs } from './pause-and-delete.js';
import { pingSubs, testSubs } from './probe.js';
import { showSubs } from './show.js';

export function subsCommand(runner: Runner): Command {
  const subs = new Command('subs').description('Manage subscriptions');
  const commands = [
    listSubs,
    showSubs,
    createSubs,
    editSubs,
    pauseSubs,
    resumeSubs,
    deleteSubs,
    pingSubs,
    testSubs,
    applySubs,
  ];
  for (const make of commands) subs.addCommand(make(runner));
  return subs;
}
