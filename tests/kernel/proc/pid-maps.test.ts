// Specification of /proc/PID/maps: Linux's text, and its way back.

import { expect } from "chai";
import { formatMaps, parseMaps } from "../../../kernel/proc/pid-maps";

const TEXT =
	`00400000-00b6f000 r--p 00000000 fe:00 260689                             /usr/bin/node
7f640692a000-7f6406950000 r-xp 00001000 fe:00 338944                     /usr/lib/with a blank
7f6406a00000-7f6406a21000 rw-s 00000000 00:00 0_
7ffd29da9000-7ffd29dca000 rw-p 00000000 00:00 0                          [stack]
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
`.replace("_", " ");

const AREA = {
	start: 0x7ffd29da9000,
	end: 0x7ffd29dca000,
	read: true,
	write: true,
	execute: false,
	shared: false,
	offset: 0,
	device: [0, 0],
	inode: 0,
	name: "[stack]",
} as const;

describe("/proc/PID/maps", () => {
	it("puts names behind 73 characters", () => {
		const line = formatMaps([AREA]);
		expect(line).to.equal(`${TEXT.split("\n")[3]}\n`);
		expect(line.indexOf("[stack]")).to.equal(73);
	});

	it("ends an area without a name with a blank (PM2)", () => {
		expect(formatMaps([{ ...AREA, name: "" }])).to.match(/ 00:00 0 \n$/);
	});

	it("keeps two blanks in front of a name that the numbers push", () => {
		const far = {
			...AREA,
			start: 2 ** 63,
			end: 2 ** 63 + 4096,
			offset: 2 ** 60,
			inode: Number.MAX_SAFE_INTEGER,
		};
		expect(formatMaps([far])).to.match(/740991 {2}\[stack\]\n$/);
	});

	it("is read back", () => {
		expect(parseMaps(TEXT)[3]).to.deep.equal(AREA);
		expect(parseMaps(TEXT)[2]).to.include({ shared: true, name: "" });
		expect(parseMaps(TEXT)[1]).to.include({
			offset: 4096,
			inode: 338944,
			execute: true,
			name: "/usr/lib/with a blank",
		});
	});

	it("keeps every byte, of the highest addresses too", () => {
		expect(formatMaps(parseMaps(TEXT))).to.equal(TEXT);
	});

	it("says which line is none", () => {
		expect(() => parseMaps("7f64 rw-p\n")).to.throw("maps, line 1: expected");
	});
});
