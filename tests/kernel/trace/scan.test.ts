import { expect } from "chai";
import {
	blockHeader,
	EVENTS_BLOCK,
	magicBytes,
} from "../../../kernel/trace/file";
import { type Damage, scanBlocks } from "../../../kernel/trace/scan";
import { MemorySource } from "./sample";

const PAYLOADS = [[1], [2, 2], [3, 3, 3], [4]].map((list) =>
	Uint8Array.from(list),
);
const BLOCKS = PAYLOADS.map((payload, first) =>
	Uint8Array.of(...blockHeader(EVENTS_BLOCK, 1, first, payload), ...payload),
);
const FILE = Uint8Array.from(Buffer.concat([magicBytes(), ...BLOCKS]));
const SECOND = 8 + BLOCKS[0]!.length; // byte at which it begins
const THIRD = SECOND + BLOCKS[1]!.length;

function scan(
	bytes: Uint8Array,
	isSalvaging: boolean,
): { found: number[]; damage: Damage | null } {
	const found: number[] = [];
	const damage = scanBlocks(new MemorySource(bytes), isSalvaging, (block) => {
		found.push(block.payload[0]!);
		return null;
	});
	return { found, damage };
}

describe("scanning a file", () => {
	it("visits every block", () => {
		expect(scan(FILE, false)).to.deep.equal({
			found: [1, 2, 3, 4],
			damage: null,
		});
	});

	it("stops at damage, or salvages what is behind it (S1, S2)", () => {
		for (let at = SECOND; at < THIRD; at++) {
			const bytes = FILE.slice();
			bytes[at]! ^= 0xff;
			const short = scan(bytes, false);
			expect(short.found).to.deep.equal([1]);
			expect(short.damage?.at).to.equal(SECOND);
			const salvaged = scan(bytes, true);
			expect(salvaged.found).to.deep.equal([1, 3, 4]);
			expect(salvaged.damage).to.deep.equal(short.damage);
		}
	});

	it("finds blocks behind much that is none", () => {
		const noise = new Uint8Array(200001).fill(EVENTS_BLOCK);
		const bytes = Uint8Array.from(
			Buffer.concat([
				FILE.subarray(0, SECOND),
				noise,
				FILE.subarray(SECOND),
				noise,
			]),
		);
		const { found, damage } = scan(bytes, true);
		expect(found).to.deep.equal([1, 2, 3, 4]);
		expect(damage?.at).to.equal(SECOND);
	});

	it("tells what the visitor has against a block", () => {
		const source = new MemorySource(FILE);
		const visit = ({ first }: { first: number }) =>
			first === 1 ? "a reason" : null;
		const damage = { at: SECOND, why: "a reason" };
		expect(scanBlocks(source, false, visit)).to.deep.equal(damage);
		expect(scanBlocks(source, true, visit)).to.deep.equal(damage);
	});
});
