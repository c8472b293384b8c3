import { Option, type Command } from 'commander';
import { Failure } from '../program/failure.js';
import { jsonOrText } from '../publish/event-options.js';
import { receiverUrl } from '../settings/receiver-url.js';
import type { Definition } from './definition.js';

interface Field {
  readonly flags: string;
  readonly description: string;
  /** What the option says about the definition. */
  readonly toFields: (value: string) => Definition;
}

const numberIn = (value: string) => jsonOrText(value) as number;

/** The fields of a subscription that have an option of their own. All others are set by `--set`. */
const fields: Readonly<Record<string, Field>> = {
  name: { flags: '--name <name>', description: 'its name', toFields: (subscription_name) => ({ subscription_name }) },
  to: {
    flags: '--to <url>',
    description: 'the URL of the receiver, or its port beside the bus: 9000/events',
    toFields: (value) => ({ callback_url: receiverUrl(value) }),
  },
  names: {
    flags: '--names <names>',
    description: 'event names and patterns, separated by commas',
    toFields: (subscription_form) => ({ subscription_form }),
  },
  confirm: {
    flags: '--confirm <statuses>',
    description: 'the statuses that confirm a callback, such as 2xx or 200,202',
    toFields: (confirm_pattern) => ({ confirm_mode: 'httpstatus', confirm_pattern }),
  },
  confirmBody: {
    flags: '--confirm-body <re2>',
    description: 'the expression that a confirming body matches',
    toFields: (confirm_pattern) => ({ confirm_mode: 'regular', confirm_pattern }),
  },
  format: {
    flags: '--format <format>',
    description: 'source, cloudevents or cloudevents-binary',
    toFields: (payload_format) => ({ payload_format: payload_format as never }),
  },
  timeout: {
    flags: '--timeout <seconds>',
    description: 'for a callback',
    toFields: (value) => ({ timeout: numberIn(value) }),
  },
  bus: { flags: '--bus <bus>', description: 'only events of this bus', toFields: (event_bus_id) => ({ event_bus_id }) },
  description: {
    flags: '--description <text>',
    description: 'free text',
    toFields: (description) => ({ description }),
  },
  secret: {
    flags: '--secret <secret>',
    description: 'generate, to sign callbacks with a new secret',
    toFields: (secret) => ({ secret }),
  },
  maxAttempts: {
    flags: '--max-attempts <number>',
    description: 'attempts until an event is undelivered',
    toFields: (value) => ({ max_attempts: numberIn(value) }),
  },
};

export interface FieldOptions extends Readonly<Partial<Record<string, unknown>>> {
  readonly header?: readonly string[];
  readonly set?: readonly string[];
}

const many = (value: string, before: readonly string[] = []) => [...before, value];

export function addFieldOptions(command: Command): Command {
  for (const { flags, description } of Object.values(fields)) command.addOption(new Option(flags, description));
  return command
    .option('--header <name=value>', 'a further header of the callbacks; may be repeated', many)
    .option('--set <field=value>', 'any field of docs/subscribing.md; may be repeated', many);
}

/** The definition that the options describe. @throws Failure for an assignment without `=` */
export function definitionOf(options: FieldOptions): Definition {
  const given = Object.entries(fields).flatMap(([name, { toFields }]) =>
    typeof options[name] === 'string' ? [toFields(options[name])] : [],
  );
  const headers = Object.fromEntries((options.header ?? []).map((text) => assignmentIn('--header', text)));
  return Object.assign(
    {},
    ...given,
    Object.keys(headers).length > 0 ? { headers } : {},
    fieldsOfSet(options),
  ) as Definition;
}

/** The fields that `--set` names. @throws Failure for an assignment without `=` */
export function fieldsOfSet({ set = [] }: FieldOptions): Readonly<Record<string, unknown>> {
  const assigned = set.map((text) => assignmentIn('--set', text));
  return Object.fromEntries(assigned.map(([name, value]) => [name, jsonOrText(value)]));
}

function assignmentIn(option: string, text: string): [name: string, value: string] {
  const at = text.indexOf('=');
  if (at < 1) throw new Failure(`${option} ${text} has not the form name=value`);
  return [text.slice(0, at), text.slice(at + 1)];
}
