/** The primitive types of Kafka's protocol (kafka.apache.org/protocol, "Protocol Primitive Types"). */

/** What came is not what was asked for. */
export class BadAnswer extends Error {
  override readonly name = 'BadAnswer';
}

export class RequestBytes {
  readonly #parts: Buffer[] = [];

  int8(value: number): this {
    return this.#add(1, (part) => part.writeInt8(value));
  }

  int16(value: number): this {
    return this.#add(2, (part) => part.writeInt16BE(value));
  }

  int32(value: number): this {
    return this.#add(4, (part) => part.writeInt32BE(value));
  }

  int64(value: number): this {
    return this.#add(8, (part) => part.writeBigInt64BE(BigInt(value)));
  }

  string(text: string): this {
    const bytes = Buffer.from(text);
    this.int16(bytes.length).#parts.push(bytes);
    return this;
  }

  bytes(bytes: Buffer): this {
    this.int32(bytes.length).#parts.push(bytes);
    return this;
  }

  /** Null is another thing than empty. */
  array<T>(items: readonly T[] | null, write: (item: T) => void): this {
    this.int32(items?.length ?? -1);
    items?.forEach(write);
    return this;
  }

  compactString(text: string): this {
    const bytes = Buffer.from(text);
    this.#varint(bytes.length + 1).#parts.push(bytes);
    return this;
  }

  compactArray<T>(items: readonly T[] | null, write: (item: T) => void): this {
    this.#varint(items === null ? 0 : items.length + 1);
    items?.forEach(write);
    return this;
  }

  /** None: all fields that we send have their places. */
  tags(): this {
    return this.#varint(0);
  }

  append(body: Buffer): this {
    this.#parts.push(body);
    return this;
  }

  toBuffer(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #varint(value: number): this {
    const bytes: number[] = [];
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
    this.#parts.push(Buffer.from([...bytes, rest]));
    return this;
  }

  #add(length: number, write: (part: Buffer) => void): this {
    const part = Buffer.alloc(length);
    write(part);
    this.#parts.push(part);
    return this;
  }
}

/** Every method throws `BadAnswer` where the bytes end too early. */
export class AnswerBytes {
  #at = 0;

  constructor(readonly bytes: Buffer) {}

  int8(): number {
    return this.#take(1).readInt8();
  }

  int16(): number {
    return this.#take(2).readInt16BE();
  }

  int32(): number {
    return this.#take(4).readInt32BE();
  }

  /** Offsets are far below 2^53. */
  int64(): number {
    return Number(this.#take(8).readBigInt64BE());
  }

  string(): string {
    return this.nullableString() ?? '';
  }

  nullableString(): string | null {
    const length = this.int16();
    return length < 0 ? null : this.#take(length).toString();
  }

  byteString(): Buffer {
    return this.#take(Math.max(this.int32(), 0));
  }

  array<T>(read: () => T): readonly T[] {
    return this.#items(this.int32(), read);
  }

  compactString(): string {
    const length = this.#varint() - 1;
    return length < 0 ? '' : this.#take(length).toString();
  }

  compactArray<T>(read: () => T): readonly T[] {
    return this.#items(this.#varint() - 1, read);
  }

  /** Read over: fields that are newer than we are. */
  tags(): void {
    for (let count = this.#varint(); count > 0; count -= 1) {
      this.#varint();
      this.#take(this.#varint());
    }
  }

  #items<T>(count: number, read: () => T): readonly T[] {
    const items: T[] = [];
    while (items.length < count) items.push(read());
    return items;
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#take(1).readUInt8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new BadAnswer('the answer has a length that is none');
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.bytes.length) throw new BadAnswer('the answer is cut off');
    const part = this.bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }
}
