import { apiNamesOf, type SearchField } from '../subscriptions/field.js';
import { readFields } from '../subscriptions/fields.js';

/**
 * The fields that subscriptions are searched and sorted by: the white list that stands between a caller's words and SQL. A map, so that
 * no name of a caller's finds what every object has.
 */
export const searchFields: ReadonlyMap<string, SearchField> = new Map(
  readFields.flatMap(([, field]) => {
    const { search, select, type } = field;
    if (search === undefined) return [];
    return apiNamesOf(field).map((name) => [name, { sql: select, type: type.sql, ...search }] as const);
  }),
);
