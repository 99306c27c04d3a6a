import { expect } from "chai";
import { tlsf } from "../../../../scripts/bench/subjects/tlsf";

describe("the TLSF heap as a subject", () => {
	it("needs its module (wasm.test.ts runs it)", async () => {
		const failure = await tlsf("no-such.wasm", "").catch(
			(error: Error) => error.message,
		);
		expect(failure).to.contain("no-such.wasm");
	});
});
