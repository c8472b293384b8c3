import type { JsonSchema, TSchema } from './schema.js';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete' | 'options';

/** One method of one path: an Operation Object of OpenAPI, with its schemas inline. */
export interface Operation {
  readonly method: Method;
  /** As Express writes it, such as `/api/v3/event/trace/:account/:event`. */
  readonly path: string;
  /** The name of the call in clients. */
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string | undefined;
  /** The roles of which a caller needs one. Without roles anyone may call. */
  readonly roles?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly body?: Body | undefined;
  /** The answers by status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** The requests that the bus sends because of this call, by name. */
  readonly callbacks?: Readonly<Record<string, unknown>> | undefined;
}

/** `$id` makes a named component of a parameter, header or answer. The id begins with the kind of component: `headers/RetryAfter`. */
interface Named {
  readonly $id?: string;
}

export interface Parameter extends Named {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly required?: boolean;
  readonly description?: string | undefined;
  readonly schema: JsonSchema;
  readonly example?: unknown;
}

export interface Body {
  readonly required: boolean;
  readonly description?: string;
  /** By media type. */
  readonly content: Readonly<Record<string, Content>>;
}

export interface Content {
  readonly schema: JsonSchema | TSchema;
  readonly examples?: Readonly<Record<string, Example>>;
}

interface Example {
  readonly summary?: string;
  readonly value: unknown;
}

export interface Answer extends Named {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Header>>;
  /** By media type. Without content the answer has no body. */
  readonly content?: Readonly<Record<string, Content>>;
}

export interface Header extends Named {
  readonly description: string;
  readonly required?: boolean;
  readonly schema: JsonSchema;
}

/** The names of the parameters in a path. */
export function parametersIn(path: string): string[] {
  return Array.from(path.matchAll(/:(\w+)/g), ([, name = '']) => name);
}

/** A path as OpenAPI writes it. */
export function templateOf(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}');
}
