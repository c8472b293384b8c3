const token = "[!#$%&'*+.^_`|~\\dA-Za-z-]+";
const quoted = '"(?:[ !#-[\\]-~]|\\\\[ -~])*"';
/**
 * RFC 9110, sections 5.6.6 and 8.3.1, in printable ASCII only. Spaces are matched before each part only, so that the expression never
 * backtracks.
 */
const mediaType = new RegExp(`^${token}/${token}(?: *;(?: *${token}=(?:${token}|${quoted}))?)* *$`);

/** Types outside of `text/*` whose bodies are text. */
const textSubtype = /[/+](?:xml|ya?ml|x-yaml|javascript|ecmascript|x-www-form-urlencoded|graphql|sql|toml)$/;

export interface MediaType {
  /** In lower case and without parameters; empty without a Content-Type. */
  readonly name: string;
  /** `application/json`, `text/json`, and everything that ends in `+json`. */
  readonly isJson: boolean;
  /** Text for people, not JSON. */
  readonly isText: boolean;
  /** In lower case; `utf-8` when none is given. */
  readonly charset: string;
}

export function readMediaType(contentType = ''): MediaType {
  const [name = '', ...parameters] = contentType
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charsets = parameters.map((parameter) => /^charset="?([^"]*)"?$/.exec(parameter)?.[1]);
  const isJson = /^[^/]+\/([^/]+\+)?json$/.test(name);
  return {
    name,
    isJson,
    isText: !isJson && (name.startsWith('text/') || textSubtype.test(name)),
    charset: charsets.find((charset) => charset !== undefined) ?? 'utf-8',
  };
}

/** Whether the charset's bytes are read as UTF-8. */
export function isUtf8Charset(charset: string): boolean {
  return /^(utf-?8|us-ascii)$/.test(charset);
}

/** Whether HTTP can carry it as a `Content-Type`. */
export function isMediaType(text: string): boolean {
  return mediaType.test(text);
}
