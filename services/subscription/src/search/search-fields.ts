import { apiNamesOf, type SearchField } from '../subscriptions/field.js';
import { readFields } from '../subscriptions/row.js';

/**
 * The fields by which subscriptions are searched and sorted: the allow list between a caller's names and SQL. In a plain
 * object a name such as `constructor` would find a member.
 */
export const searchFields: ReadonlyMap<string, SearchField> = new Map(
  readFields.flatMap(([, field]) => {
    const { search, select, type } = field;
    if (search === undefined) return [];
    return apiNamesOf(field).map((name) => [name, { sql: select, type: type.sql, ...search }] as const);
  }),
);
