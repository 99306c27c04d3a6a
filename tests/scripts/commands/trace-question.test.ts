import { expect } from "chai";
import { type Asked, give } from "../../../scripts/commands/trace-question";
import { stageTerminal } from "../stage";

function given(json: boolean): string {
	let out = "";
	const host = {
		out: (text: string) => {
			out += text;
		},
	};
	const options = { color: false, ...(json ? { json: true } : {}) };
	const asked = { options, host, terminal: stageTerminal() };
	give(asked as unknown as Asked, { a: 1 }, () => ["one", "two"]);
	return out;
}

describe("a question of a trace", () => {
	it("is answered by lines, or TQ1: by one JSON document", () => {
		expect(given(false)).to.equal("one\ntwo\n");
		expect(JSON.parse(given(true))).to.deep.equal({ a: 1 });
	});
});
