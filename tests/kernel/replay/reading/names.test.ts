import { expect } from "chai";
import fc from "fast-check";
import { MORE, Names } from "../../../../kernel/replay/reading/names";
import { Window } from "../../../../kernel/replay/reading/window";

const intern = (names: Names, text: string) =>
	names.intern(Window.of(text), 0, text.length);

describe("names", () => {
	it("gives equal bytes the same number and different bytes different ones (N1)", () => {
		const names = new Names();
		const texts = fc.array(fc.string({ maxLength: 9 }), { maxLength: 60 });
		const known = new Map<string, number>();
		fc.assert(
			fc.property(texts, (list) => {
				for (const text of list) {
					const id = intern(names, text);
					expect(known.get(text) ?? id).to.equal(id);
					known.set(text, id);
				}
				expect(new Set(known.values()).size).to.equal(known.size);
			}),
		);
		for (const [text, id] of known) expect(names.text(id)).to.equal(text);
	});

	it("does not know what it was not told", () => {
		const names = new Names();
		expect(names.find(Window.of("kfree"), 0, 5)).to.equal(-1);
		const id = names.add("kfree");
		expect(names.find(Window.of("kfree"), 0, 5)).to.equal(id);
		expect(names.find(Window.of("kfree"), 0, 4)).to.equal(-1);
		expect([names.text(-1), names.text(99)]).to.deep.equal(["", ""]);
	});

	it("keeps numbers and texts while its tables grow", () => {
		const names = new Names();
		const ids: number[] = [];
		for (let n = 0; n < 5000; n++) ids.push(intern(names, `site_${n}+0x${n}`));
		for (let n = 0; n < 5000; n += 7) {
			expect(names.text(ids[n]!)).to.equal(`site_${n}+0x${n}`);
			expect(intern(names, `site_${n}+0x${n}`)).to.equal(ids[n]);
		}
		expect(names.size).to.equal(5001);
	});

	it("N2: gives all names one number when there is no room", () => {
		const names = new Names();
		const window = new Window(16);
		for (let n = 0; n < 300000; n++) {
			window.words.setInt32(0, n, true);
			names.intern(window, 0, 4);
		}
		expect(names.size).to.equal(1 << 18);
		expect(names.overflows).to.equal(300000 - (1 << 18) + 1);
		window.words.setInt32(0, 299999, true);
		expect(names.intern(window, 0, 4)).to.equal(MORE);
		expect(names.text(MORE)).to.equal("(more)");
	});
});
