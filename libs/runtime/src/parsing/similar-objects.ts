type Value = string | number | boolean;

interface Member {
  readonly value: Value;
  readonly text: string;
}

/**
 * Writes flat objects like JSON.stringify, but without the closing brace. The text of a member is kept until its value changes, which
 * is faster for objects that have most members in common.
 *
 * @param memberOf the name and value under which a member is written
 */
export function createSimilarObjects(
  memberOf: (name: string, value: Value) => readonly [string, Value] = (name, value) => [name, value],
): (object: Readonly<Record<string, Value>>) => string {
  const members = new Map<string, Member>();

  return (object) => {
    let text = '';
    for (const name in object) {
      const value = object[name] ?? '';
      let member = members.get(name);
      if (member?.value !== value) {
        const [key, written] = memberOf(name, value);
        member = { value, text: `${JSON.stringify(key)}:${JSON.stringify(written)}` };
        members.set(name, member);
      }
      text += text === '' ? '{' : ',';
      text += member.text;
    }
    return text;
  };
}
