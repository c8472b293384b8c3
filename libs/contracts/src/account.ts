/** The longest account name in bytes of UTF-8, for every API. The database indexes account names. */
export const accountMaxBytes = 256;
