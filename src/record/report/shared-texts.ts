/** Texts that many apps have alike, held once. */
const MOST_TEXTS = 1000;

export class SharedTexts {
  readonly #texts = new Map<string, string>();

  /** An equal text; the same one for as long as there are not too many. */
  of(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size >= MOST_TEXTS) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  }
}
