/** @param text a URL, or a port of this machine, perhaps with a path: `9000/events` */
export const urlOf = (text: string): string => (/^\d+(\/|$)/.test(text) ? `http://127.0.0.1:${text}` : text);
