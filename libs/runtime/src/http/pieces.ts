/** Small pieces are copied into pages of this size, because a piece uses more memory than its bytes. */
const pageBytes = 4 * 1024;

/** Collects the pieces of a body. */
export function createPieces() {
  let pieces: Buffer[] = [];
  let page: Buffer | undefined;
  let pageUsed = 0;

  function closePage(): void {
    if (page !== undefined) pieces.push(page.subarray(0, pageUsed));
    page = undefined;
  }

  return {
    /** @returns the bytes of memory that the piece needs */
    add(piece: Buffer): number {
      // Most bodies come in one piece.
      if (pieces.length === 0 || piece.length >= pageBytes / 2) {
        closePage();
        pieces.push(piece);
        return piece.length;
      }
      if (page !== undefined && pageUsed + piece.length > pageBytes) closePage();
      const isNew = page === undefined;
      if (isNew) pageUsed = 0;
      page ??= Buffer.allocUnsafeSlow(pageBytes);
      pageUsed += piece.copy(page, pageUsed);
      return isNew ? pageBytes : 0;
    },

    whole(): Buffer {
      closePage();
      const [first] = pieces;
      return first !== undefined && pieces.length === 1 ? first : Buffer.concat(pieces);
    },

    forget(): void {
      pieces = [];
      page = undefined;
    },
  };
}
