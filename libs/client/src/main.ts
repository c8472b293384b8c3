// What publishers and managers use. Receivers of callbacks import `@callbus/client/receiver`.
export { answerOf } from './answer-of.js';
export type { components, paths } from './api.js';
export { CallbusError } from './callbus-error.js';
export { createClient, type Client, type ClientOptions } from './create-client.js';
export type { CloudEvent, EtcNotification, Event } from './publishing/event.js';
export type { GatherOptions, Outcome, PublishContext } from './publishing/publisher.js';
export type { RetryOptions } from './publishing/retry.js';
export type { Published } from './publishing/send.js';
