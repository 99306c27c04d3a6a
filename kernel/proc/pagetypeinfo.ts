// /proc/pagetypeinfo: free blocks by migratetype and order, and to which type each pageblock belongs.
//
//   Page block order: 9
//   Pages per block:  512
//
//   Free pages count per migrate type at order       0      1  ...     10 _
//   Node    0, zone      DMA, type    Unmovable      0      1  ...      0 _      one row a zone and type
//   ...
//
//   Number of blocks type     Unmovable      Movable  Reclaimable   HighAtomic      Isolate _
//   Node 0, zone      DMA            1            7            0            0            0 _
//
// G1: a list is counted only up to 100000 blocks, and then printed as >100000: the zone's lock is held meanwhile.
// G2: the rows of one zone added up by order are its line in buddyinfo, as long as G1 cut nothing.
// The types are those of the Debian configuration, which has no contiguous memory areas and hence no CMA column.
// [mm/vmstat.c pagetypeinfo_showfree_print, pagetypeinfo_showblockcount_print]

import { joinLines, left, right, row } from "./pad";
import { numbersOf, Scanner } from "./scan";

/** Free blocks of one zone and migratetype. */
export interface TypeFreeBlocks {
	readonly node: number;
	readonly zone: string;
	readonly type: string;
	/** Free blocks by order, order 0 first; 100000 stands for that many or more. */
	readonly counts: readonly number[];
}

/** Pageblocks of one zone. */
export interface TypeBlocks {
	readonly node: number;
	readonly zone: string;
	/** Pageblocks by migratetype, in the order of `types`. */
	readonly counts: readonly number[];
}

export interface PageTypes {
	readonly blockOrder: number;
	readonly pagesPerBlock: number;
	/** Names of the migratetypes, in the order of the columns. */
	readonly types: readonly string[];
	readonly free: readonly TypeFreeBlocks[];
	readonly blocks: readonly TypeBlocks[];
}

const COUNT_MAX = 100000; // blocks of a list that are counted (G1)
const ORDERS = 11; // printed in the header, also when no zone follows

const FREE_TITLE = "Free pages count per migrate type at order";
const BLOCKS_TITLE = "Number of blocks type";
const FREE_HEADER = /^Free pages count per migrate type at order((?: +\d+)+) $/;
const FREE_LINE = /^Node +(\d+), zone +(\w+), type +(\w+) ((?: *>?\d+ )+)$/;
const BLOCKS_HEADER = /^Number of blocks type((?: +\w+)+) $/;
const BLOCKS_LINE = /^Node (\d+), zone +(\w+) ((?: *\d+ )+)$/;

/** The text of /proc/pagetypeinfo. */
export function formatPagetypeinfo(data: PageTypes): string {
	const orders = Array.from(
		{ length: data.free[0]?.counts.length ?? ORDERS },
		(_, order) => order,
	);
	return joinLines([
		`Page block order: ${data.blockOrder}`,
		`Pages per block:  ${data.pagesPerBlock}`,
		"",
		`${left(FREE_TITLE, 43)} ${row(orders, 6)}`,
		...data.free.map(freeLine),
		"",
		`${left(BLOCKS_TITLE, 23)}${data.types.map((type) => `${right(type, 12)} `).join("")}`,
		...data.blocks.map(blocksLine),
	]);
}

function freeLine({ node, zone, type, counts }: TypeFreeBlocks): string {
	const place = `Node ${right(node, 4)}, zone ${right(zone, 8)}`;
	return `${place}, type ${right(type, 12)} ${counts.map(cappedCount).join("")}`;
}

const cappedCount = (count: number): string =>
	count >= COUNT_MAX ? `>${COUNT_MAX} ` : `${right(count, 6)} `;

const blocksLine = ({ node, zone, counts }: TypeBlocks): string =>
	`Node ${node}, zone ${right(zone, 8)} ${row(counts, 12)}`;

/** What a /proc/pagetypeinfo text says. Throws an Error naming the line that does not fit. */
export function parsePagetypeinfo(text: string): PageTypes {
	const scanner = new Scanner("pagetypeinfo", text);
	const takeOne = (pattern: RegExp, what: string): string =>
		scanner.take(pattern, what)[0] as string;
	const blockOrder = takeOne(/^Page block order: (\d+)$/, "`Page block order`");
	const pages = takeOne(/^Pages per block: {2}(\d+)$/, "`Pages per block`");
	scanner.take(/^$/, "an empty line");
	scanner.take(FREE_HEADER, `\`${FREE_TITLE}\``);
	const free = takeFreeLines(scanner);
	const types = takeOne(BLOCKS_HEADER, `\`${BLOCKS_TITLE}\``);
	return {
		blockOrder: Number(blockOrder),
		pagesPerBlock: Number(pages),
		types: types.trim().split(/ +/),
		free,
		blocks: scanner.rest(() => takeBlocksLine(scanner)),
	};
}

function takeFreeLines(scanner: Scanner): TypeFreeBlocks[] {
	const free: TypeFreeBlocks[] = [];
	while (!scanner.tryTake(/^$/)) {
		const [node, zone, type, counts] = scanner.take(
			FREE_LINE,
			"`Node N, zone NAME, type NAME` and the counts",
		) as [string, string, string, string];
		free.push({
			node: Number(node),
			zone,
			type,
			counts: numbersOf(counts.replaceAll(">", " ")),
		});
	}
	return free;
}

function takeBlocksLine(scanner: Scanner): TypeBlocks {
	const [node, zone, counts] = scanner.take(
		BLOCKS_LINE,
		"`Node N, zone NAME` and the counts",
	) as [string, string, string];
	return { node: Number(node), zone, counts: numbersOf(counts) };
}
