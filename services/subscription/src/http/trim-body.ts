import type Joi from 'joi';
import { isObject } from './is-object.js';

type Trim = (value: unknown) => unknown;

const trims = new WeakMap<Joi.Schema, Trim>();

/**
 * Removes the parts that joi does not need to check: members that the schema does not know, and the entries of a list or object
 * after the first one that exceeds its limit. joi takes up to ten microseconds per entry, even in a list that is too
 * long.
 */
export function trimTo(schema: Joi.Schema, value: unknown): unknown {
  let trim = trims.get(schema);
  if (trim === undefined) trims.set(schema, (trim = createTrim(schema.describe())));
  return trim(value);
}

/** @param description joi's description of a schema */
function createTrim({ keys, rules }: Joi.Description): Trim {
  const members = isObject(keys) ? Object.entries(keys) : [];
  const trims = members.map(([name, of]) => [name, createTrim(isObject(of) ? of : {})] as const);
  const limit = limitIn(rules);

  return (value) => {
    if (isList(value)) return value.length > limit ? value.slice(0, limit + 1) : value;
    if (!isObject(value)) return value;
    if (trims.length === 0) return withMembers(value, limit + 1);
    const known: Record<string, unknown> = {};
    for (const [name, trim] of trims) if (Object.hasOwn(value, name)) known[name] = trim(value[name]);
    return known;
  };
}

/** The limit of the rule `max`; Infinity without that rule. */
function limitIn(rules: unknown): number {
  const max: unknown = Array.isArray(rules)
    ? rules.find((rule) => isObject(rule) && rule['name'] === 'max')
    : undefined;
  const args = isObject(max) ? max['args'] : undefined;
  const limit = isObject(args) ? args['limit'] : undefined;
  return typeof limit === 'number' ? limit : Infinity;
}

function withMembers(value: Record<string, unknown>, count: number): Record<string, unknown> {
  const names = Object.keys(value);
  if (names.length <= count) return value;
  return Object.fromEntries(names.slice(0, count).map((name) => [name, value[name]]));
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
