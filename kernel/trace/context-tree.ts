// The call tree of a trace: which call sites the numbers in its events stand for.
//
//   node   parent   name              1 boot
//     1       0     boot              +-- 2 mm_init
//     2       1     mm_init               +-- 3 kmem_cache_init        path(3) = boot > mm_init > kmem_cache_init
//     3       2     kmem_cache_init
//
// X1: a parent has a smaller number than its children, so no path runs in a circle. Node 0 is no call site.

/** A node, its parent, and what it is called, as they lie in a trace. */
export type ContextRow = readonly [node: number, parent: number, name: string];

const NODES = 1 << 16; // an event has 16 bits for its node

/** True when a value is a list of nodes that a tree can take. */
export function areContextRows(value: unknown): value is ContextRow[] {
	return Array.isArray(value) && value.every(isContextRow);
}

function isContextRow(value: unknown): value is ContextRow {
	if (!Array.isArray(value) || value.length !== 3) return false;
	const [node, parent, name] = value;
	const areNumbers = Number.isInteger(node) && Number.isInteger(parent);
	return (
		areNumbers &&
		parent >= 0 &&
		parent < node &&
		node < NODES &&
		typeof name === "string"
	);
}

/** All nodes that are known; unknown ones have no name. */
export class ContextTree {
	private readonly rows = new Map<number, ContextRow>();

	/** Nodes that have a name, in the order in which they came. */
	get nodes(): number[] {
		return [...this.rows.keys()];
	}

	/** Takes rows that areContextRows() is true of; a node that is known already gets its new name. */
	add(rows: readonly ContextRow[]): void {
		for (const row of rows) this.rows.set(row[0], row);
	}

	/** What the node is called; null when nobody said. */
	name(node: number): string | null {
		return this.rows.get(node)?.[2] ?? null;
	}

	/** The node that it was called from; 0 for a root and for what is unknown. */
	parent(node: number): number {
		return this.rows.get(node)?.[1] ?? 0;
	}

	/** Names from the root to the node; empty when it is unknown. */
	path(node: number): string[] {
		const names: string[] = [];
		let at = node;
		for (let name = this.name(at); name !== null; name = this.name(at)) {
			names.unshift(name);
			at = this.parent(at);
		}
		return names;
	}
}
