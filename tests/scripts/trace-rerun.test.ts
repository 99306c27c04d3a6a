import { expect } from "chai";
import { kernelAt } from "../../scripts/trace-rerun";
import {
	recordedRun,
	recordedTrace,
	recordRun,
} from "../kernel/trace/recorded";

describe("the machine of a trace", () => {
	it("is the one that was recorded, at the end to the byte", () => {
		const { trace, kernel } = recordedRun("page-tables");
		const again = kernelAt(trace, trace.events - 1);
		for (const name of ["vmstat", "zoneinfo", "meminfo", "iomem"])
			expect(again.proc(name), name).to.equal(kernel.proc(name));
	});

	it("TY2: has options of the right types, or is refused in one sentence", () => {
		const { scenario } = recordedTrace("buddy").header;
		for (const [name, value, wanted] of [
			["policy", 5, "a text"],
			["commandLine", [], "a text"],
			["cpus", "two", "a number"],
			["ticks", {}, "a number"],
		] as const) {
			const other = recordedTrace("buddy");
			Object.assign(other.header, {
				scenario: { ...scenario, options: { [name]: value } },
			});
			expect(() => kernelAt(other, 1000)).to.throw(
				`scenario.options.${name} must be ${wanted} or null`,
			);
		}
	});

	it("TY1: is not there while the kernel boots, and not for what is no scenario", () => {
		const trace = recordedTrace("buddy");
		expect(() => kernelAt(trace, 5)).to.throw("still booting at event 5");
		const other = recordRun({ memory: "16M" }, () => {}).trace;
		expect(() => kernelAt(other, 5)).to.throw("not of a scenario");
	});

	it("TY3: loads nothing that a trace names", () => {
		const trace = recordedTrace("buddy");
		const source = `name: p
title: A program
tasks: [{ name: t, kind: process, program: ./evil.js }]
`;
		Object.assign(trace.header, {
			scenario: { name: "p", source, options: {} },
		});
		expect(() => kernelAt(trace, trace.events - 1)).to.throw(
			"runs programs from other files",
		);
	});
});
