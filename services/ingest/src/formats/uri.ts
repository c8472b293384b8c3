import { isIPv6 } from 'node:net';

const encoded = '%[\\da-fA-F]{2}';
const pchar = `(?:[\\w.~!$&'()*+,;=:@-]|${encoded})`;
/** The first group is the address in brackets. */
const authority =
  `//(?:(?:[\\w.~!$&'()*+,;=:-]|${encoded})*@)?` +
  `(?:\\[([^\\]]*)\\]|(?:[\\w.~!$&'()*+,;=-]|${encoded})*)(?::\\d*)?(?:/${pchar}*)*`;
const absolutePath = `/(?:${pchar}+(?:/${pchar}*)*)?`;
const end = `(?:\\?(?:${pchar}|[/?])*)?(?:#(?:${pchar}|[/?])*)?$`;
/** RFC 3986, appendix A. The alternatives exclude each other, so that the expression never backtracks. */
const uri = new RegExp(`^[a-zA-Z][a-zA-Z\\d+.-]*:(?:${authority}|${absolutePath}|${pchar}+(?:/${pchar}*)*|)${end}`);
const relativeReference = new RegExp(
  `^(?:${authority}|${absolutePath}|(?:[\\w.~!$&'()*+,;=@-]|${encoded})+(?:/${pchar}*)*|)${end}`,
);
/** The form of most sources. */
const plainPath = /^[\w.~/-]+$/;
const futureAddress = /^v[\da-f]+\.[\w.~!$&'()*+,;=:-]+$/i;

export function isUri(text: string): boolean {
  return matches(uri, text);
}

export function isUriReference(text: string): boolean {
  return plainPath.test(text) || matches(uri, text) || matches(relativeReference, text);
}

function matches(pattern: RegExp, text: string): boolean {
  const match = pattern.exec(text);
  if (match === null) return false;
  const [, address] = match;
  return address === undefined || (isIPv6(address) && !address.includes('%')) || futureAddress.test(address);
}

const notInUris = /[^\w.~!$&'()*+,;=:@/?#[\]%-]+|%(?![\da-fA-F]{2})/g;

/** Percent-encodes exactly the characters that a URI reference must not contain. */
export function toUriReference(text: string): string {
  return candidates(text).find(isUriReference) ?? encodeURIComponent(text);
}

/** Like `toUriReference`, for a URI. Text that cannot become a URI, such as a path alone, stays unchanged. */
export function toUri(text: string): string {
  return candidates(text).find(isUri) ?? text;
}

/** The text with more and more characters encoded. A URI has brackets only around an address, and one `#` at most. */
function candidates(text: string): readonly string[] {
  const allowed = text.replace(notInUris, encodeURIComponent);
  const [start = '', ...fragments] = allowed.replaceAll('[', '%5B').replaceAll(']', '%5D').split('#');
  return [text, allowed, fragments.length === 0 ? start : `${start}#${fragments.join('%23')}`];
}
