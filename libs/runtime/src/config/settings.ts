import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { messageFormats, newestFormat, type MessageFormat } from '@callbus/contracts/messages/message-format';
import {
  defaultRetrySchedule,
  parseRetrySchedule,
  type RetrySchedule,
} from '@callbus/contracts/deliveries/retry-schedule';
import Joi from 'joi';
import { defaultBytesInHand, leastBytesInHand } from '../http/bytes-in-hand.js';
import { defaultJsonValues } from '../parsing/json-values.js';

const url = (...schemes: string[]) => Joi.string().custom(lowerCaseScheme).uri({ scheme: schemes });

/** URL schemes are case-insensitive (RFC 3986, section 3.1), but some client libraries do not know that. */
function lowerCaseScheme(text: string): string {
  return text.replace(/^[a-z][a-z\d+.-]*:/i, (scheme) => scheme.toLowerCase());
}

const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];

function checkSslMode(text: string): string {
  const mode = new URL(text).searchParams.get('sslmode') ?? 'disable';
  if (!sslModes.includes(mode)) throw new Error(`sslmode must be one of ${sslModes.join(', ')}`);
  return text;
}

/** A token that is sent in an HTTP header. */
const token = () =>
  Joi.string()
    .min(16)
    .max(256)
    .pattern(/^[\x20-\x7e\xa0-\xff]*$/)
    // The default message of joi would quote the token.
    .messages({ 'string.pattern.base': '{{#label}} must consist of printable Latin-1 characters' });

/** A variable that names a file. The setting is the text of the file. */
const caFile = () => Joi.any<string>().custom(readCertificates) as Joi.Schema<string | undefined>;

function readCertificates(file: string): string {
  const text = readFileSync(file, 'utf8');
  new X509Certificate(text);
  return text;
}

const host = Joi.string().hostname().default('127.0.0.1');
const loopback = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** Every variable that more than one service reads. docs/operations/configuration.md describes them. */
export const settings = {
  HOST: host,
  /** For a service with AUTH. A service that trusts every caller must be reachable only from its own machine. */
  HOST_BY_AUTH: host.when('AUTH', { is: 'none', then: Joi.string().pattern(loopback) }).messages({
    'string.pattern.base': 'HOST must be a loopback address, such as 127.0.0.1, with AUTH=none',
  }),
  PORT: (port: number) => Joi.number().port().default(port),
  LOG_LEVEL: Joi.string().valid('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent').default('info'),
  /** Seconds. */
  DRAIN_TIMEOUT: Joi.number().min(1).max(3_600).default(70),

  AMQP_URL: url('amqp', 'amqps'),
  DATABASE_URL: url('postgres', 'postgresql').custom(checkSslMode),
  REDIS_URL: url('redis', 'rediss'),
  /** CA certificates in PEM, trusted instead of the public ones. */
  AMQP_CA_FILE: caFile(),
  DATABASE_CA_FILE: caFile(),
  REDIS_CA_FILE: caFile(),
  /** The Redis of attempts and traces. Without it they are in the Redis of REDIS_URL. */
  TRACES_REDIS_URL: url('redis', 'rediss') as Joi.Schema<string | undefined>,
  /** The bound of attempts and traces together. */
  TRACES_MAX_BYTES: Joi.number().integer().min(1_048_576).max(1_099_511_627_776).default(268_435_456),
  SUBSCRIPTION_URL: url('http', 'https'),
  INTERNAL_TOKEN: token(),
  /** The old token, while it is being replaced. */
  INTERNAL_TOKEN_PREVIOUS: token() as Joi.Schema<string | undefined>,

  BROKER_PREFIX: Joi.string()
    .pattern(/^[\w.:-]{0,64}$/, 'letters, digits, . _ : -')
    .allow('')
    .default('callbus.'),
  REDIS_PREFIX: Joi.string()
    .pattern(/^[\w.:-]{0,64}$/, 'letters, digits, . _ : -')
    .allow('')
    .default('callbus:'),
  /** The format of the messages that are written. */
  MESSAGE_FORMAT: Joi.number<MessageFormat>()
    .valid(...messageFormats)
    .default(newestFormat),
  /** RabbitMQ's own `consumer_timeout`. */
  BROKER_CONSUMER_TIMEOUT_MS: Joi.number().integer().min(5_000).max(86_400_000).default(1_800_000),
  /** The most seconds by which the clock may differ from its references. */
  CLOCK_SKEW_LIMIT_S: Joi.number().integer().min(5).max(86_400).default(60),
  CONFIRM_TIMEOUT_MS: Joi.number().integer().min(100).max(60_000).default(5_000),

  /** The limit on bytes of bodies that are read, processed or not yet confirmed, and of answers that are not yet read. */
  MAX_BYTES_IN_HAND: Joi.number().integer().min(leastBytesInHand).default(defaultBytesInHand),
  MAX_JSON_VALUES: Joi.number().integer().min(1_000).max(5_000_000).default(defaultJsonValues),

  /** The delays of retries, and of messages of a newer format that are given back. */
  RETRY_SCHEDULE: Joi.any<RetrySchedule>()
    .custom((text: string): RetrySchedule => {
      const schedule = parseRetrySchedule(text);
      if (schedule === undefined) throw new Error('not a list of retry tiers');
      return schedule;
    })
    .default(defaultRetrySchedule),

  /** The most HTTP connections. */
  MAX_CONNECTIONS: Joi.number().integer().min(100).max(1_000_000).default(10_000),
  /** No limit by default: behind a gateway all connections come from one address. */
  MAX_CONNECTIONS_PER_ADDRESS: Joi.number().integer().min(1).max(1_000_000) as Joi.Schema<number | undefined>,

  /** The key that seals secrets. */
  SECRETS_KEY: Joi.string().min(32).max(256) as Joi.Schema<string | undefined>,
  /** The old key, which opens secrets while it is being replaced. */
  SECRETS_KEY_PREVIOUS: Joi.string().min(32).max(256) as Joi.Schema<string | undefined>,

  /** The collector of OpenTelemetry traces. Without it there are none. */
  OTEL_EXPORTER_OTLP_ENDPOINT: url('http', 'https') as Joi.Schema<string | undefined>,
  OTEL_TRACES_SAMPLER_ARG: Joi.number().min(0).max(1).default(1),

  AUTH: Joi.string<'keys' | 'gateway' | 'none'>().valid('keys', 'gateway', 'none').required(),
  /** The key file, for AUTH=keys. */
  KEYS_FILE: Joi.string().when('AUTH', { is: 'keys', then: Joi.required() }),
  /** The token that authenticates the gateway, for AUTH=gateway. */
  GATEWAY_TOKEN: token().when('AUTH', { is: 'gateway', then: Joi.required() }),
  /** The old token, while it is being replaced. */
  GATEWAY_TOKEN_PREVIOUS: token() as Joi.Schema<string | undefined>,
};

