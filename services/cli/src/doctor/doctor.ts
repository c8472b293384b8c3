import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { table } from '../output/table.js';
import { exitCodes } from '../program/exit-codes.js';
import type { Context, Runner } from '../program/run.js';
import type { Environment } from '../settings/environment.js';
import { fault, type Finding } from './finding.js';
import { checkGateway } from './gateway.js';

export const doctorCommand = ({ run }: Runner): Command =>
  new Command('doctor')
    .description('Look at the bus and its servers for faults, and say what to do')
    .addHelpText(
      'after',
      `
The bus is that of --url. Servers are looked at when their settings are in the environment, as the services have them:
AMQP_URL, DATABASE_URL, REDIS_URL, SECRETS_KEY, BROKER_PREFIX, …_CA_FILE. Nothing is changed. Exit code 1: there is a fault.`,
    )
    .action(
      run(async (context) => {
        const findings = await examine(context);
        const { green, red, yellow } = context.output.colors;
        const lines = findings.flatMap(({ part, isFault, isUnchecked = false, what, remedy }) => [
          [isFault ? red('fault') : isUnchecked ? yellow('unknown') : green('ok'), part, what],
          ...(remedy === undefined ? [] : [['', '', `→ ${remedy}`]]),
        ]);
        const hasFault = findings.some(({ isFault }) => isFault);
        return { json: findings, lines: table(lines), exitCode: hasFault ? exitCodes.negative : exitCodes.success };
      }),
    );

async function examine(context: Context): Promise<Finding[]> {
  const { env } = context;
  const { AMQP_URL, DATABASE_URL, REDIS_URL } = env;
  const checks: Promise<Finding[]>[] = [checkGateway(context)];
  if (AMQP_URL !== undefined)
    checks.push(
      withCa(env, 'AMQP_CA_FILE', async (ca) => {
        const { checkRabbitmq } = await import('./rabbitmq.js');
        return checkRabbitmq({ url: AMQP_URL, ca, prefix: env['BROKER_PREFIX'] ?? 'callbus.' });
      }),
    );
  if (DATABASE_URL !== undefined)
    checks.push(
      withCa(env, 'DATABASE_CA_FILE', async (ca) => {
        const { checkPostgres } = await import('./postgres.js');
        const { SECRETS_KEY: secretsKey, SECRETS_KEY_PREVIOUS: previousSecretsKey } = env;
        return checkPostgres({ url: DATABASE_URL, ca, secretsKey, previousSecretsKey });
      }),
    );
  if (REDIS_URL !== undefined)
    checks.push(
      withCa(env, 'REDIS_CA_FILE', async (ca) => {
        const { checkRedis } = await import('./redis.js');
        return checkRedis({ url: REDIS_URL, ca });
      }),
    );
  return (await Promise.all(checks)).flat();
}

async function withCa(
  env: Environment,
  setting: string,
  check: (ca: string | undefined) => Promise<Finding[]>,
): Promise<Finding[]> {
  const file = env[setting];
  if (file === undefined) return check(undefined);
  const ca = await readFile(file, 'utf8').catch(() => undefined);
  return ca === undefined
    ? [fault('settings', `${setting}: ${file} cannot be read`, 'correct the setting')]
    : check(ca);
}
