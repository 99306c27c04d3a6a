import { expect } from "chai";
import { scoreOf } from "../../../kernel/replay/score/score";
import { drawReplay, type ReplayReport } from "../../../scripts/report/replay";
import { sampleInput } from "../../kernel/replay/score/sample";
import { stageTerminal } from "../stage";
import { sampleReplay } from "./sample";

const sample = sampleReplay();
const { reading, requests } = sample;
const draw = (more: Partial<ReplayReport> = {}): string =>
	drawReplay(sampleReplay(more), stageTerminal()).join("\n");
const remark = (more: Partial<typeof reading>): string =>
	draw({ reading: { ...reading, ...more } });

describe("a replay, drawn", () => {
	it("tells what was read, and what of it is no request", () => {
		const text = draw();
		expect(text).to.match(/^Read {2}ftrace, 112 lines of trace\.txt\n/);
		expect(text).to.match(/\n {2}KMALLOC +60\n {2}KFREE +40\n/);
		expect(text).to.include("7 events of other subsystems, most of them sched");
		expect(text).to.include("  1 damaged line:\n    line 9 has no time\n");
	});

	it("counts in singular and plural", () => {
		expect(remark({ lines: 1 })).to.include("1 line of");
		expect(remark({ damaged: 2 })).to.include("2 damaged lines:");
		expect(remark({ lost: 1 })).to.match(/lost 1 event\n/);
		expect(remark({ lost: 2 })).to.match(/lost 2 events\n/);
		expect(remark({ outOfOrder: 1 })).to.include("1 event older");
		expect(remark({ others: [["a", 1]] })).to.include("1 event of other");
		expect(draw({ requests: { ...requests, played: 1 } })).to.include(
			"1 event played from an empty machine",
		);
	});

	it("shows a few complaints, and names hashed pointers", () => {
		const complaints = [1, 2, 3, 4, 5].map((line) => ({
			line,
			text: "is bad",
		}));
		const text = remark({ complaints, damaged: 5, hashedPointers: true });
		expect(text.match(/is bad/g)).to.have.length(4);
		expect(text).to.include("pointers are hashed");
	});

	it("tells the requests that there were, and where they started", () => {
		const text = draw({ requests: { ...requests, from: "a" } });
		expect(text).to.include("Requests  100 events played from snapshot a");
		expect(text).to.match(/objects allocated +60\n {2}objects freed +38\n/);
		expect(text).to.match(/page requests +5\n/);
		expect(text).to.not.match(
			/kfree\(NULL\)|blocks allocated|bytes in use|free\(NULL\)/,
		);
	});

	it("tells a program's heap where there was one", () => {
		const heap = {
			...{ allocated: 1234, freed: 2, resized: 3, nulls: 4 },
			...{ unknownFrees: 5, tooLarge: 6, failed: 7, bytesMost: 88_000 },
		};
		const text = draw({ requests: { ...requests, heap } });
		expect(text).to.match(/blocks allocated +1,234\n {2}blocks freed +2\n/);
		expect(text).to.match(/blocks resized +3\n/);
		expect(text).to.match(/too large for kmalloc +6\n/);
		expect(text).to.match(/blocks that found no memory +7\n/);
		expect(text).to.match(
			/ free\(NULL\) +4\n {2}bytes in use at most +88,000\n/,
		);
	});

	it("names caches and call sites, the first of many", () => {
		const text = draw();
		expect(text).to.match(
			/Frees of the unknown, by cache\n.*\n {2}kmalloc-64 +2/,
		);
		expect(text).to.match(/Never freed, by call site\n.*\n {2}load_elf.* 22\n/);
		const leftBySite = Array.from({ length: 11 }, (_, n) => ({
			name: `site${n}`,
			count: 5,
		}));
		const many = draw({ requests: { ...requests, leftBySite } });
		expect(many).to.include("Never freed, by call site  3 more\n");
		expect(many).to.include("site7").and.not.include("site8");
	});

	it("draws nothing where there is nothing", () => {
		const none = { ...requests, unknownByCache: [], leftBySite: [] };
		const text = draw({
			reading: {
				...reading,
				...{ others: [], damaged: 0, complaints: [] },
			},
			requests: none,
		});
		expect(text).to.not.match(
			/unknown, by|by call site|damaged|note:|other sub/,
		);
		expect(text).to.not.include("\n\n\n");
	});

	it("says what the recording lacks, and shows a score in place of the machine", () => {
		expect(draw({ lacks: ["There is no iomem."] })).to.include(
			"\n\nnote: There is no iomem.\n\nsample",
		);
		expect(draw()).to.include("\nMemory  64 MiB");
		const scored = draw({ score: scoreOf(sampleInput()) });
		expect(scored).to.include("against the recorded kernel");
		expect(scored).to.not.include("\nMemory  64 MiB");
	});
});
