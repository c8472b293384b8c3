import { standaloneCommand } from '@callbus/standalone/command';
import type { Command } from 'commander';
import type { Environment } from '../settings/environment.js';

export const devCommand = (env: Environment): Command => standaloneCommand('dev', env);
