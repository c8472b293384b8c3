import type { components } from '@callbus/client';
import { Failure } from '../program/failure.js';

type WholeDefinition = components['schemas']['SubscriptionDefinition'];

/** What a caller says of a subscription. */
export type Definition = Partial<WholeDefinition>;

/** The confirm rule of a subscription whose caller names none: any success confirms a callback. */
export const anySuccess = { confirm_mode: 'httpstatus', confirm_pattern: '2xx' } as const;

/** Without a name the receiver's host and path are the name, and without event names the subscription gets all events. */
export function complete(given: Definition): WholeDefinition {
  const { callback_url = '' } = given;
  if (callback_url === '') throw new Failure('give the receiver by --to');
  // The bus says what is wrong with a URL.
  const { host, pathname } = URL.canParse(callback_url) ? new URL(callback_url) : { host: callback_url, pathname: '' };
  const name = `${host}${pathname}`.replace(/\/$/, '');
  return { ...anySuccess, subscription_form: '#', subscription_name: name, callback_url, ...given };
}
