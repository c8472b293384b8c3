import Joi from 'joi';

/** All errors of the environment in one message. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** One joi schema per variable, from which the type of the configuration follows. */
export type Settings<T> = { readonly [K in keyof T]: Joi.Schema<T[K]> };

/** The configuration that follows from settings. */
export type ConfigOf<S> = S extends Settings<infer T> ? Readonly<T> : never;

/**
 * Reads the environment by one schema. An empty variable counts as unset. White space around a value is removed, because
 * secrets from files often end with a line break.
 *
 * @returns a frozen object with exactly the named settings
 * @throws ConfigError with all errors
 */
export function readConfig<T>(settings: Settings<T>, env: Readonly<Record<string, string | undefined>>): Readonly<T> {
  const given = Object.fromEntries(Object.keys(settings).map((name) => [name, env[name]?.trim() || undefined]));
  const result = Joi.object<T, true>(settings as Joi.StrictSchemaMap<T>).validate(given, {
    abortEarly: false,
    errors: { wrap: { label: false } },
  });
  if (result.error) throw new ConfigError(result.error.details.map((detail) => detail.message).join('\n'));
  return Object.freeze(result.value);
}
