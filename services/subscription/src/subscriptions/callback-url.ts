import type { CustomHelpers } from 'joi';
import { text } from '../http/check-body.js';

const maxLength = 2048;

/** An absolute http or https URL without credentials, kept unchanged. */
export const callbackUrl = text(maxLength)
  .required()
  .custom(check)
  .meta({ json: { pattern: '^[Hh][Tt][Tt][Pp][Ss]?://\\S+$' } });

/** A URL for ping or telnet. It may omit the scheme, as in the original's samples. */
export const probeUrl = text(maxLength)
  .required()
  .custom((value: string, helpers) => check(withScheme(value), helpers));

function withScheme(value: string): string {
  if (value.startsWith('//')) return `http:${value}`;
  return /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`;
}

function check(value: string, helpers: CustomHelpers) {
  const url = parse(value);
  if (url === undefined) return helpers.error('url.absolute');
  return url.username === '' && url.password === '' ? value : helpers.error('url.credentials');
}

/** Parses a URL more strictly than `URL`, which repairs `http:host` and removes line breaks. */
function parse(value: string): URL | undefined {
  return /^https?:\/\/[^\s\p{Cc}]+$/iu.test(value) && URL.canParse(value) ? new URL(value) : undefined;
}
