// A root hook of the tests: machines that nobody uses any more give their memory back.
//
// A machine is one large shared buffer, and the collector does not count what lies in it: hundreds of small objects, each with
// a machine behind it, look like nothing to do. So the hook asks for a collection when the process has grown large: in
// memory that it uses, or in buffers that it has been promised, with too many of which it can start no other program.

const GROWTH_BYTES = 2 ** 30; // since the last collection
const BUFFERS_MAX = 2 ** 32;

const resident = { bytes: process.memoryUsage.rss() };

export const mochaHooks = {
	afterEach(): void {
		const { rss, arrayBuffers } = process.memoryUsage();
		const isLarge = rss - resident.bytes >= GROWTH_BYTES;
		if (!isLarge && arrayBuffers < BUFFERS_MAX) return;
		globalThis.gc?.();
		resident.bytes = process.memoryUsage.rss();
	},
};
