// scripts/flagstone in a checkout: it builds what is missing, keeps stdout clean and passes the exit code on.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";

const LAUNCHER = join(__dirname, "..", "..", "scripts", "flagstone");

function launch(...argv: string[]) {
	const { status, stdout, stderr } = spawnSync(
		process.execPath,
		[LAUNCHER, ...argv],
		{ encoding: "utf8" },
	);
	return { status, stdout, stderr };
}

describe("the launcher", function () {
	this.timeout(120_000); // the first start may build

	it("starts the command line, whatever has to be built first", () => {
		const { status, stdout } = launch("help");
		expect(stdout).to.match(/^Usage: flagstone/);
		expect(status).to.equal(0);
	});

	it("builds once", () => {
		launch("help");
		expect(launch("help").stderr).to.equal("");
	});

	it("passes the exit code on", () => {
		const { status, stdout, stderr } = launch("boot", "--cpus", "none");
		expect(status).to.equal(2);
		expect(stdout).to.equal("");
		expect(stderr).to.match(/^flagstone: --cpus "none": expected [^\n]*\n$/);
	});
});
