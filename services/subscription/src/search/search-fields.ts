import { apiNamesOf, type SearchField } from '../subscriptions/field.js';
import { readFields } from '../subscriptions/fields.js';

/**
 * The fields by which subscriptions are searched and sorted: the white list between a caller's names and SQL. It is a
 * map, so that no name finds a member that every object has.
 */
export const searchFields: ReadonlyMap<string, SearchField> = new Map(
  readFields.flatMap(([, field]) => {
    const { search, select, type } = field;
    if (search === undefined) return [];
    return apiNamesOf(field).map((name) => [name, { sql: select, type: type.sql, ...search }] as const);
  }),
);
