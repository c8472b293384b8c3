export interface MediaType {
  /** In lower case and without parameters; empty without a Content-Type. */
  readonly name: string;
  /** `application/json`, `text/json`, and everything that ends in `+json`. */
  readonly isJson: boolean;
  /** Also when no charset is given. */
  readonly isUtf8: boolean;
}

export function readMediaType(contentType = ''): MediaType {
  const [name = '', ...parameters] = contentType
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charsets = parameters.map((parameter) => /^charset="?([^"]*)"?$/.exec(parameter)?.[1]);
  return {
    name,
    isJson: /^[^/]+\/([^/]+\+)?json$/.test(name),
    isUtf8: charsets.every((charset) => charset === undefined || /^(utf-?8|us-ascii)$/.test(charset)),
  };
}
