import { answerOf } from '@callbus/client';
import { differenceOf } from '@callbus/openapi/difference';
import type { TLocalizedValidationError } from 'typebox/error';
import { Failure } from '../program/failure.js';
import type { Context } from '../program/run.js';

/** A JSON schema of the description of the bus. */
interface Body {
  readonly properties: Readonly<Record<string, { readonly type?: string | readonly string[] }>>;
}

/** The bodies that create and change a subscription. */
export interface DescribedFields {
  readonly create: Body;
  readonly change: Body;
}

/** Asks the bus which fields a subscription has. @returns undefined when the bus does not describe them */
export async function describedFields({ client }: Pick<Context, 'client'>): Promise<DescribedFields | undefined> {
  const description = (await answerOf(client.api.GET('/openapi.json'))) as {
    components?: { schemas?: { SubscriptionDefinition?: Body; SubscriptionChange?: Body } };
  };
  const { SubscriptionDefinition: create, SubscriptionChange: change } = description.components?.schemas ?? {};
  return create === undefined || change === undefined ? undefined : { create, change };
}

/** The bus ignores fields that it does not know, which would hide a slip. @throws Failure that names the field */
export function expectKnown(body: Body, fields: object, of: string): void {
  const known = Object.keys(body.properties);
  const unknown = Object.keys(fields).find((field) => !known.includes(field));
  if (unknown === undefined) return;
  const near = nearestOf(unknown, known);
  throw new Failure(`${of} has an unknown field ${unknown}${near === undefined ? '' : `: did you mean ${near}?`}`);
}

/** Words that differ more than this have other meanings. */
const mostDifference = 0.4;

function nearestOf(word: string, known: readonly string[]): string | undefined {
  const compared = known.map((each) => ({ each, difference: differenceOf(word, each) }));
  const near = compared.filter(({ difference }) => difference <= mostDifference);
  return near.sort((one, other) => one.difference - other.difference)[0]?.each;
}

/** Checks what the description of the bus tells of the fields. @throws Failure that says what the bus would refuse */
export async function expectAccepted(body: Body, fields: Readonly<Record<string, unknown>>, of: string): Promise<void> {
  expectKnown(body, fields, of);
  const typesOf = (field: string) => [body.properties[field]?.type].flat();
  const entries = Object.entries(fields);
  const [blank] = entries.find(([field, value]) => isBlank(value) && !typesOf(field).includes('null')) ?? [];
  if (blank !== undefined) throw new Failure(`${of}: ${blank} is missing`);
  const given = entries.filter(([field, value]) => !(isBlank(value) && typesOf(field).includes('string')));
  // Every other command would load it in vain, for more than 100 ms.
  const { Errors } = await import('typebox/schema');
  const [, [error]] = Errors(body, Object.fromEntries(given));
  if (error !== undefined) throw new Failure(`${of}: ${messageOf(error)}`);
}

/** The bus takes a blank text for a missing one, where it expects a text. */
export const isBlank = (value: unknown): boolean => typeof value === 'string' && value.trim() === '';

function messageOf(error: TLocalizedValidationError): string {
  const field = error.instancePath.slice(1).replaceAll('/', '.');
  const listOf = (values: unknown, conjunction: string) => {
    const texts = [values]
      .flat()
      .filter((value) => value !== null && value !== 'null')
      .map(String);
    return [...new Set(texts)].join(conjunction);
  };
  switch (error.keyword) {
    case 'required':
      return `${listOf(error.params.requiredProperties, ', ')} is missing`;
    case 'type':
      return `${field} must be of type ${listOf(error.params.type, ' or ')}`;
    case 'enum':
      return `${field} must be one of ${listOf(error.params.allowedValues, ', ')}`;
    default:
      return `${field} ${error.message}`;
  }
}
