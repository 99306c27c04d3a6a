// Free lists: blocks by zone, migratetype and order; a click shows the blocks of a list, head first.
//
// LI1: lists are written again only when a block of any of them has moved.

import { MIGRATETYPE_NAMES } from "../../../../mm/pageblock";
import { button, el, refill } from "../dom";
import { frameLink } from "../inspector-parts";
import type { Actions, Scene, View } from "../scene";

const ORDERS = 11;
const MEMBERS = 200; // that are shown

export class ListsPanel implements View {
	readonly element = el("div", { class: "panel split" });
	private readonly table = el("div", { class: "scroll" });
	private readonly members = el("div", { class: "members" });
	private chosen: readonly [zone: number, order: number, type: number] | null =
		null;

	private drawn: number | null = null; // the event of the tables

	constructor(private readonly actions: Actions) {
		this.element.append(this.table, this.members);
	}

	draw(scene: Scene): void {
		const { known, show } = scene;
		const isSame =
			this.drawn !== null && !show.film.areFramesMoved(known, this.drawn);
		this.drawn = known;
		if (isSame) return;
		this.tell(scene);
		this.tellMembers(scene);
	}

	private tell(scene: Scene): void {
		const { frames } = scene.fold;
		const heads = [
			"zone",
			"type",
			...Array.from({ length: ORDERS }, (_, order) => `${order}`),
			"frames",
		];
		const rows = frames.zones.flatMap((_, zone) => [
			...MIGRATETYPE_NAMES.flatMap((_name, type) =>
				this.row(scene, zone, type),
			),
			this.waiting(scene, zone),
		]);
		refill(
			this.table,
			el(
				"table",
				{ class: "grid lists" },
				el(
					"caption",
					{ class: "unseen" },
					"Free blocks by zone, type and order",
				),
				el(
					"thead",
					{},
					el(
						"tr",
						{},
						...heads.map((name) => el("th", { scope: "col" }, name)),
					),
				),
				el("tbody", {}, ...rows),
			),
		);
	}

	private row(scene: Scene, zone: number, type: number): HTMLElement[] {
		const { frames } = scene.fold;
		const counts = Array.from({ length: ORDERS }, (_, order) =>
			frames.lists.count(frames.freeList(zone, order, type)),
		);
		const total = counts.reduce(
			(sum, count, order) => sum + count * 2 ** order,
			0,
		);
		if (total === 0 && type > 2) return [];
		const cells = counts.map((count, order) =>
			this.cell(count, zone, order, type, scene),
		);
		return [
			el(
				"tr",
				{},
				el(
					"th",
					{ scope: "row" },
					type === 0 ? (frames.zones[zone]?.name ?? "") : "",
				),
				el("td", {}, MIGRATETYPE_NAMES[type] ?? ""),
				...cells,
				el("td", { class: "number" }, total.toLocaleString("en")),
			),
		];
	}

	private cell(
		count: number,
		zone: number,
		order: number,
		type: number,
		scene: Scene,
	): HTMLElement {
		if (count === 0) return el("td", { class: "number none" }, "·");
		const press = (): void => {
			this.chosen = [zone, order, type];
			this.tellMembers(scene);
			this.actions.set({});
		};
		const where = `${MIGRATETYPE_NAMES[type]} in ${scene.fold.frames.zones[zone]?.name}`;
		const words = `${count} blocks of order ${order}, ${where}: show them`;
		return el(
			"td",
			{ class: "number" },
			button(count.toLocaleString("en"), words, press, {
				class: "link number",
			}),
		);
	}

	private waiting({ fold, show }: Scene, zone: number): HTMLElement {
		const { cpus } = show.trace.header.machine;
		const each = Array.from({ length: cpus }, (_, cpu) =>
			fold.frames.waitingFrames(cpu, zone),
		);
		const words = each
			.map((frames, cpu) => `CPU ${cpu}: ${frames}`)
			.join("   ");
		return el(
			"tr",
			{ class: "quiet" },
			el("th", {}, ""),
			el("td", {}, "per CPU"),
			el("td", { colspan: ORDERS }, words),
			el(
				"td",
				{ class: "number" },
				each.reduce((sum, frames) => sum + frames, 0).toLocaleString("en"),
			),
		);
	}

	private tellMembers({ fold }: Scene): void {
		if (this.chosen === null) {
			refill(
				this.members,
				el(
					"p",
					{ class: "quiet" },
					"A number shows the blocks of its list, head first.",
				),
			);
			return;
		}
		const [zone, order, type] = this.chosen;
		const { frames } = fold;
		const found = frames.lists.members(frames.freeList(zone, order, type));
		const title = `${frames.zones[zone]?.name} ${MIGRATETYPE_NAMES[type]} order ${order}: ${found.length} blocks`;
		const links = found
			.slice(0, MEMBERS)
			.map((pfn) => frameLink(pfn, this.actions));
		refill(
			this.members,
			el("h3", {}, title),
			el("div", { class: "links" }, ...links),
		);
	}
}
