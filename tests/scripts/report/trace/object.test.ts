import { expect } from "chai";
import { drawObject } from "../../../../scripts/report/trace/object";
import { deed, plain } from "./sample";

describe("drawn objects", () => {
	const address = 0x1000;
	const pointer = "0xffff888000001000";

	it("have a row for each", () => {
		const life = {
			cache: "kmalloc-64",
			address,
			pointer,
			bytes: 60,
			slotBytes: 64,
			from: deed(812),
			to: deed(1033),
		};
		const lives = [life, { ...life, cache: null, from: deed(1040), to: null }];
		const [title, head, first, second] = drawObject(
			{ address, pointer, lives },
			plain,
		);
		expect(title).to.equal(`Object ${pointer}  was 2 objects`);
		expect(head).to.match(/^ {2}events +time +cache +from +bytes/);
		expect(first).to.match(/^ {2}812 \.\. 1033 +0\.000812 s +kmalloc-64 /);
		expect(second).to.match(/1040 \.\. .*blocks of pages .*nobody yet$/);
	});

	it("are one sentence when there were none", () => {
		expect(drawObject({ address, pointer, lives: [] }, plain)).to.deep.equal([
			`Object ${pointer}  no object was ever here; whatis tells what is`,
		]);
	});
});
