import { expect } from "chai";
import { bootOps } from "../../../scripts/bench/extract-boot-stream";

const alloc = (pointer: string, bytes: number): string =>
	` init-1 [000] .... 0.1: kmalloc: call_site=a+0x1/0x2 ptr=${pointer} bytes_req=${bytes} bytes_alloc=64 gfp_flags=GFP_KERNEL`;
const free = (pointer: string): string =>
	` init-1 [000] .... 0.1: kfree: call_site=a+0x1/0x2 ptr=${pointer}`;

const P = "ffff888000001000";
const Q = "ffff888000002000";
const NULL = "0000000000000000";

const ops = (...lines: string[]): number[] => bootOps(lines.join("\n"));

describe("extraction of the boot stream", () => {
	it("matches calls by pointer and says how many allocations ago it was", () => {
		const stream = ops(alloc(P, 10), alloc(Q, 20), free(P), free(Q));
		expect(stream).to.deep.equal([10, 20, -2, -1]);
	});

	it("drops frees of NULL and of objects older than the trace", () => {
		expect(ops(free(NULL), free(P), alloc(NULL, 5))).to.deep.equal([]);
	});

	it("frees an address first that is handed out again", () => {
		const stream = ops(alloc(P, 10), alloc(P, 20), free(P));
		expect(stream).to.deep.equal([10, -1, 20, -1]);
	});

	it("frees what is left at the end, oldest first", () => {
		const stream = ops(alloc(P, 10), alloc(Q, 20), free(P), alloc(P, 30));
		expect(stream).to.deep.equal([10, 20, -2, 30, -2, -1]);
	});
});
