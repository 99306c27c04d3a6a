import { expect } from "chai";
import { recordedText } from "../../../../scripts/bench/subjects/recorded-text";

describe("the text of a recording for the benchmark", () => {
	it("comes in the pieces in which files are read, and is whole", () => {
		const text = recordedText();
		const sizes = text.map(({ length }) => length);
		expect(Math.max(...sizes)).to.equal(1 << 18);
		expect(new Set(sizes.slice(0, -1)).size).to.equal(1);
		const newline = 10;
		expect(text.at(-1)?.at(-1)).to.equal(newline);
	});
});
