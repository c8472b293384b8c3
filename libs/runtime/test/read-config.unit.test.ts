import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import Joi from 'joi';
import { ConfigError, readConfig } from '@callbus/runtime/config/read-config';
import { settings } from '@callbus/runtime/config/settings';

describe('readConfig', () => {
  const named = { PORT: settings.PORT(8080), AMQP_URL: settings.AMQP_URL.required(), LOG_LEVEL: settings.LOG_LEVEL };

  test('converts values, sets defaults, ignores other variables, and freezes the result', () => {
    const config = readConfig(named, { PORT: '81', AMQP_URL: 'amqp://host', HOME: '/elsewhere' });
    expect(config).toEqual({ PORT: 81, AMQP_URL: 'amqp://host', LOG_LEVEL: 'info' });
    expect(Object.isFrozen(config)).toBe(true);
  });

  test('reports all errors by variable, and an empty variable as missing', () => {
    const read = () => readConfig(named, { PORT: 'eighty', AMQP_URL: '', LOG_LEVEL: 'loud' });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(/^PORT must be a number\nAMQP_URL is required\nLOG_LEVEL must be one of/);
  });

  test('removes white space around a value, as in a secret from a file', () => {
    const secret = { INTERNAL_TOKEN: settings.INTERNAL_TOKEN, AMQP_URL: settings.AMQP_URL };
    const env = { INTERNAL_TOKEN: ' sixteen or more letters\r\n', AMQP_URL: 'amqp://host\n' };
    expect(readConfig(secret, env)).toEqual({ INTERNAL_TOKEN: 'sixteen or more letters', AMQP_URL: 'amqp://host' });
  });

  test('accepts URL schemes in any case', () => {
    const urls = { AMQP_URL: settings.AMQP_URL, REDIS_URL: settings.REDIS_URL, DATABASE_URL: settings.DATABASE_URL };
    const env = { AMQP_URL: 'AMQPS://Host', REDIS_URL: 'Rediss://Host', DATABASE_URL: 'Postgres://Host/Db' };
    expect(readConfig(urls, env)).toEqual({
      AMQP_URL: 'amqps://Host',
      REDIS_URL: 'rediss://Host',
      DATABASE_URL: 'postgres://Host/Db',
    });
  });

  test.each([
    ['a token that a header cannot contain', { INTERNAL_TOKEN: '令牌'.repeat(12) }, /^INTERNAL_TOKEN .*Latin-1/],
    ['a line break within a token', { GATEWAY_TOKEN: 'eight...\neight...' }, /^GATEWAY_TOKEN .*Latin-1/],
    ['an unknown sslmode', { DATABASE_URL: 'postgres://host/?sslmode=maybe' }, /sslmode must be one of disable, allow/],
    ['a missing CA file', { REDIS_CA_FILE: '/nowhere/ca.pem' }, /^REDIS_CA_FILE .*no such file/],
    ['a file that is not a CA', { AMQP_CA_FILE: fileURLToPath(import.meta.url) }, /^AMQP_CA_FILE /],
  ])('refuses %s', (_case, env: Record<string, string>, message) => {
    const { AUTH, INTERNAL_TOKEN, GATEWAY_TOKEN, DATABASE_URL, REDIS_CA_FILE, AMQP_CA_FILE } = settings;
    const named = { AUTH, INTERNAL_TOKEN, GATEWAY_TOKEN, DATABASE_URL, REDIS_CA_FILE, AMQP_CA_FILE };
    expect(() => readConfig<object>(named, { AUTH: 'none', ...env })).toThrow(message);
  });

  test('never quotes a secret', () => {
    const read = () => readConfig({ TOKEN: Joi.string().min(16) }, { TOKEN: 'hunter2' });
    expect(read).toThrow(ConfigError);
    expect(read).not.toThrow(/hunter2/);
  });
});
