import { describe, expect, test } from '@jest/globals';
import Joi from 'joi';
import { ConfigError, readConfig } from '@callbus/runtime/read-config';
import { settings } from '@callbus/runtime/settings';

describe('readConfig', () => {
  const named = { PORT: settings.PORT(8080), AMQP_URL: settings.AMQP_URL.required(), LOG_LEVEL: settings.LOG_LEVEL };

  test('converts, fills in defaults, takes nothing else and freezes', () => {
    const config = readConfig(named, { PORT: '81', AMQP_URL: 'amqp://host', HOME: '/elsewhere' });
    expect(config).toEqual({ PORT: 81, AMQP_URL: 'amqp://host', LOG_LEVEL: 'info' });
    expect(Object.isFrozen(config)).toBe(true);
  });

  test('reports all faults together, by name, and an empty variable as missing', () => {
    const read = () => readConfig(named, { PORT: 'eighty', AMQP_URL: '', LOG_LEVEL: 'loud' });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(/^PORT must be a number\nAMQP_URL is required\nLOG_LEVEL must be one of/);
  });

  test('never repeats a secret', () => {
    const read = () => readConfig({ TOKEN: Joi.string().min(16) }, { TOKEN: 'hunter2' });
    expect(read).toThrow(ConfigError);
    expect(read).not.toThrow(/hunter2/);
  });
});
