const token = "[!#$%&'*+.^_`|~\\dA-Za-z-]+";
const quoted = '"(?:[ !#-[\\]-~]|\\\\[ -~])*"';
/**
 * RFC 9110, sections 5.6.6 and 8.3.1, in printable ASCII only. Spaces are matched only before each part, so that the
 * expression never backtracks.
 */
const mediaType = new RegExp(`^${token}/${token}(?: *;(?: *${token}=(?:${token}|${quoted}))?)* *$`);

/** Media types other than `text/*` whose bodies are text. */
const textSubtype = /[/+](?:xml|ya?ml|x-yaml|javascript|ecmascript|x-www-form-urlencoded|graphql|sql|toml)$/;

export interface MediaType {
  /** The type in lower case, without parameters. Empty without a Content-Type. */
  readonly name: string;
  /** Whether the type is `application/json`, `text/json`, or ends with `+json`. */
  readonly isJson: boolean;
  /** Whether the body is text other than JSON. */
  readonly isText: boolean;
  /** The charset in lower case; `utf-8` by default. */
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

/** Whether text of this charset can be read as UTF-8. */
export function isUtf8Charset(charset: string): boolean {
  return /^(utf-?8|us-ascii)$/.test(charset);
}

/** Whether a text is a valid `Content-Type`. */
export function isMediaType(text: string): boolean {
  return mediaType.test(text);
}
