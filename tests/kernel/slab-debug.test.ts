import { expect } from "chai";
import { boot } from "../../kernel/boot";
import { parseCommandLine } from "../../kernel/command-line";
import { slabDebugFlags } from "../../kernel/slab-debug";
import { GFP_KERNEL } from "../../mm/gfp";
import {
	SLAB_CONSISTENCY_CHECKS,
	SLAB_POISON,
	SLAB_RED_ZONE,
	SLAB_STORE_USER,
} from "../../mm/slab-geometry";

const flags = (line: string, name: string): number =>
	slabDebugFlags(parseCommandLine(line).slubDebug, name);

describe("slub_debug", () => {
	it("gives caches the flags of its letters, a block with names before one without", () => {
		const line = "slub_debug=FZ;P,dentry";
		expect(flags(line, "inode")).to.equal(
			SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE,
		);
		expect(flags(line, "dentry")).to.equal(SLAB_POISON);
		expect(flags("quiet", "dentry")).to.equal(0);
	});

	it("lays out every cache, those that boot makes too", () => {
		const kernel = boot({ memory: "32M", cmdline: "slub_debug=FZPU" });
		const asked =
			SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER;
		for (const { name, geometry } of kernel.caches())
			expect(geometry.flags & asked, name).to.equal(asked);
		expect(kernel.findCache("kmalloc-64")?.geometry.size).to.equal(256);
	});

	it("leaves no free object with a CPU, so active objects are exact", () => {
		const kernel = boot({ memory: "32M", cmdline: "slub_debug=F" });
		const cache = kernel.createCache({ name: "nodes", size: 200 });
		const objects = [1, 2, 3].map(() => cache.alloc(GFP_KERNEL));
		expect(cache.usage().active).to.equal(3);
		for (const object of objects) cache.free(object);
		expect(cache.usage().active).to.equal(0);
		expect(kernel.check()).to.deep.equal([]);
	});

	it("keeps a machine sound whose programs run with every check", () => {
		const kernel = boot({ memory: "32M", cmdline: "slub_debug", cpus: 2 });
		const pointers = Array.from({ length: 400 }, (_, n) =>
			kernel.kmalloc(n * 5 + 1, GFP_KERNEL),
		);
		kernel.run({ ticks: 5 });
		expect(kernel.check()).to.deep.equal([]);
		for (const pointer of pointers) kernel.kfree(pointer);
		expect(kernel.check()).to.deep.equal([]);
	});

	it("with O leaves debugging data out where it would raise the order", () => {
		const kernel = boot({ memory: "32M", cmdline: "slub_debug=OZ" });
		const order = (bytes: number) =>
			kernel.findCache(`kmalloc-${bytes}`)!.geometry;
		expect(order(64).redLeftPad).to.equal(64);
		expect(kernel.findCache("kmalloc-4k")!.geometry).to.include({
			redLeftPad: 0,
			size: 4096,
		});
	});
});
