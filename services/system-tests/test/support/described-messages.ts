import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';

export interface Message {
  readonly contentType: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly payload: unknown;
}

/** docs/asyncapi.json */
export const asyncDescription = JSON.parse(
  readFileSync(new URL('../../../../docs/asyncapi.json', import.meta.url), 'utf8'),
) as {
  readonly components: {
    readonly messages: Readonly<Record<string, { readonly contentType?: string }>>;
    readonly schemas: Readonly<Record<string, unknown>>;
  };
};

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema({ ...asyncDescription, $id: 'description' });

/** @param place below the components, such as `schemas/EventHeader` */
export function faultsOfPart(place: string, value: unknown): string[] {
  const validate = ajv.compile({ $ref: `description#/components/${place}` });
  return validate(value) ? [] : [`${place}: ${ajv.errorsText(validate.errors)}: ${JSON.stringify(value)}`];
}

/** @returns what the message has that is not as described; empty for nothing */
export function faultsOfMessage(name: string, { contentType, headers, payload }: Message): string[] {
  const described = asyncDescription.components.messages[name]?.contentType ?? contentType;
  return [
    ...(contentType === described ? [] : [`${contentType} in place of ${described}`]),
    ...faultsOfPart(`messages/${name}/headers`, headers),
    ...faultsOfPart(`messages/${name}/payload`, payload),
  ];
}
