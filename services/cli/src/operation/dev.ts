import { standaloneCommand } from '@callbus/standalone/command';
import type { Command } from 'commander';
import type { Environment } from '../settings/environment.js';

/** When nobody reads its output any more, it ends in order, as after SIGTERM, because it may run servers. */
export const devCommand = (env: Environment): Command =>
  standaloneCommand('dev', env).hook('preAction', () => {
    process.stdout.once('error', () => process.kill(process.pid, 'SIGTERM'));
  });
