import { createSecretBox } from '@callbus/callback/signing/secret-box';
import { ConfigError, readConfig } from '@callbus/runtime/config/read-config';
import { settings } from '@callbus/runtime/config/settings';
import { createLogger } from '@callbus/runtime/observability/logger';
import type Joi from 'joi';
import { createPool } from './database/pool.js';
import { resealStored, type Resealed } from './secrets/reseal-stored.js';

// Seals all stored secrets with SECRETS_KEY, and says whether SECRETS_KEY_PREVIOUS is still needed: docs/operations/rotation.md.

const resealSettings = {
  DATABASE_URL: settings.DATABASE_URL.required(),
  DATABASE_CA_FILE: settings.DATABASE_CA_FILE,
  SECRETS_KEY: settings.SECRETS_KEY.required() as Joi.Schema<string>,
  SECRETS_KEY_PREVIOUS: settings.SECRETS_KEY_PREVIOUS,
};

async function reseal(): Promise<Resealed> {
  const config = readConfig(resealSettings, process.env);
  const logger = createLogger({ service: 'reseal', level: 'warn' });
  const pool = createPool({ url: config.DATABASE_URL, ca: config.DATABASE_CA_FILE, logger });
  try {
    return await resealStored({
      pool,
      current: createSecretBox(config.SECRETS_KEY),
      previous: createSecretBox(config.SECRETS_KEY, config.SECRETS_KEY_PREVIOUS),
    });
  } finally {
    await pool.end();
  }
}

function describe({ subscriptions, resealed, unreadable }: Resealed): string {
  const counts = `${subscriptions} subscriptions have secrets; those of ${resealed} were sealed anew.`;
  return unreadable.length === 0
    ? `${counts} All are sealed with SECRETS_KEY: SECRETS_KEY_PREVIOUS may be removed.`
    : `${counts} No key opens those of ${unreadable.length}: ${unreadable.join(', ')}`;
}

try {
  const resealed = await reseal();
  process.stdout.write(`${describe(resealed)}\n`);
  if (resealed.unreadable.length > 0) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof ConfigError ? 2 : 1;
}
