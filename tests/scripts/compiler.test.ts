import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { INLINING, tuneCompiler } from "../../scripts/compiler";

/** A function that V8 can put into its caller only beyond what it takes by default. */
const PROGRAM = `
	const parts = Array.from({ length: 12 }, (_, i) => "const f" + i + " = (a, b) => { " + "a = (a * 3 + b) | 0; b ^= a >>> 3;".repeat(10) + " return a + b; };");
	const calls = parts.map((_, i) => "sum += f" + i + "(sum, n);").join(" ");
	const run = new Function(parts.join("") + "return (n) => { let sum = n; " + calls + " return sum; };")();
	let sum = 0;
	for (let n = 0; n < 200000; n++) sum ^= run(n);
	console.log(sum);
`;

/** How many functions the compiler put into `run`'s code at most. */
function inlined(...flags: string[]): number {
	const { stdout, status } = spawnSync(
		process.execPath,
		[...flags, "--trace-turbo-inlining", "-e", PROGRAM],
		{ encoding: "utf8" },
	);
	expect(status).to.equal(0);
	const found = stdout.match(/^Inlining .*SharedFunctionInfo f\d+>/gm) ?? [];
	return new Set(found.map((line) => /f\d+>/.exec(line)?.[0])).size;
}

describe("scripts/compiler", () => {
	it("names a flag that node knows, and that lets more be put into a hot function", () => {
		expect(inlined(INLINING)).to.be.greaterThan(inlined());
	});

	it("tells it to this process", () => {
		expect(tuneCompiler).to.not.throw();
	});
});
