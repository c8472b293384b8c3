/** UTF-8, of an account's name, wherever it comes in; the database indexes it. */
export const accountMaxBytes = 256;
