import { isVerified, lastTime } from '../subscriptions/row.js';
import { readConfirmMode } from '../subscriptions/definition.js';

/** A field that subscriptions are searched and sorted by: the white list that stands between a caller's words and SQL. */
export interface SearchField {
  readonly sql: string;
  readonly type: 'text' | 'bigint' | 'boolean';
  /** What to sort by, where that is not what is compared. */
  readonly sortSql?: string;
  /** How a caller's value is read, where it is not taken as it is. */
  readonly read?: (value: unknown) => unknown;
}

const text = (sql: string): SearchField => ({ sql, type: 'text' });
const bigint = (sql: string): SearchField => ({ sql, type: 'bigint' });

/** A map, so that no name of a caller's finds what every object has. */
export const searchFields: ReadonlyMap<string, SearchField> = new Map<string, SearchField>([
  ['subscription_id', bigint('id')],
  ['subscription_name', text('name')],
  ['system_name', text('system_name')],
  ['callback_url', text('callback_url')],
  ['confirm_mode', { ...text('confirm_mode'), read: (value) => readConfirmMode(value) ?? value }],
  ['confirm_pattern', text('confirm_pattern')],
  ['subscription_form', text(`array_to_string(event_names, ',')`)],
  ['timeout', bigint('timeout_s')],
  ['time_out', bigint('timeout_s')],
  ['operator', text('operator')],
  ['bk_supplier_account', text('account')],
  ['bk_biz_id', bigint('biz_id')],
  ['last_time', { ...text(lastTime), sortSql: 'saved_at' }],
  ['description', text('description')],
  ['enabled', { sql: 'enabled', type: 'boolean' }],
  ['payload_format', text('payload_format')],
  ['event_bus_id', text('event_bus_id')],
  ['verification', text('verification')],
  ['verified', { sql: isVerified, type: 'boolean' }],
  ['max_attempts', bigint('max_attempts')],
  ['max_in_flight', bigint('max_in_flight')],
]);
