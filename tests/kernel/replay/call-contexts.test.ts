import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { boot } from "../../../kernel";
import { replayOn } from "../../../kernel/replay/replay";
import { owners } from "../../../kernel/trace/ask/owners";
import { tracedWork } from "../trace/recorded";

const TEXT = readFileSync(
	join(__dirname, "../../fixtures/traces/trace-cmd.txt"),
);

describe("calling contexts of a replay", () => {
	it("are the recorded call sites", () => {
		const trace = tracedWork({ memory: "64M" }, (kernel) => {
			const replay = replayOn(kernel, null);
			replay.push(TEXT);
			replay.finish();
		});
		const { rows } = owners(trace, { by: "callsite", sort: "count" });
		const names = rows.map(({ name }) => name);
		expect(names.some((name) => /^\w+\+0x[0-9a-f]+$/.test(name))).to.equal(
			true,
		);
	});

	it("cost nothing where nobody records", () => {
		const kernel = boot({ memory: "64M" });
		const before = kernel.machine.contexts.size;
		const replay = replayOn(kernel, null);
		replay.push(TEXT);
		replay.finish();
		expect(kernel.machine.contexts.size).to.equal(before);
	});
});
