import { isIPv6 } from 'node:net';

const encoded = '%[\\da-fA-F]{2}';
const pchar = `(?:[\\w.~!$&'()*+,;=:@-]|${encoded})`;
/** The first group is what stands in brackets. */
const authority =
  `//(?:(?:[\\w.~!$&'()*+,;=:-]|${encoded})*@)?` +
  `(?:\\[([^\\]]*)\\]|(?:[\\w.~!$&'()*+,;=-]|${encoded})*)(?::\\d*)?(?:/${pchar}*)*`;
const absolutePath = `/(?:${pchar}+(?:/${pchar}*)*)?`;
const end = `(?:\\?(?:${pchar}|[/?])*)?(?:#(?:${pchar}|[/?])*)?$`;
/** RFC 3986, appendix A. No alternative can begin as another goes on, so that nothing is tried twice. */
const uri = new RegExp(`^[a-zA-Z][a-zA-Z\\d+.-]*:(?:${authority}|${absolutePath}|${pchar}+(?:/${pchar}*)*|)${end}`);
const relativeReference = new RegExp(
  `^(?:${authority}|${absolutePath}|(?:[\\w.~!$&'()*+,;=@-]|${encoded})+(?:/${pchar}*)*|)${end}`,
);
/** What most sources are. */
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

/** The text with what no URI reference may hold percent-encoded; as little of it as will do. */
export function toUriReference(text: string): string {
  return candidates(text).find(isUriReference) ?? encodeURIComponent(text);
}

/** The same for a URI; what is none by that, such as a path alone, stays as it is. */
export function toUri(text: string): string {
  return candidates(text).find(isUri) ?? text;
}

/** Brackets are of addresses, and a second `#` of nothing. */
function candidates(text: string): readonly string[] {
  const allowed = text.replace(notInUris, encodeURIComponent);
  const [start = '', ...fragments] = allowed.replaceAll('[', '%5B').replaceAll(']', '%5D').split('#');
  return [text, allowed, fragments.length === 0 ? start : `${start}#${fragments.join('%23')}`];
}
