import type { Method } from '@callbus/openapi/operation';
import { typed, type Static, type TSchema } from '@callbus/openapi/schema';
import type Joi from 'joi';
import type { Handle, Serving } from '../http/endpoint.js';
import type { ErrorName } from '../http/errors.js';

/** An operation of the API. The router and the description of the API follow from it. */
export interface Route<Data extends TSchema = TSchema> extends Serving {
  readonly method: Method & ('get' | 'post' | 'put' | 'patch' | 'delete');
  /** Below `/api/v3/event`, as Express writes it. */
  readonly path: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /** The errors beside those that follow from the other members. */
  readonly errors?: readonly ErrorName[];
  readonly query?: Joi.ObjectSchema;
  readonly body?: Joi.ObjectSchema;
  /** Whether the body may be empty. */
  readonly isBodyOptional?: true;
  /** The member `data` of the answer. */
  readonly data: Data;
  /** The members beside `data` that Callbus adds to the original's answer. */
  readonly beside?: readonly ('warnings' | 'dropped')[];
  /** The requests that the bus sends because of this call, by name. */
  readonly callbacks?: Readonly<Record<string, unknown>>;
  /** Requests and their answers, by name. The tests send them. */
  readonly examples: Readonly<Record<string, RouteExample<Static<Data>>>>;
}

export interface RouteExample<Data = unknown> {
  readonly summary?: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: unknown;
  readonly data: Data;
}

export const tags = {
  subscriptions: 'Who receives which events, where and how.',
  receivers: 'Try a receiver before events depend on it.',
  deliveries: 'What became of events.',
  undelivered: 'Events without a confirmed callback: list, replay, delete.',
  keys: 'Who may call: make keys, list them, revoke them.',
  operation: 'Figures for operators.',
} as const;

type Tag = keyof typeof tags;

/** Ties the examples of a route to the schema of its data. */
export const route = <Data extends TSchema>(of: Route<Data>) => of;

/** The handler of a route, whose data the compiler compares with the route's schema. */
export type HandleOf<Of> = Of extends Route<infer Data> ? Handle<Static<Data>> : never;

/** The path of one subscription. */
export const onePath = '/subscribe/:account/:biz/:id';

/** The data of calls that answer nothing else. */
export const done = typed<'success'>({ type: 'string', const: 'success' });
