// A root hook of the tests: machines that nobody uses any more give their memory back.
//
// A machine is one large shared buffer, and the collector does not count what lies in it: hundreds of small objects, each with
// a machine behind it, look like nothing to do. So the hook asks for a collection when the process has grown large.

const GROWTH_BYTES = 2 ** 30; // since the last collection

const resident = { bytes: process.memoryUsage.rss() };

export const mochaHooks = {
	afterEach(): void {
		if (process.memoryUsage.rss() - resident.bytes < GROWTH_BYTES) return;
		globalThis.gc?.();
		resident.bytes = process.memoryUsage.rss();
	},
};
