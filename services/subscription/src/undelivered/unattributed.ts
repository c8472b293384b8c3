import { narrowingOf, whereNarrowed, type Rows, type Selection } from './selection.js';

/** The account in a path that stands for messages whose account could not be read. */
const nobody = '-';

/** The undelivered messages that name no subscription. */
export function unattributedRows(account: string, selection: Selection): Rows {
  return {
    where: `subscription_id IS NULL AND (account = $1::text OR ($1::text = '${nobody}' AND account IS NULL))
      AND ${whereNarrowed(2)}`,
    values: [account, ...narrowingOf(selection)],
    allOf: null,
  };
}
