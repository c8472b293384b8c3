const token = "[!#$%&'*+.^_`|~\\dA-Za-z-]+";
const quoted = '"(?:[ !#-[\\]-~]|\\\\[ -~])*"';
/** RFC 9110, sections 5.6.6 and 8.3.1, of printable ASCII alone. Spaces stand before each part, so that nothing is tried twice. */
const mediaType = new RegExp(`^${token}/${token}(?: *;(?: *${token}=(?:${token}|${quoted}))?)* *$`);

/** Whether HTTP can carry it as a `Content-Type`. */
export function isMediaType(text: string): boolean {
  return mediaType.test(text);
}
