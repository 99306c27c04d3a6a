import { expect } from "chai";
import { GfpNames } from "../../../../kernel/replay/reading/gfp-names";
import { Window } from "../../../../kernel/replay/reading/window";
import {
	__GFP_ACCOUNT,
	__GFP_RETRY_MAYFAIL,
	__GFP_ZERO,
	GFP_ATOMIC,
	GFP_FLAGS,
	GFP_KERNEL,
	gfpText,
} from "../../../../mm/gfp";

const mask = (names: GfpNames, text: string) =>
	names.mask(Window.of(text), 0, text.length);

describe("gfp texts", () => {
	it("become masks in our bits", () => {
		const names = new GfpNames();
		expect(mask(names, "GFP_KERNEL|__GFP_ZERO")).to.equal(
			GFP_KERNEL | __GFP_ZERO,
		);
		expect(mask(names, "GFP_ATOMIC")).to.equal(GFP_ATOMIC);
		expect(mask(names, "none")).to.equal(0);
		expect(mask(names, "0x400cc0")).to.equal(GFP_KERNEL | __GFP_ACCOUNT);
		expect(mask(names, "GFP_KERNEL|0x100")).to.equal(GFP_KERNEL | __GFP_ZERO);
		expect(mask(names, "__GFP_REPEAT")).to.equal(__GFP_RETRY_MAYFAIL);
		expect(names.unknownEvents).to.equal(0);
	});

	it("are absent when they are blank", () => {
		expect(mask(new GfpNames(), "")).to.equal(-1);
	});

	it("are read back as the kernel prints them", () => {
		const names = new GfpNames();
		for (const bits of GFP_FLAGS.values())
			expect(mask(names, gfpText(bits))).to.equal(bits);
		expect(names.unknownEvents).to.equal(0);
	});

	it("are counted, not refused, when they hold something unknown", () => {
		const names = new GfpNames();
		for (let n = 0; n < 3; n++)
			expect(mask(names, "GFP_KERNEL|__GFP_SKIP_KASAN|0x8000000")).to.equal(
				GFP_KERNEL,
			);
		expect(names.unknownEvents).to.equal(3);
		expect([...names.unknownNames]).to.deep.equal([
			"__GFP_SKIP_KASAN",
			"0x8000000",
		]);
	});

	it("may be many", () => {
		const names = new GfpNames();
		for (let n = 0; n < 500; n++)
			expect(mask(names, `GFP_KERNEL|__GFP_NEW_${n}`)).to.equal(GFP_KERNEL);
		expect(names.unknownEvents).to.equal(500);
		expect(names.unknownNames.size).to.equal(64);
		expect(mask(names, "GFP_KERNEL")).to.equal(GFP_KERNEL);
	});
});