/** For a service that opens a broker. */
export const brokerSettings = {
  AMQP_URL: settings.AMQP_URL.required(),
  AMQP_CA_FILE: settings.AMQP_CA_FILE,
  BROKER_PREFIX: settings.BROKER_PREFIX,
  CONFIRM_TIMEOUT_MS: settings.CONFIRM_TIMEOUT_MS,
  MESSAGE_FORMAT: settings.MESSAGE_FORMAT,
};

/** For a service that also consumes from the broker. */
export const consumerSettings = {
  RETRY_SCHEDULE: settings.RETRY_SCHEDULE,
  BROKER_CONSUMER_TIMEOUT_MS: settings.BROKER_CONSUMER_TIMEOUT_MS,
};

export const redisSettings = {
  REDIS_URL: settings.REDIS_URL.required(),
  REDIS_CA_FILE: settings.REDIS_CA_FILE,
  REDIS_PREFIX: settings.REDIS_PREFIX,
};

/** For a service that records or reads attempts and traces. */
export const tracesSettings = {
  TRACES_REDIS_URL: settings.TRACES_REDIS_URL,
  TRACES_MAX_BYTES: settings.TRACES_MAX_BYTES,
};

/** For a service that answers callers. */
export const apiSettings = {
  HOST: settings.HOST_BY_AUTH,
  AUTH: settings.AUTH,
  KEYS_FILE: settings.KEYS_FILE,
  GATEWAY_TOKEN: settings.GATEWAY_TOKEN,
  GATEWAY_TOKEN_PREVIOUS: settings.GATEWAY_TOKEN_PREVIOUS,
  MAX_CONNECTIONS: settings.MAX_CONNECTIONS,
  MAX_CONNECTIONS_PER_ADDRESS: settings.MAX_CONNECTIONS_PER_ADDRESS,
  MAX_BYTES_IN_HAND: settings.MAX_BYTES_IN_HAND,
  MAX_JSON_VALUES: settings.MAX_JSON_VALUES,
};
