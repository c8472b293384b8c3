/**
 * On every callback: which one it is in a row of callbacks of which each led to the event of the next. A door that reads more than it
 * lets through refuses with it, by which the callback's worker knows that the refusal is one of Callbus.
 */
export const hopsHeader = 'x-callbus-hops';
