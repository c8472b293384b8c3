import type { Body, Content, Parameter } from '@callbus/openapi/operation';
import type { JsonSchema } from '@callbus/openapi/schema';
import type { FaultKind } from '../errors.js';

/** A publish API as callers see it. The doors and the description of the API follow from it. */
export interface DoorRoute {
  readonly name: string;
  /** The paths, each with its name in clients. */
  readonly paths: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description: string;
  readonly parameters?: readonly Parameter[];
  readonly body: Body;
  readonly accepted: {
    readonly status: number;
    readonly description: string;
    readonly headers?: Readonly<Record<string, string>>;
    /** Undefined for an answer without a body. */
    readonly content?: Content;
  };
  /** The faults beside those of every door. */
  readonly faults: readonly FaultKind[];
  /** The schema of an error, whose codes are these. */
  readonly errorOf: (codes: readonly string[]) => JsonSchema;
  /** The code of a fault in an error. */
  readonly codeOf: (kind: FaultKind) => string;
  /** The headers of every answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What OPTIONS answers; without it the door does not allow OPTIONS. */
  readonly options?: {
    readonly operationId: string;
    readonly summary: string;
    readonly description: string;
    readonly parameters: readonly Parameter[];
    readonly headers: Readonly<Record<string, string>>;
  };
}

/** An object with an error whose code is one of these. */
export function errorSchema(id: string, members: Readonly<Record<string, JsonSchema>>) {
  const schema = { $id: id, type: 'object', required: Object.keys(members), properties: members };
  return (codes: readonly string[]): JsonSchema => ({
    allOf: [schema, { type: 'object', properties: { code: { type: 'string', enum: codes } } }],
  });
}
