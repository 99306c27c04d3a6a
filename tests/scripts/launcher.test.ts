// scripts/flagstone in a checkout: it builds what is missing, keeps stdout clean and passes the exit code on.

import { spawnSync } from "node:child_process";
import {
	closeSync,
	existsSync,
	mkdtempSync,
	openSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
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

	it("says in a sentence that nothing more can be written", () => {
		if (!existsSync("/dev/full")) return; // only Linux has a disk that is always full
		const full = openSync("/dev/full", "w");
		const { status, stderr } = spawnSync(
			process.execPath,
			[LAUNCHER, "boot", "boot-only"],
			{ encoding: "utf8", stdio: ["ignore", full, "pipe"] },
		);
		closeSync(full);
		expect(stderr).to.equal("flagstone: stdout cannot be written (ENOSPC).\n");
		expect(status).to.equal(74);
	});

	it("runs a TypeScript program beside a scenario, and says where one is broken", () => {
		const folder = mkdtempSync(join(tmpdir(), "flagstone-launcher-"));
		const scenario = join(folder, "s.yaml");
		const program = join(folder, "p.ts");
		writeFileSync(
			scenario,
			"name: test\ntitle: A program\ntasks:\n  - name: t\n    program: ./p.ts\nexpect:\n  - task.t.exit == 7\n",
		);
		writeFileSync(
			program,
			"export default function* (): Generator { return 7 as number; }\n",
		);
		expect(launch("boot", scenario, "--quiet").status).to.equal(0);
		writeFileSync(program, "const = 3;\n");
		const { status, stderr } = launch("boot", scenario, "--quiet");
		rmSync(folder, { recursive: true });
		expect(status).to.equal(2);
		expect(stderr).to.match(/s\.yaml:5:14: .*p\.ts:\d+: [^\n]+\.\n$/);
	});

	it("passes the exit code on", () => {
		const { status, stdout, stderr } = launch("boot", "--cpus", "none");
		expect(status).to.equal(2);
		expect(stdout).to.equal("");
		expect(stderr).to.match(/^flagstone: --cpus "none": expected [^\n]*\n$/);
	});
});
