import { expect } from "chai";
import { Rng } from "../../hw/rng";
import { asPhys } from "../../hw/units";
import {
	CALL_KMALLOC,
	CALL_MAP,
	generatorCode,
	kfree,
	kmalloc,
	map,
	PROT_READ,
	PROT_WRITE,
	type Self,
	statusCode,
	statusPid,
} from "../../kernel/program";
import { GFP_ATOMIC, GFP_KERNEL } from "../../mm/gfp";
import { World } from "./support";

describe("kernel/program", () => {
	const self: Self = {
		task: asPhys(0),
		pid: 1,
		name: "task",
		stack: asPhys(0),
		words: new Int32Array(4),
		holdings: new World().holdings,
		rng: new Rng(new Int32Array(2)),
	};

	it("makes requests of one shape, with the usual defaults", () => {
		const request = kmalloc(100);
		expect(request.call).to.equal(CALL_KMALLOC);
		expect([request.a, request.b]).to.deep.equal([100, GFP_KERNEL]);
		expect(kmalloc(8, GFP_ATOMIC).b).to.equal(GFP_ATOMIC);
		expect(map(4096).call).to.equal(CALL_MAP);
		expect(map(4096).b).to.equal(PROT_READ | PROT_WRITE);
		expect(Object.keys(map(1))).to.deep.equal(Object.keys(kfree(1)));
	});

	it("turns a generator function into code that answers requests with results", () => {
		const code = generatorCode("adder", function* (me) {
			const p = yield kmalloc(me.pid);
			yield kfree(p + 1);
			return 9;
		});
		const program = code.start(self);
		expect(program.next(0).value).to.deep.include({ a: 1 });
		expect(program.next(41).value).to.deep.include({ a: 42 });
		expect(program.next(0)).to.deep.equal({ value: 9, done: true });
	});

	it("starts a program anew for every task", () => {
		const code = generatorCode("one", function* () {
			yield kmalloc(1);
		});
		expect(code.start(self)).not.to.equal(code.start(self));
	});

	it("reads what wait answers", () => {
		expect(statusPid(1234 * 256 + 139)).to.equal(1234);
		expect(statusCode(1234 * 256 + 139)).to.equal(139);
	});
});
