/** A binary heap: the item that sorts `before` all others comes out first. */
export class Heap<T> {
  /** The next item to come out. Only the heap writes it. */
  first: T | undefined;
  readonly #items: T[] = [];
  readonly #before: (a: T, b: T) => boolean;

  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  push(item: T): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(item, items[parent]!)) break;
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = item;
    this.first = items[0];
  }

  take(): T | undefined {
    const items = this.#items;
    const { first } = this;
    const item = items.pop();
    const { length } = items;
    if (length === 0) {
      this.first = undefined;
      return first;
    }
    let at = 0;
    for (let child = 1; child < length; child = 2 * at + 1) {
      if (child + 1 < length && this.#before(items[child + 1]!, items[child]!)) child++;
      if (!this.#before(items[child]!, item!)) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = item!;
    this.first = items[0];
    return first;
  }
}
