/**
 * The header of every callback that tells its position in a chain of callbacks, each of which led to the event of the next. A door that
 * refuses a position that is too high answers with this header, so that the worker knows that a Callbus has refused.
 */
export const hopsHeader = 'x-callbus-hops';
