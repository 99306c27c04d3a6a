// Messages of protocol buffers, as far as a profile needs them.
//
//   field   key = number << 3 | kind     kind 0: varint     kind 2: length, then that many bytes
//   varint  seven bits a byte, lowest first, top bit set on all but the last
//
// PB1: whole numbers from 0 to 2^53 are exact. Fields of value 0 and empty texts are left out, as the format wants it.

const VARINT = 0;
const BYTES = 2;
const MORE = 128;

/** One message, field by field. */
export class Message {
	private readonly bytes: number[] = [];

	/** A whole number from 0 on. */
	number(field: number, value: number): this {
		if (value === 0) return this;
		this.varint(field * 8 + VARINT);
		this.varint(value);
		return this;
	}

	/** Several numbers in one field; zeros too. */
	numbers(field: number, values: readonly number[]): this {
		const packed = new Message();
		for (const value of values) packed.varint(value);
		return this.chunk(field, packed.bytes);
	}

	text(field: number, value: string): this {
		return this.chunk(field, new TextEncoder().encode(value));
	}

	message(field: number, value: Message): this {
		return this.chunk(field, value.bytes);
	}

	/** The message as it is sent. */
	encode(): Uint8Array {
		return Uint8Array.from(this.bytes);
	}

	private chunk(field: number, bytes: ArrayLike<number>): this {
		this.varint(field * 8 + BYTES);
		this.varint(bytes.length);
		for (let at = 0; at < bytes.length; at++)
			this.bytes.push(bytes[at] as number);
		return this;
	}

	private varint(value: number): void {
		let rest = value;
		while (rest >= MORE) {
			this.bytes.push((rest % MORE) + MORE);
			rest = Math.floor(rest / MORE);
		}
		this.bytes.push(rest);
	}
}
