// Specification of /proc/iomem: Linux's text, and its way back.

import { expect } from "chai";
import { formatIomem, parseIomem } from "../../../kernel/proc/iomem";
import { recorded, recordedNames } from "../../fixtures";

const TREE = [
	{ start: 0, end: 0xfff, name: "Reserved", children: [] },
	{
		start: 0x100000,
		end: 0x1ffd9fff,
		name: "System RAM",
		children: [
			{ start: 0x1000000, end: 0x1e01d31, name: "Kernel code", children: [] },
			{
				start: 0x2000000,
				end: 0x28eafff,
				name: "Kernel rodata",
				children: [
					{ start: 0x2000000, end: 0x2000fff, name: "page", children: [] },
				],
			},
		],
	},
	{ start: 0xfd00000000, end: 0xffffffffff, name: "Reserved", children: [] },
];

const TEXT = `00000000-00000fff : Reserved
00100000-1ffd9fff : System RAM
  01000000-01e01d31 : Kernel code
  02000000-028eafff : Kernel rodata
    02000000-02000fff : page
fd00000000-ffffffffff : Reserved
`;

describe("/proc/iomem", () => {
	it("indents two blanks a level and has at least 8 digits", () => {
		expect(formatIomem(TREE)).to.equal(TEXT);
	});

	it("is read back as a tree", () => {
		expect(parseIomem(TEXT)).to.deep.equal(TREE);
	});

	it("says which line does not fit", () => {
		expect(() => parseIomem("0-1 : a\n")).to.throw("iomem, line 1: expected");
		expect(() => parseIomem("    00000000-00000001 : a\n")).to.throw(
			'iomem: "a" is indented too far.',
		);
	});

	for (const name of recordedNames())
		it(`keeps every byte of ${name}`, () => {
			const text = recorded(name).text("iomem", "a");
			expect(formatIomem(parseIomem(text))).to.equal(text);
		});
});
