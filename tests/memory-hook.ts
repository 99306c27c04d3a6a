// A root hook of the tests: machines that nobody uses any more give their memory back.
//
// A machine is one large shared buffer, and the collector does not count what lies in it: hundreds of small objects, each with
// a machine behind it, look like nothing to do. So the hook asks for a collection when the process has grown large: in
// memory that it uses, or in buffers that it has been promised, with too many of which it can start no other program. Large
// is what came since the last collection: what that one left is still in use, and would be left again after every test.

const RESIDENT_GROWTH_BYTES = 2 ** 30;
const BUFFERS_GROWTH_BYTES = 2 ** 32;

const kept = process.memoryUsage();

export const mochaHooks = {
	afterEach(): void {
		const { rss, arrayBuffers } = process.memoryUsage();
		if (
			rss - kept.rss < RESIDENT_GROWTH_BYTES &&
			arrayBuffers - kept.arrayBuffers < BUFFERS_GROWTH_BYTES
		)
			return;
		globalThis.gc?.();
		Object.assign(kept, process.memoryUsage());
	},
};
