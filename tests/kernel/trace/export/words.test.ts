import { expect } from "chai";
import { DICTIONARY } from "../../../../kernel/trace/dictionary";
import {
	fieldHex,
	fieldsOf,
	fieldValue,
} from "../../../../kernel/trace/export/words";

function read(words: string[], values: number[]): Record<string, number> {
	const fields = fieldsOf({ code: 1, name: "event", words });
	return Object.fromEntries(
		fields.map((field) => [field.name, fieldValue(field, values)]),
	);
}

describe("words of events as fields", () => {
	it("takes a word as it is", () => {
		expect(read(["pfn", "", "type"], [7, 8, -9])).to.deep.equal({
			pfn: 7,
			type: -9,
		});
	});

	it("takes words apart", () => {
		const words = ["pfn", "order | type << 8", "order taken | had << 8"];
		expect(read(words, [1, 0x103, 0x20a])).to.deep.equal({
			...{ pfn: 1, order: 3, type: 1, "order taken": 10, had: 2 },
		});
		expect(read(["order | 16 | objects << 8"], [0x2013])).to.deep.equal({
			...{ order: 3, "order & 16": 1, objects: 32 },
		});
	});

	it("joins halves", () => {
		expect(
			read(["object", "object, high", "slot"], [-4096, 1, 16]),
		).to.deep.equal({ object: 2 ** 33 - 4096, slot: 16 });
		expect(
			read(["page", "page, high | code << 8", "pid"], [5, 0x702, 3]),
		).to.deep.equal({ page: 2 ** 33 + 5, code: 7, pid: 3 });
	});

	it("prints all 64 bits", () => {
		const [entry] = fieldsOf({
			...{ code: 1, name: "pte_set" },
			words: ["entry", "entry, high"],
		});
		expect(fieldHex(entry!, [0x25, -2147483648])).to.equal(
			"0x8000000000000025",
		);
		expect(fieldHex(entry!, [-1, 0])).to.equal("0xffffffff");
	});

	it("WF1: every event of the dictionary has fields of different names", () => {
		for (const word of DICTIONARY) {
			const names = fieldsOf(word).map(({ name }) => name);
			expect(new Set(names).size, word.name).to.equal(names.length);
			if (word.name !== "text") expect(names, word.name).not.to.be.empty;
			for (const name of names) expect(name).to.match(/^[^|<]+$/);
		}
	});
});
